// ./dev demo: two MC systems on this machine, a user who migrates, and everything that can be refused.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "tests/demo/keep.h"
#include "tests/demo/scenes.h"
#include "tests/harness/deployment.h"

namespace mcmig::demo {
namespace {

int Run(const std::string& binary, const std::string& directory, bool keep) {
  Stage stage;
  auto hidden = harness::Deployment::Start(binary, absl::StrCat(directory, "/both-gateways"), {});
  if (!hidden.ok()) {
    std::cerr << hidden.status().message() << "\n";
    return 1;
  }
  ShowSystems(**hidden);
  ShowMigration(stage, **hidden, "1. A user migrates through both gateways");
  ShowRecordAndVisitor(stage, **hidden);
  ShowRefusals(stage, **hidden);
  ShowSurvivingRecord(stage, **hidden);
  {
    auto direct = harness::Deployment::Start(binary, absl::StrCat(directory, "/direct"), {.shape = harness::kDirect});
    if (!direct.ok()) {
      std::cerr << direct.status().message() << "\n";
      return 1;
    }
    ShowMigration(stage, **direct, "5. The same with direct routing: topology is not hidden (NOTE 3)");
  }
  std::cout << "\n" << (stage.failures() == 0 ? "All as expected." : "NOT as expected, see FAILED above.") << std::endl;
  if (keep && stage.failures() == 0) LeaveUp(**hidden, directory);
  return stage.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mcmig::demo

int main(int argc, char** argv) {
  CLI::App app{"Two MC systems on loopback: migrations, refusals, a killed server."};
  std::string binary;
  std::string directory;
  bool keep = false;
  bool stop = false;
  app.add_option("--mcmig", binary, "the mcmig binary")->required();
  app.add_option("--directory", directory, "an empty directory for keys, configuration, stores and logs")->required();
  app.add_flag("--keep", keep, "leave the systems running and print what to try");
  app.add_flag("--stop", stop, "end what --keep left running");
  CLI11_PARSE(app, argc, argv);
  return stop ? mcmig::demo::Stop(directory) : mcmig::demo::Run(binary, directory, keep);
}
