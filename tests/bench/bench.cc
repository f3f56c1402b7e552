// ./dev bench: the product against the empty chain and the hand-written one. docs/performance.md says how to read it.
#include <glog/logging.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/arguments.h"
#include "tests/bench/neighbours.h"
#include "tests/bench/profile.h"
#include "tests/bench/report.h"
#include "tests/bench/rows.h"
#include "tests/bench/scenario.h"
#include "tests/bench/stage.h"

namespace mcmig::bench {
namespace {

struct Options {
  std::string json_file;
  // Part of the names of the scenarios to measure.
  std::string only;
  bool quick = false;
};

// Of a target's scenario many, of any other a few.
Rounds RoundsOf(bool target, bool quick) {
  if (quick) return {.count = 7, .length = absl::Milliseconds(1000)};
  return {.count = target ? 21 : 5, .length = absl::Milliseconds(1500)};
}

bool HasTarget(const Scenario& scenario) {
  return absl::c_any_of(Targets(), [&](const Target& target) { return target.scenario == scenario; });
}

// Of one shape and transport: those of the targets, and without --quick all.
std::vector<Scenario> ScenariosOf(bool gateways, bool insecure, const Options& options) {
  std::vector<Scenario> scenarios;
  for (const bool cold : {false, true}) {
    for (const int in_flight : {64, 1}) {
      const Scenario scenario{.gateways = gateways, .insecure = insecure, .cold = cold, .in_flight = in_flight};
      const bool wanted = absl::StrContains(scenario.Name(), options.only);
      if (wanted && (!options.quick || HasTarget(scenario))) scenarios.push_back(scenario);
    }
  }
  return scenarios;
}

const Binaries kBinaries{.product = "services/mcmig/mcmig",
                         .empty = "tests/bench/empty_chain",
                         .handwritten = "tests/bench/handwritten_chain",
                         .no_sync = "tests/bench/libno_sync.so"};

class Bench {
 public:
  Bench(const Options& options, std::string directory)
      : options_(options), directory_(std::move(directory)), began_(absl::Now()) {}

  Report Run() {
    RunStage(/*gateways=*/true, /*insecure=*/false);
    RunStage(/*gateways=*/false, /*insecure=*/false);
    // Direct routing does without plain text: the product takes a plain-text entry for a gateway.
    RunStage(/*gateways=*/true, /*insecure=*/true);
    RunNeighbours();
    report_.rows = RowsOf(report_.measured);
    report_.quick = options_.quick;
    report_.took = absl::Now() - began_;
    return std::move(report_);
  }

 private:
  void RunStage(bool gateways, bool insecure) {
    const std::vector<Scenario> scenarios = ScenariosOf(gateways, insecure, options_);
    if (scenarios.empty()) return;
    const std::string name = absl::StrCat(gateways ? "gateways" : "direct", insecure ? "-insecure" : "-mtls");
    Say(absl::StrCat("starting the chains: ", name));
    Stage stage(kBinaries, absl::StrCat(directory_, "/", name), gateways, insecure);
    for (const Scenario& scenario : scenarios) {
      Say(scenario.Name());
      report_.measured.push_back(stage.Measure(scenario, RoundsOf(HasTarget(scenario), options_.quick)));
      Explain(stage, report_.measured.back());
    }
  }

  void RunNeighbours() {
    if (!absl::StrContains(kNeighboursScenario.Name(), options_.only)) return;
    Say(absl::StrCat("neighbours: ", kNeighboursScenario.Name()));
    Neighbours neighbours(kBinaries, absl::StrCat(directory_, "/neighbours"));
    report_.measured.push_back(neighbours.Measure(RoundsOf(/*target=*/true, options_.quick)));
  }

  // Profiles the targets of a scenario that are not met, while its chains still run.
  void Explain(Stage& stage, const Measured& measured) {
    const std::vector<Row> rows = RowsOf({&measured, 1});
    for (size_t i = 0; i < rows.size(); ++i) {
      const Target& target = *rows[i].target;
      if (rows[i].met || !(target.scenario == measured.scenario)) continue;
      const Series* numerator = measured.Of(target.numerator);
      const Series* denominator = measured.Of(target.denominator);
      if (numerator->rounds.empty() || denominator->rounds.empty()) continue;
      Profile profile = CompareCpu(i, *numerator, *denominator);
      AddSymbols(profile, stage, target.scenario, target.numerator);
      report_.profiles.push_back(std::move(profile));
    }
  }

  void Say(const std::string& what) const {
    std::cerr << "bench: " << absl::ToInt64Seconds(absl::Now() - began_) << " s  " << what << std::endl;
  }

  const Options options_;
  const std::string directory_;
  const absl::Time began_;
  Report report_;
};

bool AllMeasured(const Report& report) {
  return absl::c_all_of(report.measured, [](const Measured& measured) {
    return absl::c_all_of(measured.series, [](const Series& series) { return series.error.empty(); });
  });
}

int Run(const Options& options) {
  const std::string directory =
      absl::StrCat(std::filesystem::temp_directory_path().string(), "/mcmig-bench-", getpid());
  const Report report = Bench(options, directory).Run();
  std::cout << ToText(report) << std::flush;
  if (AllMeasured(report)) {
    std::filesystem::remove_all(directory);
  } else {
    std::cerr << "bench: not everything could be measured; the logs are in " << directory << '\n';
  }
  if (options.json_file.empty()) return AllMeasured(report) ? 0 : 1;
  std::ofstream file(options.json_file);
  file << ToJson(report).dump(1) << '\n';
  file.close();
  if (file) return AllMeasured(report) ? 0 : 1;
  std::cerr << options.json_file << ": cannot be written\n";
  return 1;
}

}  // namespace
}  // namespace mcmig::bench

int main(int argc, char** argv) {
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  mcmig::rpc::InitTransport();
  mcmig::bench::Options options;
  CLI::App app("Compares the product with the empty chain and a hand-written one", "bench");
  app.add_option("--json", options.json_file, "file for the results");
  app.add_option("--only", options.only, "measure the scenarios with this in their names, such as \"direct mTLS\"");
  app.add_flag("--quick", options.quick, "only what the targets need, in less than 10 minutes");
  CLI11_PARSE(app, argc, argv);
  return mcmig::bench::Run(options);
}
