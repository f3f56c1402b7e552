#ifndef SERVICES_PRIMARY_SERVER_PRIMARY_SERVER_TEST_FIXTURE_H_
#define SERVICES_PRIMARY_SERVER_PRIMARY_SERVER_TEST_FIXTURE_H_

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/primary_server/primary_server.h"
#include "services/testing/credential_issuer.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {

using identity::Listener;
using identity::Role;
using protocol::AuthorizationRequest;
using protocol::Cause;
using protocol::McService;
using Response = v1::MigrationServiceAuthorizationResponse;

inline std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/migrations";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

// North's server, which lets alice migrate to south and east.
class PrimaryServerTest : public ::testing::Test {
 protected:
  PrimaryServerTest() {
    absl::Status ready = store_.SetAgreements({{"south", {McService::kMcptt}}, {"east", {McService::kMcptt}}});
    if (ready.ok()) ready = store_.ImportProfiles({Profile(0, true, {}), Profile(1, true, {"south", "east"})});
    if (ready.ok()) ready = store_.ImportProfiles({Profile(2, false, {"south"})});
    EXPECT_TRUE(ready.ok()) << ready;
  }
  static migration::MigrationStore::ProfileEntry Profile(uint8_t index, bool enabled,
                                                         const std::vector<std::string>& partners) {
    migration::Profile profile;
    profile.index = index;
    profile.enabled = enabled;
    for (const std::string& system : partners) profile.partner_systems.push_back({system, ""});
    return {{testing::Id(testing::kAlice).canonical(), McService::kMcptt}, testing::kAlice, profile};
  }
  AuthorizationRequest Request(char seed, const char* partner_system = "south") {
    AuthorizationRequest request = testing::AliceToSouth(seed, executor_.Now());
    request.partner_mc_service_id = testing::Id("sip:visitor1@" + std::string(partner_system) + ".example");
    request.authenticated_peer_system = partner_system;
    return request;
  }
  // With a primary credential of alice for `partner_system`, and the jti `id`.
  AuthorizationRequest WithCredential(AuthorizationRequest request, const std::string& partner_system,
                                      const std::string& id) {
    request.primary_credential = issuer_.Issue(testing::kAlice, partner_system, id, executor_.Now());
    return request;
  }
  PrimaryServer Server(bool move = false) { return Server(migrations_, move); }
  PrimaryServer Server(migration::MigrationRegister& migrations, bool move) {
    migration::Policy policy;
    policy.move = move;
    policy.incarnation = migrations.incarnation();
    return PrimaryServer({.systems = testing::MakeSystems(testing::SystemsAt("north")),
                          .credentials = &issuer_.verifier(),
                          .migrations = &migrations,
                          .policy = policy,
                          .clock = &executor_,
                          .log = &log_});
  }
  // Through the own gateway.
  absl::StatusOr<Response> Ask(const AuthorizationRequest& request, bool move = false) {
    PrimaryServer server = Server(move);
    testing::IncomingCall incoming(executor_, {"north", Role::kGateway, true}, Listener::kInside);
    auto answer = executor_.Run(server.AuthorizeMigration(incoming.call, ToProto(request)));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }
  // As a peer, on the outside listener.
  absl::StatusOr<Response> AskDirectly(AuthorizationRequest request, const char* peer = "south") {
    request.authenticated_peer_system.reset();
    PrimaryServer server = Server();
    testing::IncomingCall incoming(executor_, {peer, Role::kPartnerServer, false}, Listener::kOutside);
    auto answer = executor_.Run(server.AuthorizeMigration(incoming.call, ToProto(request)));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }
  std::optional<migration::Record> AlicesRecord() {
    return store_.Read({testing::Id(testing::kAlice).canonical(), McService::kMcptt}, "south")->record;
  }
  void ExpectRefused(const absl::StatusOr<Response>& response, v1::RefusalCause cause) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_FAILURE);
    EXPECT_EQ(response->refusal_cause(), cause);
    EXPECT_FALSE(response->has_epoch());
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::FaultyMigrationStore store_{EmptyDirectory()};
  migration::MigrationRegister migrations_{store_};
  const testing::CredentialIssuer issuer_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PRIMARY_SERVER_TEST_FIXTURE_H_
