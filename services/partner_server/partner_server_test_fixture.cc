#include "services/partner_server/partner_server_test_fixture.h"

#include <filesystem>
#include <fstream>

#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::partner_server {
namespace {

// The key of south's identity management server.
const devtools::Signer& TokenKey() {
  static const auto* const kKey = new devtools::Signer(*devtools::Signer::Generate(token::Algorithm::kEs256, "key-1"));
  return *kKey;
}

std::unique_ptr<token::AccessTokenVerifier> Verifier() {
  const std::string file = ::testing::TempDir() + "/jwks.json";
  std::ofstream(file) << devtools::KeySetOf({*TokenKey().PublicJwk()});
  config::v1::AccessTokens config;
  config.set_jwks_file(file);
  config.add_algorithms("ES256");
  return *token::AccessTokenVerifier::Create(config, "/");
}

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/visitors";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

}  // namespace

PartnerServerTest::PartnerServerTest() : verifier_(Verifier()), store_(EmptyDirectory()) {
  migration::ExpectedVisitor alice;
  alice.primary_system = "north";
  alice.canonical_id = testing::Id(testing::kAlice).canonical();
  alice.mc_service_id = testing::kAlice;
  alice.until = executor_.Now() + absl::Hours(1);
  const absl::Status imported = store_.ImportExpected({alice});
  EXPECT_TRUE(imported.ok()) << imported;
}

std::string PartnerServerTest::Token(const std::string& partner, const std::string& primary) const {
  return *TokenKey().SignToken({{"exp", absl::ToUnixSeconds(executor_.Now()) + 300},
                                {"scope", "3gpp:mc:ptt_service"},
                                {"client_id", "client"},
                                {"mcptt_id", partner},
                                {"mcmig_primary_id", primary}});
}

async::Task<> PartnerServerTest::Keep(async::Task<absl::StatusOr<Response>> task,
                                      std::optional<absl::StatusOr<Response>>& answer) {
  absl::StatusOr<Response> value = co_await task;
  answer = std::move(value);
}

absl::StatusOr<Response> PartnerServerTest::Ask(PartnerServer& server,
                                                const v1::MigrationServiceAuthorizationRequest& message,
                                                const std::string& token) {
  testing::IncomingCall incoming(executor_, {"north", Role::kClient, false}, Listener::kClient);
  incoming.call.bearer_token = token;
  std::optional<absl::StatusOr<Response>> answer;
  executor_.Spawn(Keep(server.AuthorizeMigration(incoming.call, message), answer));
  // Virtual time passes only where the handler waits for it, between two attempts.
  executor_.RunUntilIdle();
  while (!answer.has_value()) {
    if (executor_.NextTimer() < absl::InfiniteFuture()) {
      executor_.AdvanceTo(executor_.NextTimer());
    } else if (!executor_.WaitForWork(absl::Seconds(30))) {
      break;
    }
    executor_.RunUntilIdle();
  }
  EXPECT_TRUE(answer.has_value());
  return answer.value_or(absl::InternalError("the handler did not end"));
}

}  // namespace mcmig::partner_server
