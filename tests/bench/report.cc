#include "tests/bench/report.h"

#include <sys/utsname.h>

#include <cmath>
#include <functional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/ops/version.h"
#include "tests/harness/process.h"

namespace mcmig::bench {
namespace {

using Json = nlohmann::ordered_json;

double Rounded(double value) { return std::round(value * 1000) / 1000; }

Json ToJson(const std::optional<Ratio>& ratio) {
  if (!ratio.has_value()) return nullptr;
  return {{"ratio", Rounded(ratio->median)}, {"quartiles", {Rounded(ratio->low), Rounded(ratio->high)}}};
}

double MedianOf(const Series& series, const std::function<double(const Round&)>& value) {
  std::vector<double> values;
  for (const Round& round : series.rounds) values.push_back(value(round));
  return Median(std::move(values));
}

double Throughput(const Series& series) {
  return MedianOf(series, [](const Round& round) { return round.throughput; });
}
double P50(const Series& series) {
  return MedianOf(series, [](const Round& round) { return absl::ToDoubleMicroseconds(round.p50); });
}
double P99(const Series& series) {
  return MedianOf(series, [](const Round& round) { return absl::ToDoubleMicroseconds(round.p99); });
}
double Cpu(const Series& series, size_t member) {
  return MedianOf(series, [=](const Round& round) { return absl::ToDoubleMicroseconds(round.cpu[member]); });
}
double GeneratorCpu(const Series& series) {
  return MedianOf(series, [](const Round& round) { return absl::ToDoubleMicroseconds(round.generator_cpu); });
}
double TotalCpu(const Series& series) {
  return MedianOf(series, [](const Round& round) { return absl::ToDoubleMicroseconds(round.TotalCpu()); });
}

std::string ProcessorModel() {
  for (const absl::string_view line : absl::StrSplit(harness::ReadFile("/proc/cpuinfo"), '\n')) {
    if (absl::StartsWith(line, "model name")) return std::string(line.substr(line.find(':') + 2));
  }
  return "unknown";
}

Json Machine() {
  utsname kernel{};
  uname(&kernel);
  const std::string load = harness::ReadFile("/proc/loadavg");
  return {{"cores", std::thread::hardware_concurrency()},
          {"processor", ProcessorModel()},
          {"kernel", kernel.release},
          {"load_average", load.substr(0, load.find('\n'))}};
}

Json ToJson(const Row& row) {
  Json json = {{"name", row.target->name}};
  json["ratio"] = row.ratio.has_value() ? Json(Rounded(row.ratio->median)) : Json(nullptr);
  json["target"] = row.target->target;
  json["met"] = row.met;
  json["comparison"] = row.target->at_most ? "at most" : "at least";
  if (row.ratio.has_value()) json["quartiles"] = {Rounded(row.ratio->low), Rounded(row.ratio->high)};
  if (!row.why.empty()) json["why"] = row.why;
  return json;
}

Json Absolutes(const Series& series) {
  Json cpu = Json::object();
  for (size_t i = 0; i < series.members.size(); ++i) cpu[series.members[i]] = Rounded(Cpu(series, i));
  return {{"throughput", Rounded(Throughput(series))},
          {"p50_us", Rounded(P50(series))},
          {"p99_us", Rounded(P99(series))},
          {"cpu_us", cpu},
          {"cpu_us_total", Rounded(TotalCpu(series))},
          {"generator_cpu_us", Rounded(GeneratorCpu(series))},
          {"rounds", series.rounds.size()}};
}

// Of every chain to the empty one.
Json Ratios(const Measured& measured, const Series& empty) {
  Json json = Json::object();
  for (const Series& series : measured.series) {
    if (series.kind == ChainKind::kEmpty || !series.error.empty()) continue;
    json[NameOf(series.kind)] = {{"throughput", ToJson(ThroughputRatio(series, empty))},
                                 {"p50", ToJson(P50Ratio(series, empty))},
                                 {"cpu", ToJson(CpuRatio(series, empty))}};
  }
  return json;
}

Json ToJson(const Profile& profile, const std::vector<Row>& rows) {
  const Target& target = *rows[profile.row].target;
  Json json = {{"row", target.name}, {"chain", NameOf(target.numerator)}, {"other", NameOf(target.denominator)}};
  for (const Profile::Member& member : profile.members) {
    json["cpu_us"][member.name] = {Rounded(absl::ToDoubleMicroseconds(member.cpu)),
                                   Rounded(absl::ToDoubleMicroseconds(member.cpu_of_other))};
  }
  json["process"] = profile.process;
  json["symbols"] = Json::array();
  for (const Profile::Symbol& symbol : profile.symbols) json["symbols"].push_back({symbol.percent, symbol.name});
  if (!profile.why.empty()) json["why"] = profile.why;
  return json;
}

void AppendRows(const Report& report, std::string& text) {
  absl::StrAppend(&text, "\n ratio  quartiles    target   met  what\n");
  for (const Row& row : report.rows) {
    const std::string target = absl::StrFormat("%s %.2f", row.target->at_most ? "<=" : ">=", row.target->target);
    const std::string numbers =
        row.ratio.has_value() ? absl::StrFormat("%6.3f  %.3f-%.3f", row.ratio->median, row.ratio->low, row.ratio->high)
                              : std::string("     -            -");
    absl::StrAppendFormat(&text, "%s  %s  %s  %s%s\n", numbers, target, row.met ? "yes" : " NO", row.target->name,
                          row.why.empty() ? "" : absl::StrCat(": ", row.why));
  }
}

void AppendScenario(const Measured& measured, std::string& text) {
  const Series* empty = measured.Of(ChainKind::kEmpty);
  absl::StrAppendFormat(&text, "\n%s in flight\n  %-12s %6s %6s %6s | %8s %8s %8s | CPU us per migration\n",
                        measured.scenario.Name(), "chain", "thr/A", "p50/A", "CPU/A", "per s", "p50 us", "p99 us");
  for (const Series& series : measured.series) {
    if (!series.error.empty()) {
      absl::StrAppendFormat(&text, "  %-12s %s\n", NameOf(series.kind), series.error);
      continue;
    }
    const auto ratio = [&](auto of) {
      const std::optional<Ratio> found = empty == nullptr ? std::nullopt : of(series, *empty);
      return found.has_value() ? found->median : 0;
    };
    absl::StrAppendFormat(&text, "  %-12s %6.3f %6.3f %6.3f | %8.0f %8.0f %8.0f | %.1f =", NameOf(series.kind),
                          ratio(&ThroughputRatio), ratio(&P50Ratio), ratio(&CpuRatio), Throughput(series), P50(series),
                          P99(series), TotalCpu(series));
    for (size_t i = 0; i < series.members.size(); ++i) {
      absl::StrAppendFormat(&text, " %s %.1f", series.members[i], Cpu(series, i));
    }
    absl::StrAppendFormat(&text, "; generator %.1f\n", GeneratorCpu(series));
  }
}

void AppendProfile(const Report& report, const Profile& profile, std::string& text) {
  const Target& target = *report.rows[profile.row].target;
  absl::StrAppendFormat(&text, "\nNot met: %s\n  CPU us per migration, %s (%s):", target.name, NameOf(target.numerator),
                        NameOf(target.denominator));
  for (const Profile::Member& member : profile.members) {
    absl::StrAppendFormat(&text, " %s %.1f (%.1f)", member.name, absl::ToDoubleMicroseconds(member.cpu),
                          absl::ToDoubleMicroseconds(member.cpu_of_other));
  }
  absl::StrAppendFormat(&text, "\n  %s:%s\n", profile.process, profile.why.empty() ? "" : " " + profile.why);
  for (const Profile::Symbol& symbol : profile.symbols) {
    absl::StrAppendFormat(&text, "  %6.2f%%  %s\n", symbol.percent, symbol.name);
  }
}

}  // namespace

std::string ToText(const Report& report) {
  std::string text;
  AppendRows(report, text);
  absl::StrAppend(&text, "\nA is the empty chain; empty_again / A is the control: two equal chains.\n");
  for (const Measured& measured : report.measured) AppendScenario(measured, text);
  for (const Profile& profile : report.profiles) AppendProfile(report, profile, text);
  absl::StrAppend(&text, "\n", Machine().dump(), " commit ", ops::kCommit, ", ",
                  absl::FormatDuration(absl::Trunc(report.took, absl::Seconds(1))), "\n");
  return text;
}

nlohmann::ordered_json ToJson(const Report& report) {
  Json json = {
      {"commit", ops::kCommit},   {"quick", report.quick},       {"seconds", absl::ToInt64Seconds(report.took)},
      {"machine", Machine()},     {"rows", Json::array()},       {"control", Json::object()},
      {"ratios", Json::object()}, {"absolutes", Json::object()}, {"profiles", Json::array()}};
  for (const Row& row : report.rows) json["rows"].push_back(ToJson(row));
  for (const Measured& measured : report.measured) {
    const std::string name = measured.scenario.Name();
    for (const Series& series : measured.series) {
      json["absolutes"][name][NameOf(series.kind)] =
          series.error.empty() ? Absolutes(series) : Json{{"error", series.error}};
    }
    const Series* empty = measured.Of(ChainKind::kEmpty);
    if (empty == nullptr) continue;
    json["ratios"][name] = Ratios(measured, *empty);
    const Series* again = measured.Of(ChainKind::kEmptyAgain);
    if (again != nullptr) json["control"][name] = ToJson(ThroughputRatio(*again, *empty));
  }
  for (const Profile& profile : report.profiles) json["profiles"].push_back(ToJson(profile, report.rows));
  return json;
}

}  // namespace mcmig::bench
