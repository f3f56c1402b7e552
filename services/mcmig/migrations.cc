#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
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
  std::string partner_system;
  bool json = false;
};

Table MakeTable() {
  return Table({"PRIMARY MC SERVICE ID", "SERVICE", "STATE", "PARTNER SYSTEM", "PARTNER MC SERVICE ID", "PROFILE",
                "EPOCH", "PATH", "DECIDED AT", "AUTHORIZED UNTIL"});
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
          TimeText(record.decided_at()),
          record.has_authorized_until() ? TimeText(record.authorized_until()) : "-"};
}

// "returned home"
std::string KindText(v1::MigrationChange::Kind kind) {
  const std::string& name = v1::MigrationChange::Kind_Name(kind);
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripPrefix(name, "KIND_")), {{"_", " "}});
}

std::vector<std::string> Row(const v1::MigrationChange& change) {
  return {TimeText(change.at()),
          KindText(change.kind()),
          change.from_system().empty() ? "at primary" : change.from_system(),
          change.to_system().empty() ? "at primary" : change.to_system(),
          EpochText(change.epoch()),
          absl::StrCat(change.sequence())};
}

void Show(const v1::MigrationRecord& record, bool json) {
  if (json) return PrintJson(record);
  Table table = MakeTable();
  table.Add(Row(record));
  table.Flush();
}

// Connects and hands the stub on; a connection that cannot be made is reported.
template <class Run>
int WithStub(const Options& options, const Run& run) {
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  return run(*v1::PrimaryAdmin::NewStub(*channel));
}

int Get(const Options& options, v1::PrimaryAdmin::Stub& stub) {
  v1::GetMigrationRequest request;
  request.set_primary_mc_service_id(options.id);
  request.set_mc_service(ServiceOf(options.service));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::MigrationRecord record;
  const grpc::Status status = stub.GetMigration(&context, request, &record);
  if (!status.ok()) {
    std::cerr << Describe(status) << '\n';
    return kFailed;
  }
  Show(record, options.json);
  return kSuccess;
}

int Revoke(const Options& options, v1::PrimaryAdmin::Stub& stub) {
  v1::RevokeMigrationRequest request;
  request.set_primary_mc_service_id(options.id);
  request.set_mc_service(ServiceOf(options.service));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::RevokeMigrationResponse response;
  const grpc::Status status = stub.RevokeMigration(&context, request, &response);
  if (!status.ok()) {
    std::cerr << Describe(status) << "; where the outcome is unknown, revoke again\n";
    return kFailed;
  }
  if (options.json) {
    PrintJson(response);
    return kSuccess;
  }
  std::cout << (response.changed() ? "revoked" : "unchanged: the user is at the primary") << '\n';
  if (response.has_migration()) Show(response.migration(), /*json=*/false);
  return kSuccess;
}

int History(const Options& options, v1::PrimaryAdmin::Stub& stub) {
  v1::GetMigrationHistoryRequest request;
  request.set_primary_mc_service_id(options.id);
  request.set_mc_service(ServiceOf(options.service));
  Table table({"AT", "CHANGE", "FROM", "TO", "EPOCH", "SEQUENCE"});
  return ListPages<v1::GetMigrationHistoryRequest, v1::GetMigrationHistoryResponse>(
      [&](auto... arguments) { return stub.GetMigrationHistory(arguments...); },
      [&](const v1::GetMigrationHistoryResponse& page) {
        for (const v1::MigrationChange& change : page.changes()) {
          options.json ? PrintJson(change) : table.Add(Row(change));
        }
        if (!options.json) table.Flush();
      },
      request);
}

int List(const Options& options, v1::PrimaryAdmin::Stub& stub) {
  v1::ListMigrationsRequest request;
  request.set_partner_system(options.partner_system);
  Table table = MakeTable();
  return ListPages<v1::ListMigrationsRequest, v1::ListMigrationsResponse>(
      [&](auto... arguments) { return stub.ListMigrations(arguments...); },
      [&](const v1::ListMigrationsResponse& page) {
        for (const v1::MigrationRecord& record : page.migrations()) {
          options.json ? PrintJson(record) : table.Add(Row(record));
        }
        if (!options.json) table.Flush();
      },
      request);
}

}  // namespace

void AddMigrations(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("migrations", "The migration register of a primary server");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();

  using Command = int (*)(const Options&, v1::PrimaryAdmin::Stub&);
  const auto add = [&](const char* name, const char* description, Command run) -> CLI::App& {
    CLI::App& command = *group.add_subcommand(name, description);
    AddConnectionOptions(command, options->connection);
    command.add_flag("--json", options->json, "one JSON object a line");
    command.callback([options, &exit_code, run] {
      exit_code = WithStub(*options, [&](v1::PrimaryAdmin::Stub& stub) { return run(*options, stub); });
    });
    return command;
  };
  for (CLI::App* command : {&add("get", "The record of one user and service", Get),
                            &add("revoke", "Takes a migrated user back, and tells the partner MC system", Revoke),
                            &add("history", "What changed one record, the last change first", History)}) {
    command->add_option("--id", options->id, "MC service ID in the primary MC system")->required();
    AddServiceOption(*command, options->service);
  }
  add("list", "All records, in the order of their keys", List)
      .add_option("--partner", options->partner_system, "only users who are migrated to this MC system");
}

}  // namespace mcmig::cli
