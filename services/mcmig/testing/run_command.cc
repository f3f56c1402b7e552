#include "services/mcmig/testing/run_command.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace mcmig::cli::testing {

Result RunCommand(const std::vector<void (*)(CLI::App&, int&)>& commands, std::vector<std::string> arguments) {
  CLI::App app("test", "mcmig");
  Result result;
  for (const auto add : commands) add(app, result.exit_code);
  std::reverse(arguments.begin(), arguments.end());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    result.exit_code = -1;
  }
  result.out = ::testing::internal::GetCapturedStdout();
  result.err = ::testing::internal::GetCapturedStderr();
  return result;
}

}  // namespace mcmig::cli::testing
