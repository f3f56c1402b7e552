#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/audit/chain.h"
#include "common/audit/verification.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {
namespace {

using audit::Verified;

struct Options {
  std::string directory;
  uint64_t begin = 1;
  uint64_t from = 0;
  uint64_t to = UINT64_MAX;
  bool json = false;
};

std::string StateName(Verified::State state) {
  switch (state) {
    case Verified::State::kClosed:
      return "closed";
    case Verified::State::kInUse:
      return "in use";
    case Verified::State::kCrashed:
      return "not closed";
  }
  return "";
}

void Print(const Verified& verified, bool json) {
  if (json) {
    std::cout << nlohmann::json({{"verified", true},
                                 {"state", StateName(verified.state)},
                                 {"first", verified.first},
                                 {"last", verified.last.sequence},
                                 {"chain", audit::HexOf(verified.last.chain)},
                                 {"segments", verified.segments},
                                 {"further_records", verified.further_records},
                                 {"further_bytes", verified.further_bytes}})
                     .dump()
              << '\n';
    return;
  }
  std::cout << "records " << verified.first << " to " << verified.last.sequence << " in " << verified.segments
            << " segments verify; the log is " << StateName(verified.state) << "\nthe last one has chain "
            << audit::HexOf(verified.last.chain) << '\n';
  if (verified.further_records > 0 || verified.further_bytes > 0) {
    std::cout << "behind it: " << verified.further_records << " records and " << verified.further_bytes
              << " bytes of an unfinished one, which nobody was told of\n";
  }
}

int Verify(const Options& options) {
  const absl::StatusOr<Verified> verified =
      audit::VerifyLog(options.directory, options.begin, [](absl::string_view, const audit::Position&) {});
  if (verified.ok()) {
    Print(*verified, options.json);
    return kSuccess;
  }
  const std::string reason(verified.status().message());
  if (options.json) {
    std::cout << nlohmann::json({{"verified", false}, {"reason", reason}}).dump() << '\n';
  } else {
    std::cout << "does not verify: " << reason << '\n';
  }
  return kFailed;
}

int Export(const Options& options) {
  const absl::StatusOr<Verified> verified =
      audit::VerifyLog(options.directory, options.begin, [&](absl::string_view line, const audit::Position& at) {
        if (at.sequence >= options.from && at.sequence <= options.to) std::cout << line << '\n';
      });
  std::cout.flush();
  if (!verified.ok()) {
    std::cerr << "mcmig audit export: does not verify: " << verified.status().message() << '\n';
    return kFailed;
  }
  if (!std::cout) {
    std::cerr << "mcmig audit export: cannot write to stdout\n";
    return kFailed;
  }
  return kSuccess;
}

CLI::App& AddCommand(CLI::App& group, const std::string& name, const std::string& description, Options& options) {
  CLI::App& command = *group.add_subcommand(name, description);
  command.add_option("--directory", options.directory, "audit.directory of the process' configuration")->required();
  return command;
}

}  // namespace

void AddAudit(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("audit", "A process' audit log, by its files; the process may run or not");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App& verify =
      AddCommand(group, "verify",
                 "Reads all of it. Exit 1 where anything is missing or was changed, and says what first", *options);
  verify.add_option("--from", options->begin, "its first record, where older segments were taken away")
      ->check(CLI::PositiveNumber);
  verify.add_flag("--json", options->json, "one JSON object");
  verify.callback([options, &exit_code] { exit_code = Verify(*options); });
  CLI::App& records = AddCommand(
      group, "export", "Its records on stdout, one JSON object a line; exit 1 where the log does not verify", *options);
  records.add_option("--from", options->from, "number of the first record to print");
  records.add_option("--to", options->to, "number of the last one");
  records.add_option("--begin", options->begin, "the log's first record, where older segments were taken away")
      ->check(CLI::PositiveNumber);
  records.callback([options, &exit_code] { exit_code = Export(*options); });
}

}  // namespace mcmig::cli
