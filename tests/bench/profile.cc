#include "tests/bench/profile.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/bench/rows.h"
#include "tests/harness/process.h"

namespace mcmig::bench {
namespace {

constexpr char kPerf[] = "/usr/bin/perf";
constexpr absl::Duration kSampled = absl::Seconds(2);
constexpr size_t kSymbols = 25;
// Some templates have names of kilobytes.
constexpr size_t kSymbolLength = 120;

absl::Duration MedianCpu(const Series& series, size_t member) {
  std::vector<double> microseconds;
  for (const Round& round : series.rounds) microseconds.push_back(absl::ToDoubleMicroseconds(round.cpu[member]));
  return absl::Microseconds(Median(std::move(microseconds)));
}

// Lines of `perf report`: "    12.34%  [.] symbol   -      -", with [k] for the kernel's.
std::vector<Profile::Symbol> SymbolsOf(const std::string& report) {
  std::vector<Profile::Symbol> symbols;
  for (const absl::string_view line : absl::StrSplit(report, '\n')) {
    const std::vector<std::string> parts = absl::StrSplit(absl::StripAsciiWhitespace(line), absl::MaxSplits('%', 1));
    Profile::Symbol symbol;
    if (parts.size() != 2 || !absl::SimpleAtod(parts[0], &symbol.percent)) continue;
    symbol.name = parts[1];
    absl::RemoveExtraAsciiWhitespace(&symbol.name);
    symbol.name = std::string(absl::StripSuffix(symbol.name, " - -").substr(0, kSymbolLength));
    symbols.push_back(std::move(symbol));
    if (symbols.size() == kSymbols) break;
  }
  return symbols;
}

}  // namespace

Profile CompareCpu(size_t row, const Series& chain, const Series& other) {
  Profile profile{.row = row};
  absl::Duration most = -absl::InfiniteDuration();
  for (size_t i = 0; i < chain.members.size() && i < other.members.size(); ++i) {
    const Profile::Member& member =
        profile.members.emplace_back(Profile::Member{chain.members[i], MedianCpu(chain, i), MedianCpu(other, i)});
    if (member.cpu - member.cpu_of_other <= most) continue;
    most = member.cpu - member.cpu_of_other;
    profile.process = member.name;
  }
  return profile;
}

void AddSymbols(Profile& profile, Stage& stage, const Scenario& scenario, ChainKind kind) {
  if (!std::filesystem::exists(kPerf)) {
    profile.why = "perf is not installed (apt-get install linux-perf)";
    return;
  }
  const std::string data = absl::StrCat("/tmp/mcmig-bench-perf-", getpid());
  harness::CommandResult recorded;
  const absl::Status done = stage.WhileLoaded(scenario, kind, kSampled * 2, [&](const Chain& chain) {
    for (const Chain::Member& member : chain.members) {
      if (member.name != profile.process) continue;
      recorded = harness::RunCommand({kPerf, "record", "-F", "997", "-p", absl::StrCat(member.pid), "-o", data, "--",
                                      "/usr/bin/sleep", absl::StrCat(absl::ToInt64Seconds(kSampled))});
    }
  });
  if (!done.ok() || recorded.exit_code != 0) {
    profile.why = absl::StrCat("perf recorded nothing: ", done.ok() ? recorded.err : std::string(done.message()));
    return;
  }
  const harness::CommandResult report = harness::RunCommand(
      {kPerf, "report", "-i", data, "--stdio", "--no-children", "--sort", "symbol", "--percent-limit", "0.5"});
  std::filesystem::remove(data);
  profile.symbols = SymbolsOf(report.out);
  if (profile.symbols.empty()) profile.why = absl::StrCat("perf reported nothing: ", report.err);
}

}  // namespace mcmig::bench
