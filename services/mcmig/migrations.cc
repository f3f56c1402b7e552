#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/list_pages.h"
#include "services/mcmig/output.h"
#include "services/mcmig/service_option.h"

namespace mcmig::cli {
namespace {

struct Options {
  Connection connection;
  std::string id;
  std::string service;
  bool json = false;
};

Table MakeTable() {
  return Table({"PRIMARY MC SERVICE ID", "SERVICE", "STATE", "PARTNER SYSTEM", "PARTNER MC SERVICE ID", "PROFILE",
                "EPOCH", "PATH", "DECIDED AT"});
}

std::vector<std::string> Row(const v1::MigrationRecord& record) {
  const bool migrated = record.state() == v1::MIGRATION_STATE_MIGRATED;
  return {record.primary_mc_service_id(),
          ServiceText(record.mc_service()),
          migrated ? "migrated" : "at primary",
          TextOr(record.partner_system()),
          TextOr(record.partner_mc_service_id()),
          record.has_mc_service_user_profile_index() ? absl::StrCat(record.mc_service_user_profile_index()) : "-",
          EpochText(record.epoch()),
          record.through_gateway() ? "gateway" : "direct",
          TimeText(record.decided_at())};
}

int Get(const Options& options) {
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  v1::GetMigrationRequest request;
  request.set_primary_mc_service_id(options.id);
  request.set_mc_service(ServiceOf(options.service));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::MigrationRecord record;
  const grpc::Status status = v1::PrimaryAdmin::NewStub(*channel)->GetMigration(&context, request, &record);
  if (!status.ok()) {
    std::cerr << Describe(status) << '\n';
    return kFailed;
  }
  if (options.json) {
    PrintJson(record);
    return kSuccess;
  }
  Table table = MakeTable();
  table.Add(Row(record));
  table.Flush();
  return kSuccess;
}

int List(const Options& options) {
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  const auto stub = v1::PrimaryAdmin::NewStub(*channel);
  Table table = MakeTable();
  return ListPages<v1::ListMigrationsRequest, v1::ListMigrationsResponse>(
      [&](auto... arguments) { return stub->ListMigrations(arguments...); },
      [&](const v1::ListMigrationsResponse& page) {
        for (const v1::MigrationRecord& record : page.migrations()) {
          options.json ? PrintJson(record) : table.Add(Row(record));
        }
        if (!options.json) table.Flush();
      });
}

}  // namespace

void AddMigrations(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("migrations", "The migration register of a primary server");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();

  CLI::App& get = *group.add_subcommand("get", "The record of one user and service");
  get.add_option("--id", options->id, "MC service ID in the primary MC system")->required();
  AddServiceOption(get, options->service);
  CLI::App& list = *group.add_subcommand("list", "All records, in the order of their keys");
  for (CLI::App* command : {&get, &list}) {
    AddConnectionOptions(*command, options->connection);
    command->add_flag("--json", options->json, "one JSON object a line");
  }
  get.callback([options, &exit_code] { exit_code = Get(*options); });
  list.callback([options, &exit_code] { exit_code = List(*options); });
}

}  // namespace mcmig::cli
