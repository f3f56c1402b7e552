#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mcmig/v1/migration_directory.grpc.pb.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/output.h"
#include "services/mcmig/service_option.h"

namespace mcmig::cli {
namespace {

using Stub = v1::MigrationDirectory::Stub;

struct Options {
  Connection connection;
  std::vector<std::string> ids;
  std::string service;
  std::string token;
  uint64_t changes = 0;
  bool json = false;
};

constexpr absl::Duration kPause = absl::Seconds(1);

const char* StateText(v1::ServingState state) {
  switch (state) {
    case v1::SERVING_STATE_AT_PRIMARY:
      return "at primary";
    case v1::SERVING_STATE_MIGRATED:
      return "migrated";
    case v1::SERVING_STATE_VISITOR:
      return "visitor";
    case v1::SERVING_STATE_NO_VISITOR:
      return "no visitor";
    default:
      return "-";
  }
}

std::vector<std::string> Row(const v1::ServingSystem& user) {
  return {user.primary_mc_service_id(),
          StateText(user.state()),
          TextOr(user.primary_system()),
          TextOr(user.partner_system()),
          TextOr(user.partner_mc_service_id()),
          user.has_mc_service_user_profile_index() ? absl::StrCat(user.mc_service_user_profile_index()) : "-",
          user.has_epoch() ? EpochText(user.epoch()) : "-",
          user.has_authorized_until() ? TimeText(user.authorized_until()) : "-"};
}

int Fail(absl::string_view what) {
  std::cerr << what << '\n';
  return kFailed;
}

int Lookup(const Options& options, Stub& stub) {
  v1::LookupServingSystemRequest request;
  for (const std::string& id : options.ids) request.add_primary_mc_service_ids(id);
  request.set_mc_service(ServiceOf(options.service));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::LookupServingSystemResponse response;
  const grpc::Status status = stub.LookupServingSystem(&context, request, &response);
  if (!status.ok()) return Fail(Describe(status));
  Table table({"PRIMARY MC SERVICE ID", "STATE", "PRIMARY SYSTEM", "PARTNER SYSTEM", "PARTNER MC SERVICE ID", "PROFILE",
               "EPOCH", "AUTHORIZED UNTIL"});
  for (const v1::ServingSystem& user : response.users()) options.json ? PrintJson(user) : table.Add(Row(user));
  if (!options.json) table.Flush();
  return kSuccess;
}

std::vector<std::string> Row(const v1::MigrationEvent& event) {
  const v1::MigrationChange& change = event.change();
  return {TimeText(change.at()),
          event.primary_mc_service_id(),
          ServiceText(event.mc_service()),
          change.from_system().empty() ? "at primary" : change.from_system(),
          change.to_system().empty() ? "at primary" : change.to_system(),
          EpochText(change.epoch())};
}

// Whether a watch that ended so goes on with its last token.
bool IsResumable(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::CANCELLED ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

// One stream: shows what comes, and keeps where it is in `request`. How it ended; OK where enough has come.
grpc::Status Follow(const Options& options, Stub& stub, v1::WatchMigrationsRequest& request, Table& table,
                    uint64_t& shown) {
  grpc::ClientContext context;
  const auto reader = stub.WatchMigrations(&context, request);
  for (v1::WatchMigrationsResponse message; reader->Read(&message);) {
    for (const v1::MigrationEvent& event : message.changes()) options.json ? PrintJson(event) : table.Add(Row(event));
    if (!options.json) table.Flush();
    const bool moved = message.resume_token() != request.resume_token();
    request.set_resume_token(message.resume_token());
    if (options.json && moved) PrintJson(request);
    std::cout << std::flush;
    shown += static_cast<uint64_t>(message.changes_size());
    if (options.changes == 0 || shown < options.changes) continue;
    context.TryCancel();
    return grpc::Status::OK;
  }
  return reader->Finish();
}

int Watch(const Options& options, Stub& stub) {
  v1::WatchMigrationsRequest request;
  request.set_resume_token(options.token);
  Table table({"AT", "PRIMARY MC SERVICE ID", "SERVICE", "FROM", "TO", "EPOCH"});
  uint64_t shown = 0;
  for (;;) {
    const std::string before = request.resume_token();
    const grpc::Status status = Follow(options, stub, request, table, shown);
    if (status.ok()) return kSuccess;
    std::cerr << Describe(status) << '\n';
    if (!IsResumable(status) || request.resume_token().empty()) return kFailed;
    // A server that ends has sent something; one that is not there is not asked at once again.
    if (request.resume_token() == before) absl::SleepFor(kPause);
  }
}

}  // namespace

void AddDirectory(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand(
      "directory", "Where users are served: the migration directory, on a server's inside listener");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();

  using Command = int (*)(const Options&, Stub&);
  const auto add = [&](const char* name, const char* description, Command run) -> CLI::App& {
    CLI::App& command = *group.add_subcommand(name, description);
    AddConnectionOptions(command, options->connection);
    command.add_flag("--json", options->json, "one JSON object a line");
    command.callback([options, &exit_code, run] {
      const auto channel = Connect(options->connection);
      exit_code =
          channel.ok() ? run(*options, *v1::MigrationDirectory::NewStub(*channel)) : Fail(channel.status().message());
    });
    return command;
  };
  CLI::App& lookup = add("lookup", "Where users are served now; of a partner server, who is served there", Lookup);
  lookup.add_option("--id", options->ids, "MC service ID in the primary MC system; up to 100")->required();
  AddServiceOption(lookup, options->service);
  CLI::App& watch =
      add("watch", "Every change of where a user is, as it happens, of a primary server; goes on by itself", Watch);
  watch.add_option("--token", options->token, "resume_token of an earlier watch; from now on where absent");
  watch.add_option("--changes", options->changes, "end after so many changes; 0: never")->capture_default_str();
}

}  // namespace mcmig::cli
