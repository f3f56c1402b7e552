#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
  bool json = false;
};

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
}

}  // namespace mcmig::cli
