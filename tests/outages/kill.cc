// ./dev kill: two MC systems as processes, which are killed and restarted through loads of migrations.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "tests/harness/deployment.h"
#include "tests/outages/kill_rounds.h"

namespace mcmig::outages {
namespace {

struct Options {
  int rounds = 20;
  int migrations = 1000;
  uint64_t seed = 1;
};

// Whether nothing was violated.
bool Run(const Options& options, const std::string& directory) {
  // Fast reconciliation, since each round ends with one.
  auto deployment = harness::Deployment::Start("services/mcmig/mcmig", directory,
                                               {.load_users = options.rounds * kUsersOfARound,
                                                .partner_server_config = "reconcile_interval: 1s\norphan_grace: 1s\n"});
  if (!deployment.ok()) {
    std::cerr << deployment.status().message() << '\n';
    return false;
  }
  for (int round = 0; round < options.rounds; ++round) {
    const uint64_t seed = options.seed + static_cast<uint64_t>(round);
    const RoundReport report = RunKillRound(**deployment, round, seed, options.migrations);
    std::cout << "round " << round + 1 << ": " << report.line << '\n' << std::flush;
    if (report.violations.empty()) continue;
    for (const std::string& violation : report.violations) std::cout << "  " << violation << '\n';
    std::cout << "again: ./dev kill --rounds 1 --seed " << seed << "; stores and logs: " << directory << '\n';
    return false;
  }
  std::cout << options.rounds << " rounds: every acknowledged migration is on record, and nothing is violated\n";
  return true;
}

std::string NewDirectory() {
  const char* parent = std::getenv("TEST_TMPDIR");  // NOLINT(concurrency-mt-unsafe): one thread
  return absl::StrCat(parent == nullptr ? "/tmp" : parent, "/mcmig-kill-", getpid());
}

}  // namespace
}  // namespace mcmig::outages

// Nothing that it throws is worth more than an end with a message.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  CLI::App app("Kills and restarts the processes of two MC systems during loads of migrations, and verifies both");
  mcmig::outages::Options options;
  app.add_option("--rounds", options.rounds, "how many, one after the other")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--migrations", options.migrations, "acknowledged migrations of a round")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the first round; each has the next")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const std::string directory = mcmig::outages::NewDirectory();
  const bool clean = mcmig::outages::Run(options, directory);
  if (clean) std::filesystem::remove_all(directory);
  return clean ? 0 : 1;
}
