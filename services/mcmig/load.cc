#include <signal.h>

#include <atomic>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/rpc/arguments.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/load/exchange.h"
#include "services/mcmig/load/generator.h"
#include "services/mcmig/load_output.h"
#include "services/mcmig/load_users.h"

namespace mcmig::cli {
namespace {

constexpr char kDefaultDuration[] = "10s";

struct Options {
  Connection connection;
  std::string users_file;
  std::string agent_config_file;
  int in_flight = 16;
  double rate = 0;
  std::string duration;
  std::optional<uint64_t> requests;
  std::string timeout = "10s";
  bool json = false;
};

std::atomic<bool> interrupted = false;

int Fail(absl::string_view what) {
  std::cerr << what << '\n';
  return kFailed;
}

// Ctrl-C ends the load, and what was measured is still reported; a second one ends the command.
void CatchInterrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

absl::StatusOr<absl::Duration> DurationOf(const char* option, const std::string& text) {
  absl::Duration duration;
  if (absl::ParseDuration(text, &duration) && duration > absl::ZeroDuration()) return duration;
  return absl::InvalidArgumentError(absl::StrCat(option, " takes a duration, such as 30s or 500ms"));
}

absl::StatusOr<load::Plan> PlanOf(const Options& options) {
  load::Plan plan{.rate = options.rate, .in_flight = options.in_flight};
  const absl::StatusOr<absl::Duration> timeout = DurationOf("--timeout", options.timeout);
  if (!timeout.ok()) return timeout.status();
  plan.timeout = *timeout;
  if (options.requests.has_value()) plan.requests = *options.requests;
  if (options.requests.has_value() && options.duration.empty()) return plan;
  const absl::StatusOr<absl::Duration> duration =
      DurationOf("--duration", options.duration.empty() ? kDefaultDuration : options.duration);
  if (!duration.ok()) return duration.status();
  plan.duration = *duration;
  return plan;
}

int Run(const Options& options, const load::Plan& plan, const load::MakeExchange& make_exchange) {
  CatchInterrupt();
  load::LoadResult before;
  const auto progress = [&before](const load::LoadResult& now, int in_flight) {
    std::cerr << ProgressLine(now, before, in_flight) << '\n';
    before = now;
  };
  const load::LoadResult result = load::RunLoad(plan, make_exchange, {.progress = progress, .stop = &interrupted});
  std::cout << (options.json ? absl::StrCat(LoadJson(result), "\n") : LoadText(result)) << std::flush;
  if (interrupted) return Fail("interrupted");
  return result.AllSucceeded() ? kSuccess : kFailed;
}

int Load(const Options& options) {
  const absl::StatusOr<load::Plan> plan = PlanOf(options);
  if (!plan.ok()) return Fail(plan.status().message());
  const auto channel = Connect(options.connection, rpc::ChannelDefaults());
  if (!channel.ok()) return Fail(channel.status().message());
  if (!options.users_file.empty()) {
    const auto visits = ReadLoadUsers(options.users_file);
    if (!visits.ok()) return Fail(visits.status().message());
    return Run(options, *plan, load::AskPartnerServer(*channel, *visits));
  }
  const auto migrations = ReadAgentUsers(options.agent_config_file);
  if (!migrations.ok()) return Fail(migrations.status().message());
  return Run(options, *plan, load::AskClientAgent(*channel, *migrations));
}

}  // namespace

void AddLoad(CLI::App& app, int& exit_code) {
  CLI::App& command = *app.add_subcommand(
      "load", "Migrates users again and again and measures it; exit 0 only where every migration succeeded");
  const auto options = std::make_shared<Options>();
  CLI::Option_group& users = *command.add_option_group("users", "Whose migration, and what is asked");
  users.add_option("--users", options->users_file,
                   "a partner MC service server: file of users with their access tokens, one JSON object a line "
                   "(docs/configuration.md)");
  users.add_option("--agent-config", options->agent_config_file,
                   "a client agent: its configuration file, for all users and partners in it");
  users.require_option(1);
  command.add_option("--in-flight", options->in_flight, "calls at once; with --rate, at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command
      .add_option("--rate", options->rate,
                  "open loop: requests a second, sent whether earlier ones were answered or not; latency counts from "
                  "when each was due. Without it: the next as soon as one was answered")
      ->check(CLI::Range(0.001, 1e6));
  command.add_option("--duration", options->duration, absl::StrCat("how long; ", kDefaultDuration, " where absent"));
  command.add_option("--requests", options->requests, "how many; without --duration, however long that takes")
      ->check(CLI::PositiveNumber);
  command.add_option("--timeout", options->timeout, "how long to wait for one answer")->capture_default_str();
  command.add_flag("--json", options->json, "print the result as one JSON object");
  AddConnectionOptions(command, options->connection);
  command.callback([options, &exit_code] { exit_code = Load(*options); });
}

}  // namespace mcmig::cli
