#include "tests/interop/interop_fixture.h"

#include <utility>
#include <vector>

#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"

namespace mcmig::interop {
namespace {

using harness::User;
using Server = IdentityServers::Server;

Tokens Failed(const absl::Status& status) {
  ADD_FAILURE() << status;
  return {};
}

}  // namespace

void InteropTest::SetUp() {
  if (const std::string missing = IdentityServers::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  std::vector<User> users = {harness::kAlice, harness::kBob};
  for (int i = 0; i < kLoadUsers; ++i) users.push_back(harness::LoadUser(i));
  auto started = IdentityServers::Start(directory_ + "-identity-servers", users);
  ASSERT_TRUE(started.ok()) << started.status();
  servers_.emplace(*std::move(started));
  harness::DeploymentOptions options{
      .load_users = kLoadUsers,
      .require_primary_credential = true,
      .primary_jwks = Keys(Server::kPrimary),
      .partner_jwks = Keys(Server::kPartner),
      .partner_token_origin = ", issuer: \"https://id.south.example\", audience: \"https://mc.south.example\""};
  ChooseKeySource(options);
  deployment_ = chain::StartDeployment("interop", options);
  client_ = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                             deployment_->south, &deployment_->north.Issue(harness::kClient));
}

std::string InteropTest::Keys(Server server) const {
  const absl::StatusOr<std::string> keys = servers_->Keys(server);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return keys.value_or("");
}

Tokens InteropTest::TokensOf(const User& user) const {
  const absl::StatusOr<std::string> home = servers_->HomeToken(user);
  if (!home.ok()) return Failed(home.status());
  const absl::StatusOr<std::string> security = servers_->SecurityToken(*home);
  if (!security.ok()) return Failed(security.status());
  const absl::StatusOr<std::string> partner = servers_->PartnerToken(*security);
  if (!partner.ok()) return Failed(partner.status());
  const absl::StatusOr<std::string> credential = servers_->PrimaryCredential(*home);
  if (!credential.ok()) return Failed(credential.status());
  return {.home = *home, .security = *security, .partner = *partner, .credential = *credential};
}

harness::Answer InteropTest::Ask(const User& user, const std::string& token, const std::string& credential) const {
  auto request = harness::RequestOf(user);
  request.set_primary_credential(credential);
  return harness::Ask<v1::PartnerMcServiceServer>(client_, request, token);
}

std::string InteropTest::Migrate(const User& user) const {
  const Tokens tokens = TokensOf(user);
  return Ask(user, tokens.partner, tokens.credential).Outcome();
}

std::string InteropTest::Migrations() const { return deployment_->AtPrimary({"migrations", "list", "--json"}).out; }

}  // namespace mcmig::interop
