// The tokens and the credential come from identity management servers that are no part of this project: two
// oidc-providers, asked as a user's client asks them. Skipped, with the reason, where they cannot run.
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"
#include "tests/interop/identity_servers.h"
#include "tests/metrics/scrape.h"

namespace mcmig::interop {
namespace {

using harness::Deployment;
using harness::kAlice;
using harness::kBob;
using harness::LoadUser;
using harness::Process;
using harness::User;
using metrics::Eventually;
using Server = IdentityServers::Server;

constexpr char kRefusedByPrimary[] = "FAILURE NOT_AUTHORIZED_BY_PRIMARY";
constexpr char kInvalidToken[] = "FAILURE ACCESS_TOKEN_INVALID";
// Each can migrate 16 times while its credentials are remembered.
constexpr int kLoadUsers = 200;

// All that a client of a user has before it migrates.
struct Tokens {
  std::string home;
  std::string security;
  std::string partner;
  std::string credential;
};

class OidcProviderInteropTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = IdentityServers::Missing(); !missing.empty()) GTEST_SKIP() << missing;
    std::vector<User> users = {kAlice, kBob};
    for (int i = 0; i < kLoadUsers; ++i) users.push_back(LoadUser(i));
    auto started = IdentityServers::Start(directory_ + "-identity-servers", users);
    ASSERT_TRUE(started.ok()) << started.status();
    servers_.emplace(*std::move(started));
    deployment_ = chain::StartDeployment("oidc-provider",
                                         {.load_users = kLoadUsers,
                                          .require_primary_credential = true,
                                          .primary_jwks = Keys(Server::kPrimary),
                                          .partner_jwks = Keys(Server::kPartner),
                                          .partner_token_origin = ", issuer: \"https://id.south.example\", audience: "
                                                                  "\"https://mc.south.example\""});
    client_ = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                               deployment_->south, &deployment_->north.Issue(harness::kClient));
  }

  [[nodiscard]] std::string Keys(Server server) const {
    const absl::StatusOr<std::string> keys = servers_->Keys(server);
    EXPECT_TRUE(keys.ok()) << keys.status();
    return keys.value_or("");
  }
  // Empty where a server refuses.
  [[nodiscard]] Tokens TokensOf(const User& user) const {
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
  static Tokens Failed(const absl::Status& status) {
    ADD_FAILURE() << status;
    return {};
  }

  harness::Answer Ask(const User& user, const std::string& token, const std::string& credential) const {
    auto request = harness::RequestOf(user);
    request.set_primary_credential(credential);
    return harness::Ask<v1::PartnerMcServiceServer>(client_, request, token);
  }
  // For service at home, as a device of alice's.
  [[nodiscard]] v1::ServiceAuthorizationResponse AskAtHome(const std::string& token) const {
    const auto channel = harness::Connect(deployment_->primary_server_a->Address("client"), harness::kPrimaryServerA,
                                          deployment_->north, &deployment_->north.Issue(harness::kClient));
    v1::ServiceAuthorizationRequest request;
    request.set_primary_mc_service_id(kAlice.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ServiceAuthorizationResponse response;
    const grpc::Status status =
        v1::PrimaryMcServiceServer::NewStub(channel)->AuthorizeService(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  [[nodiscard]] std::string RuleAtPrimary(const harness::Answer& answer) const {
    const auto decisions = harness::DecisionsOf(*deployment_->primary_server_a, answer.response.request_id());
    return decisions.empty() ? "" : harness::Field(decisions.back(), "rule");
  }
  [[nodiscard]] std::string Migrations() const { return deployment_->AtPrimary({"migrations", "list", "--json"}).out; }

  // The published keys of a server become those that the product reads, which takes them up as change `number`.
  [[nodiscard]] bool TakeUpKeys(Server server, double number) const {
    const bool primary = server == Server::kPrimary;
    const std::string file = absl::StrCat(directory_, primary ? "/north" : "/south", "-jwks.json");
    harness::WriteFile(file + ".new", Keys(server));
    std::filesystem::rename(file + ".new", file);
    const Process& reader = primary ? *deployment_->primary_server_a : *deployment_->partner_server;
    const std::string files = primary ? "primary_credentials" : "access_tokens";
    return Eventually([&] {
      return metrics::Scrape(reader).Sum("mcmig_reload_changes_total", {{"files", files}}).value_or(-1) == number;
    });
  }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/oidc-provider");
  std::optional<IdentityServers> servers_;
  std::unique_ptr<Deployment> deployment_;
  std::shared_ptr<grpc::Channel> client_;
};

TEST_F(OidcProviderInteropTest, AUserMigratesThroughTheClientAgent) {
  const Tokens tokens = TokensOf(kAlice);
  harness::WriteFile(directory_ + "/alice.token", tokens.partner);
  const std::string credential_file = directory_ + "/alice.credential";
  harness::WriteFile(credential_file, tokens.credential);
  const harness::CommandResult migrated =
      deployment_->Run({"migrate", "--user", kAlice.PrimaryId(), "--partner", "south", "--service", "MCPTT",
                        "--profile-index", "1", "--primary-credential-file", credential_file},
                       deployment_->client_agent->Address("client"), harness::kClient,
                       deployment_->north.Issue(harness::kApplication), deployment_->north);
  EXPECT_EQ(migrated.exit_code, 0) << migrated.out << migrated.err;
  EXPECT_TRUE(absl::StrContains(Migrations(), "MIGRATION_STATE_MIGRATED"));
  EXPECT_TRUE(absl::StrContains(deployment_->AtPartner({"visitors", "list", "--json"}).out, kAlice.PartnerId()));
  EXPECT_EQ(deployment_->VerifyBoth().exit_code, 0);
}

TEST_F(OidcProviderInteropTest, NegativeATokenInThePlaceOfAnotherMigratesNobody) {
  const Tokens alice = TokensOf(kAlice);
  const Tokens bob = TokensOf(kBob);
  struct Case {
    const char* name;
    std::string token;
    std::string credential;
    std::string outcome;
    std::string rule;  // at the primary, where it came so far
  };
  const std::string credential_valid = "step6.primary_credential_valid";
  const std::vector<Case> cases = {
      {"the primary's access token", alice.home, alice.credential, kInvalidToken, ""},
      {"the security token as access token", alice.security, alice.credential, kInvalidToken, ""},
      {"the credential as access token", alice.credential, alice.credential, kInvalidToken, ""},
      {"another user's access token", bob.partner, alice.credential, "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER", ""},
      {"no credential", alice.partner, "", kRefusedByPrimary, "step6.primary_credential_present"},
      {"the partner's access token as credential", alice.partner, alice.partner, kRefusedByPrimary, credential_valid},
      {"the primary's access token as credential", alice.partner, alice.home, kRefusedByPrimary, credential_valid},
      {"the security token as credential", alice.partner, alice.security, kRefusedByPrimary, credential_valid},
      {"another user's credential", alice.partner, bob.credential, kRefusedByPrimary,
       "step6.primary_credential_names_user"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const harness::Answer answer = Ask(kAlice, each.token, each.credential);
    EXPECT_EQ(answer.Outcome(), each.outcome);
    if (!each.rule.empty()) EXPECT_EQ(RuleAtPrimary(answer), each.rule);
  }
  // Nor does one identity management server take them for what they are not.
  EXPECT_EQ(servers_->PartnerToken(alice.home).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(servers_->PartnerToken(alice.credential).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(servers_->SecurityToken(alice.partner).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(servers_->PrimaryCredential(alice.security).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(absl::StrContains(Migrations(), "MIGRATION_STATE_MIGRATED"));
  EXPECT_EQ(Ask(kAlice, alice.partner, alice.credential).Outcome(), "SUCCESS");
  EXPECT_EQ(Ask(kAlice, alice.partner, alice.credential).Outcome(), "FAILURE REPLAYED");
}

// All are signed by the key that also signs the access tokens there.
TEST_F(OidcProviderInteropTest, NegativeOnlyTheAccessTokenIsOneAtHome) {
  const Tokens tokens = TokensOf(kAlice);
  EXPECT_EQ(AskAtHome(tokens.security).refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_SCOPE_MISSING);
  EXPECT_EQ(AskAtHome(tokens.credential).refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  EXPECT_EQ(AskAtHome(tokens.partner).refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  EXPECT_EQ(AskAtHome(tokens.home).result(), v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS);
}

TEST_F(OidcProviderInteropTest, NegativeAnExpiredTokenMigratesNobody) {
  const Tokens tokens = TokensOf(kAlice);
  const absl::StatusOr<std::string> brief = servers_->PartnerToken(tokens.security, "mcptt-client-brief");
  ASSERT_TRUE(brief.ok()) << brief.status();
  // Without a credential, so that a token that is still good does not migrate anybody.
  std::string outcome = Ask(kAlice, *brief, "").Outcome();
  EXPECT_EQ(outcome, kRefusedByPrimary);
  EXPECT_TRUE(Eventually([&] { return (outcome = Ask(kAlice, *brief, "").Outcome()) != kRefusedByPrimary; }));
  EXPECT_EQ(outcome, "FAILURE ACCESS_TOKEN_EXPIRED");
  EXPECT_EQ(Ask(kAlice, *brief, tokens.credential).Outcome(), "FAILURE ACCESS_TOKEN_EXPIRED");
  EXPECT_FALSE(absl::StrContains(Migrations(), "MIGRATION_STATE_MIGRATED"));
}

// Users who get all their tokens anew and migrate, one after the other, until it ends.
class Load {
 public:
  explicit Load(std::function<std::string(const User&)> migrate)
      : migrate_(std::move(migrate)), thread_([this] { Run(); }) {}
  ~Load() {
    stop_ = true;
    thread_.join();
    EXPECT_EQ(failed_, 0) << first_failure_;
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Waits until so many that began from now on have ended.
  [[nodiscard]] bool Pass(int migrations) const {
    const int until = done_ + 1 + migrations;
    return Eventually([&] { return done_ >= until; });
  }

 private:
  void Run() {
    for (; !stop_ && done_ < 15 * kLoadUsers; ++done_) {
      const std::string outcome = migrate_(LoadUser(done_ % kLoadUsers));
      if (outcome == "SUCCESS") continue;
      if (failed_++ == 0) first_failure_ = outcome;
    }
  }

  const std::function<std::string(const User&)> migrate_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> done_ = 0;
  int failed_ = 0;
  std::string first_failure_;
  std::thread thread_;
};

TEST_F(OidcProviderInteropTest, KeysOfBothServersRotateUnderLoad) {
  constexpr int kMigrations = 5;
  const Tokens old = TokensOf(kAlice);
  {
    const Load load([this](const User& user) {
      const Tokens tokens = TokensOf(user);
      return Ask(user, tokens.partner, tokens.credential).Outcome();
    });
    EXPECT_TRUE(load.Pass(kMigrations));
    for (const Server server : {Server::kPartner, Server::kPrimary}) {
      ASSERT_TRUE(servers_->Rotate(server, "publish").ok());
      ASSERT_TRUE(TakeUpKeys(server, 1));
      ASSERT_TRUE(servers_->Rotate(server, "sign").ok());
      ASSERT_TRUE(load.Pass(kMigrations));
      // No token by the old key is in use any more.
      ASSERT_TRUE(servers_->Rotate(server, "retire").ok());
      ASSERT_TRUE(TakeUpKeys(server, 2));
      ASSERT_TRUE(load.Pass(kMigrations));
    }
  }
  const Tokens fresh = TokensOf(kAlice);
  EXPECT_EQ(Ask(kAlice, old.partner, fresh.credential).Outcome(), kInvalidToken);
  EXPECT_EQ(Ask(kAlice, fresh.partner, old.credential).Outcome(), kRefusedByPrimary);
  EXPECT_EQ(servers_->PartnerToken(old.security).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Ask(kAlice, fresh.partner, fresh.credential).Outcome(), "SUCCESS");
}

}  // namespace
}  // namespace mcmig::interop
