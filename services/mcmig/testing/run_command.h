#ifndef SERVICES_MCMIG_TESTING_RUN_COMMAND_H_
#define SERVICES_MCMIG_TESTING_RUN_COMMAND_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace mcmig::cli::testing {

struct Result {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs a command line of mcmig that knows these commands; exit code -1 where the line itself is wrong. One at a time.
Result RunCommand(const std::vector<void (*)(CLI::App&, int&)>& commands, std::vector<std::string> arguments);

}  // namespace mcmig::cli::testing

#endif  // SERVICES_MCMIG_TESTING_RUN_COMMAND_H_
