#include "services/client/client_agent.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace mcmig::client {
namespace {

using identity::McServiceId;
using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Decision;

constexpr size_t kMaxSystemNameBytes = 64;

// The user and the partner MC system that `message` names, of those configured.
template <class Message>
absl::StatusOr<Users::Found> FindUser(const Users& users, const Message& message) {
  absl::StatusOr<McServiceId> id = McServiceId::Parse(message.primary_mc_service_id());
  if (!id.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("primary_mc_service_id: ", id.status().message()));
  }
  const absl::StatusOr<protocol::McService> service = protocol::ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  if (message.partner_system().empty() || message.partner_system().size() > kMaxSystemNameBytes) {
    return absl::InvalidArgumentError("partner_system: must be 1 to 64 bytes");
  }
  return users.Find(*id, *service, message.partner_system());
}

}  // namespace

std::string ServerKey(const config::v1::AgentPartner& partner) {
  return absl::StrCat(partner.system(), " ", partner.server().server_name(), " ", partner.server().address());
}

async::Task<absl::StatusOr<v1::MigrateResponse>> ClientAgent::Migrate(const Call& call,
                                                                      const v1::MigrateRequest& message) {
  ops::DecisionScope scope(source_, call);
  absl::StatusOr<Step1> step1 = Prepare(call, message);
  if (!step1.ok()) {
    scope.Ends(step1.status());
    co_return step1.status();
  }
  scope.Names(*step1->request.request_id);

  // Step 1: request migration from the partner MC service server, with the selected profile and the credential (NOTE
  // 1).
  Call with_credential = call;
  with_credential.bearer_token = std::move(step1->access_token);
  scope.BeginNextHop();
  absl::StatusOr<Decision> decision =
      co_await AskWithRetry(step1->server, with_credential, step1->request, *doors_.clock, doors_.retry);
  scope.EndNextHop();

  // Step 11: the answer, checked against what was sent.
  scope.Ends(decision);
  if (!decision.ok()) co_return decision.status();
  v1::MigrateResponse response;
  *response.mutable_authorization() = ToProto(*decision, step1->request);
  *response.mutable_issued_at() = ToProto(step1->request).issued_at();
  co_return response;
}

absl::StatusOr<ClientAgent::Step1> ClientAgent::Prepare(const Call& call, const v1::MigrateRequest& message) {
  const absl::StatusOr<Users::Found> found = FindUser(doors_.users, message);
  if (!found.ok()) return found.status();

  v1::MigrationServiceAuthorizationRequest sent;
  sent.set_partner_mc_service_id(found->partner.partner_mc_service_id.received());
  sent.set_primary_mc_service_id(found->user.primary_mc_service_id.received());
  sent.set_mc_service_user_profile_index(message.has_mc_service_user_profile_index()
                                             ? message.mc_service_user_profile_index()
                                             : found->user.default_profile_index);
  sent.set_mc_service(message.mc_service());
  sent.set_request_id(message.request_id());
  if (message.has_issued_at()) *sent.mutable_issued_at() = message.issued_at();
  sent.set_primary_credential(message.primary_credential());
  absl::StatusOr<AuthorizationRequest> request = ParseAuthorizationRequest(sent, call);
  if (!request.ok()) return request.status();
  if (!request->request_id.has_value()) {
    doors_.random->Fill(absl::MakeSpan(request->request_id.emplace().bytes));
    request->issued_at = doors_.clock->Now();
  }

  if (message.primary_credential().empty() && !found->partner.config.primary_credential_file().empty()) {
    absl::StatusOr<std::string> credential = doors_.tokens->Read(found->partner.config.primary_credential_file());
    if (!credential.ok()) return credential.status();
    request->primary_credential = *std::move(credential);
  }

  absl::StatusOr<std::string> token = doors_.tokens->Read(found->partner.config.access_token_file());
  if (!token.ok()) return token.status();
  const auto server = doors_.servers.find(ServerKey(found->partner.config));
  if (server == doors_.servers.end()) return absl::InternalError("no next hop for a configured server");
  return Step1{*std::move(request), *std::move(token), *server->second};
}

async::Task<absl::StatusOr<v1::EndMigrationResponse>> ClientAgent::EndMigration(
    const Call& call, const v1::ClientEndMigrationRequest& message) {
  absl::StatusOr<Asked> asked = FindAsked(message);
  if (!asked.ok()) co_return asked.status();
  protocol::EndRequest request{.user = std::move(asked->user), .epoch = protocol::FromProto(message.epoch())};
  if (request.epoch.incarnation == 0 || request.epoch.counter == 0) {
    co_return absl::InvalidArgumentError("epoch: both parts must be at least 1");
  }
  doors_.random->Fill(absl::MakeSpan(request.request_id.emplace().bytes));
  Call with_credential = call;
  with_credential.bearer_token = std::move(asked->access_token);
  const absl::StatusOr<protocol::EndAnswer> answer =
      co_await EndWithRetry(asked->server, with_credential, request, *doors_.clock, doors_.retry);
  if (!answer.ok()) co_return answer.status();
  co_return ToProto(*answer);
}

async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> ClientAgent::GetMigrationStatus(
    const Call& call, const v1::ClientMigrationStatusRequest& message) {
  absl::StatusOr<Asked> asked = FindAsked(message);
  if (!asked.ok()) co_return asked.status();
  Call with_credential = call;
  with_credential.bearer_token = std::move(asked->access_token);
  co_return co_await asked->server.GetMigrationStatus(with_credential, asked->user);
}

template <class Message>
absl::StatusOr<ClientAgent::Asked> ClientAgent::FindAsked(const Message& message) const {
  const absl::StatusOr<Users::Found> found = FindUser(doors_.users, message);
  if (!found.ok()) return found.status();
  const absl::StatusOr<protocol::McService> service = protocol::ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  absl::StatusOr<std::string> token = doors_.tokens->Read(found->partner.config.access_token_file());
  if (!token.ok()) return token.status();
  const auto server = doors_.servers.find(ServerKey(found->partner.config));
  if (server == doors_.servers.end()) return absl::InternalError("no next hop for a configured server");
  return Asked{.user = {found->partner.partner_mc_service_id, found->user.primary_mc_service_id, *service},
               .access_token = *std::move(token),
               .server = *server->second};
}

}  // namespace mcmig::client
