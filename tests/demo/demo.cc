// ./dev demo: two MC systems on this machine, a user who migrates, and everything that can be refused.
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "tests/demo/keep.h"
#include "tests/demo/scenes.h"
#include "tests/harness/deployment.h"

namespace mcmig::demo {
namespace {

// The failures; -1 where the systems could not be started.
int Show(const std::string& binary, const std::string& directory, bool keep) {
  Stage stage;
  auto hidden = harness::Deployment::Start(binary, absl::StrCat(directory, "/both-gateways"),
                                           {.require_primary_credential = true});
  if (!hidden.ok()) {
    std::cerr << hidden.status().message() << "\n";
    return -1;
  }
  ShowSystems(**hidden);
  ShowMigration(stage, **hidden, "1. A user migrates through both gateways");
  ShowRecordAndVisitor(stage, **hidden);
  ShowRefusals(stage, **hidden);
  ShowSurvivingRecord(stage, **hidden);
  {
    auto direct = harness::Deployment::Start(binary, absl::StrCat(directory, "/direct"),
                                             {.shape = harness::kDirect, .require_primary_credential = true});
    if (!direct.ok()) {
      std::cerr << direct.status().message() << "\n";
      return -1;
    }
    ShowMigration(stage, **direct, "5. The same with direct routing: topology is not hidden (NOTE 3)");
  }
  if (keep) LeaveUp(**hidden, directory);
  return stage.failures();
}

int Run(const std::string& binary, const std::string& directory, bool keep) {
  if (IsUp(directory)) {
    std::cerr << "The systems of an earlier `./dev demo --keep` are still up; end them with `./dev demo --stop`.\n";
    return 1;
  }
  std::filesystem::remove_all(directory);
  const int failures = Show(binary, directory, keep);
  if (failures == 0) {
    std::cout << "\nEverything ended as expected.\n" << std::flush;
    if (!keep) std::filesystem::remove_all(directory);
    return 0;
  }
  std::cout << "\nNOT as expected: see above, and the logs in " << directory << '\n' << std::flush;
  return 1;
}

}  // namespace
}  // namespace mcmig::demo

// What CLI11 throws here it would throw at every start.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  CLI::App app{"Two MC systems on loopback: migrations, refusals, a killed server."};
  // `bazel run` starts in the root of the runfiles.
  std::string binary = "services/mcmig/mcmig";
  std::string directory = absl::StrCat(std::filesystem::temp_directory_path().string(), "/mcmig-demo-", getuid());
  bool keep = false;
  bool stop = false;
  app.add_option("--mcmig", binary, "the mcmig binary");
  app.add_option("--directory", directory, "for keys, configuration, stores and logs; emptied first");
  app.add_flag("--keep", keep, "leave the systems with gateways up and print what to try");
  app.add_flag("--stop", stop, "end what --keep left up");
  CLI11_PARSE(app, argc, argv);
  return stop ? mcmig::demo::Stop(directory) : mcmig::demo::Run(binary, directory, keep);
}
