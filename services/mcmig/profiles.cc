#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/import_command.h"
#include "services/mcmig/offline_profiles.h"
#include "services/mcmig/output.h"
#include "services/mcmig/service_option.h"

namespace mcmig::cli {
namespace {

struct Options {
  Connection connection;
  std::string id;
  std::string service;
  std::optional<uint32_t> index;
  bool all = false;
  bool json = false;
  std::string file;
  std::string offline_config;
};

std::vector<std::string> Row(const v1::UserProfile& profile) {
  const std::string partners =
      absl::StrJoin(profile.partner_systems(), ",",
                    [](std::string* out, const v1::PartnerSystem& partner) { absl::StrAppend(out, partner.system()); });
  return {absl::StrCat(profile.mc_service_user_profile_index()),
          TextOr(profile.profile_name()),
          profile.status() == v1::USER_PROFILE_STATUS_ENABLED ? "enabled" : "disabled",
          profile.user_disabled() ? "disabled" : "enabled",
          profile.pre_selected() ? "yes" : "no",
          profile.priority() ? "yes" : "no",
          TextOr(profile.mission_critical_organization()),
          TextOr(partners)};
}

int Get(const Options& options) {
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  v1::GetUserProfilesRequest request;
  request.set_mc_service_id(options.id);
  request.set_mc_service(ServiceOf(options.service));
  grpc::ClientContext context;
  SetTimeout(context);
  v1::GetUserProfilesResponse response;
  const grpc::Status status = v1::PrimaryAdmin::NewStub(*channel)->GetUserProfiles(&context, request, &response);
  if (!status.ok()) {
    std::cerr << Describe(status) << '\n';
    return kFailed;
  }
  Table table({"INDEX", "NAME", "STATUS", "USER", "PRE-SELECTED", "PRIORITY", "ORGANIZATION", "PARTNER SYSTEMS"});
  for (const v1::UserProfile& profile : response.profiles()) {
    options.json ? PrintJson(profile) : table.Add(Row(profile));
  }
  if (!options.json) table.Flush();
  return kSuccess;
}

int Remove(const Options& options) {
  if (options.index.has_value() == options.all) {
    std::cerr << "either --profile-index or --all is needed\n";
    return kFailed;
  }
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  v1::RemoveUserProfilesRequest request;
  request.set_mc_service_id(options.id);
  request.set_mc_service(ServiceOf(options.service));
  if (options.index) request.set_mc_service_user_profile_index(*options.index);
  grpc::ClientContext context;
  SetTimeout(context);
  v1::RemoveUserProfilesResponse response;
  const grpc::Status status = v1::PrimaryAdmin::NewStub(*channel)->RemoveUserProfiles(&context, request, &response);
  if (!status.ok()) {
    std::cerr << Describe(status) << "; where the outcome is unknown, remove again\n";
    return kFailed;
  }
  if (options.json) {
    PrintJson(response);
    return kSuccess;
  }
  std::cout << "removed " << response.removed()
            << (response.taken_back() ? "; the user was migrated and is taken back" : "") << '\n';
  return kSuccess;
}

int ImportOffline(const Options& options) {
  const absl::StatusOr<std::unique_ptr<OfflineProfiles>> store = OfflineProfiles::Open(options.offline_config);
  if (!store.ok()) {
    std::cerr << store.status().message() << '\n';
    return kFailed;
  }
  return RunImport(options.file, v1::ImportUserProfilesRequest::default_instance(),
                   [&](const google::protobuf::Message& request) {
                     return (*store)->Apply(static_cast<const v1::ImportUserProfilesRequest&>(request));
                   });
}

int Import(const Options& options) {
  if (!options.offline_config.empty()) return ImportOffline(options);
  const auto channel = Connect(options.connection);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << '\n';
    return kFailed;
  }
  const auto stub = v1::PrimaryAdmin::NewStub(*channel);
  return RunImport(options.file, v1::ImportUserProfilesRequest::default_instance(),
                   [&](const google::protobuf::Message& request) {
                     return Call(*stub, &v1::PrimaryAdmin::Stub::ImportUserProfiles,
                                 static_cast<const v1::ImportUserProfilesRequest&>(request));
                   });
}

}  // namespace

void AddProfiles(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("profiles", "The user profiles of a primary server");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();

  CLI::App& import = *group.add_subcommand("import", "Adds or replaces profiles; exit 1 where any line was refused");
  import.add_option("FILE", options->file, "JSON lines of mcmig.v1.UserProfile; - for stdin")->required();
  import.add_option("--offline-config", options->offline_config,
                    "write to the store of this primary-server configuration, while no server runs");
  CLI::App& get = *group.add_subcommand("get", "The profiles of one user and service");
  get.add_option("--id", options->id, "MC service ID in the primary MC system")->required();
  AddServiceOption(get, options->service);
  get.add_flag("--json", options->json, "one JSON object a line");
  CLI::App& remove = *group.add_subcommand("remove", "Removes profiles; takes back a user who is migrated with one");
  remove.add_option("--id", options->id, "MC service ID in the primary MC system")->required();
  AddServiceOption(remove, options->service);
  remove.add_option("--profile-index", options->index, "this profile");
  remove.add_flag("--all", options->all, "all profiles of the user and service");
  remove.add_flag("--json", options->json, "one JSON object a line");
  remove.callback([options, &exit_code] { exit_code = Remove(*options); });
  for (CLI::App* command : {&import, &get, &remove}) AddConnectionOptions(*command, options->connection);
  import.callback([options, &exit_code] { exit_code = Import(*options); });
  get.callback([options, &exit_code] { exit_code = Get(*options); });
}

}  // namespace mcmig::cli
