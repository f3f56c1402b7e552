#include "common/token/access_token_verifier.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/ops/metrics.h"
#include "common/ops/testing/exposition.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using devtools::Signer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kMcpttId[] = "sip:visitor@partner.example";

Json Claims() {
  return {{"iss", "https://idm.partner.example"},
          {"aud", {"mcmig"}},
          {"exp", 1'900'000'000},
          {"scope", "3gpp:mc:ptt_service"},
          {"mcptt_id", kMcpttId},
          {"mcmig_primary_id", "sip:alice@primary.example"}};
}

class AccessTokenVerifierTest : public ::testing::Test {
 protected:
  AccessTokenVerifierTest() {
    std::filesystem::create_directories(directory_);
    std::ofstream(absl::StrCat(directory_, "/jwks.json")) << devtools::KeySetOf({*signer_.PublicJwk()});
    config_.set_jwks_file("jwks.json");
    config_.add_algorithms("ES256");
  }

  std::unique_ptr<AccessTokenVerifier> Create() {
    auto verifier = AccessTokenVerifier::Create(config_, directory_);
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    return *std::move(verifier);
  }
  absl::Status CreateStatus() { return AccessTokenVerifier::Create(config_, directory_).status(); }

  Signer signer_ = *Signer::Generate(Algorithm::kEs256, "k1");
  const std::string directory_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  config::v1::AccessTokens config_;
};

TEST_F(AccessTokenVerifierTest, SignedTokenGivesItsClaims) {
  config_.set_issuer("https://idm.partner.example");
  config_.set_audience("mcmig");
  const absl::StatusOr<AccessToken> token = Create()->Verify(*signer_.SignToken(Claims()));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->mcptt_id, kMcpttId);
  EXPECT_EQ(token->primary_id, "sip:alice@primary.example");
  EXPECT_EQ(token->expires, absl::FromUnixSeconds(1'900'000'000));
}

TEST_F(AccessTokenVerifierTest, EveryAllowedAlgorithmIsVerified) {
  std::vector<Signer> signers;
  std::vector<Json> keys;
  config_.clear_algorithms();
  for (const char* name : {"ES256", "RS256", "PS256", "EdDSA"}) {
    config_.add_algorithms(name);
    signers.push_back(*Signer::Generate(*AlgorithmOfName(name), name));
    keys.push_back(*signers.back().PublicJwk());
  }
  std::ofstream(absl::StrCat(directory_, "/jwks.json")) << devtools::KeySetOf(keys);
  const auto verifier = Create();
  for (const Signer& signer : signers) EXPECT_TRUE(verifier->Verify(*signer.SignToken(Claims())).ok());
}

TEST_F(AccessTokenVerifierTest, RememberedTokenGivesTheSameClaims) {
  const auto verifier = Create();
  const std::string bearer = *signer_.SignToken(Claims());
  const absl::StatusOr<AccessToken> cold = verifier->Verify(bearer);
  const absl::StatusOr<AccessToken> warm = verifier->Verify(bearer);
  ASSERT_TRUE(cold.ok() && warm.ok());
  EXPECT_EQ(warm->expires, cold->expires);
  EXPECT_EQ(warm->not_before, cold->not_before);
  EXPECT_EQ(warm->mcptt_id, cold->mcptt_id);
  EXPECT_EQ(warm->primary_id, cold->primary_id);
  EXPECT_EQ(warm->scopes, cold->scopes);
}

TEST_F(AccessTokenVerifierTest, RememberedAndVerifiedTokensAreCounted) {
  ops::Metrics metrics;
  const auto verifier = AccessTokenVerifier::Create(config_, directory_, &metrics);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  const auto counted = [&metrics](const char* result) {
    return ops::testing::ParseExposition(metrics.Text()).Sum("mcmig_token_cache_lookups_total", {{"result", result}});
  };
  const std::string token = *signer_.SignToken(Claims());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE((*verifier)->Verify(token).ok());
  EXPECT_FALSE((*verifier)->Verify("a.b.c").ok());
  EXPECT_EQ(counted("hit"), 2);
  EXPECT_EQ(counted("miss"), 2);
  EXPECT_EQ(metrics.Text().find(token), std::string::npos);
}

TEST_F(AccessTokenVerifierTest, RememberedTokenWithAnotherSignatureIsRefused) {
  const auto verifier = Create();
  std::string bearer = *signer_.SignToken(Claims());
  ASSERT_TRUE(verifier->Verify(bearer).ok());
  char& byte = bearer[bearer.size() - 10];
  byte = byte == 'A' ? 'B' : 'A';
  EXPECT_EQ(verifier->Verify(bearer).status().message(), "signature: wrong");
  EXPECT_EQ(verifier->Verify(bearer).status().message(), "signature: wrong");
}

TEST_F(AccessTokenVerifierTest, RefusedTokenStaysRefused) {
  config_.set_audience("other");
  const auto verifier = Create();
  const std::string bearer = *signer_.SignToken(Claims());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(verifier->Verify(bearer).status().message(), "aud: does not hold the configured audience");
  }
}

TEST_F(AccessTokenVerifierTest, TimeIsNotTheVerifiersDecision) {
  Json claims = Claims();
  claims["exp"] = 1;
  const absl::StatusOr<AccessToken> token = Create()->Verify(*signer_.SignToken(claims));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->expires, absl::FromUnixSeconds(1));
}

TEST_F(AccessTokenVerifierTest, AccessTokenTypesAreAcceptedAndNoOthers) {
  const auto verifier = Create();
  Json header = signer_.Header();
  for (const char* type : {"JWT", "at+jwt", "application/at+jwt"}) {
    header["typ"] = type;
    EXPECT_TRUE(verifier->Verify(*signer_.SignCompact(header.dump(), Claims().dump())).ok()) << type;
  }
  for (const char* type : {"mcmig-primary+jwt", "logout+jwt", "dpop+jwt"}) {
    header["typ"] = type;
    EXPECT_EQ(verifier->Verify(*signer_.SignCompact(header.dump(), Claims().dump())).status().message(),
              "typ: not this kind of token");
  }
  header.erase("typ");
  EXPECT_TRUE(verifier->Verify(*signer_.SignCompact(header.dump(), Claims().dump())).ok());
}

TEST_F(AccessTokenVerifierTest, RefusalIsUnauthenticatedAndRepeatsNothingOfTheToken) {
  const auto verifier = Create();
  Json wrong = Claims();
  wrong["mcptt_id"] = {kMcpttId};
  const std::string signed_wrong = *signer_.SignToken(wrong);
  const std::string by_stranger = *Signer::Generate(Algorithm::kEs256, "k1")->SignToken(Claims());
  for (const std::string& bearer : {std::string(), std::string(kMcpttId), signed_wrong, by_stranger,
                                    signed_wrong.substr(0, 50), std::string(9000, 'a')}) {
    const absl::Status status = verifier->Verify(bearer).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_FALSE(status.message().empty());
    EXPECT_EQ(status.message().find(kMcpttId), std::string::npos);
    EXPECT_LT(status.message().size(), 60);
  }
}

TEST_F(AccessTokenVerifierTest, ThreadsShareTheVerifier) {
  const auto verifier = Create();
  std::vector<std::string> bearers;
  for (int i = 0; i < 20; ++i) {
    Json claims = Claims();
    claims["mcptt_id"] = absl::StrCat("sip:", i, "@partner.example");
    bearers.push_back(*signer_.SignToken(claims));
  }
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        const absl::StatusOr<AccessToken> token = verifier->Verify(bearers[static_cast<size_t>(i % 20)]);
        ASSERT_TRUE(token.ok()) << token.status();
        EXPECT_EQ(token->mcptt_id, absl::StrCat("sip:", i % 20, "@partner.example"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(AccessTokenVerifierTest, AbsoluteKeySetFileIsUsedAsItIs) {
  config_.set_jwks_file(absl::StrCat(directory_, "/jwks.json"));
  EXPECT_TRUE(AccessTokenVerifier::Create(config_, "/nowhere").ok());
}

TEST_F(AccessTokenVerifierTest, MissingOrUnreadableKeySetFileIsRefused) {
  config_.set_jwks_file("missing.json");
  EXPECT_EQ(CreateStatus().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(CreateStatus().message()), StartsWith("jwks_file: "));
  config_.clear_jwks_file();
  EXPECT_EQ(CreateStatus(), absl::InvalidArgumentError("jwks_file: missing"));
}

TEST_F(AccessTokenVerifierTest, KeySetWithAPrivateKeyIsRefused) {
  Json jwk = *signer_.PublicJwk();
  jwk["d"] = "AQAB";
  std::ofstream(absl::StrCat(directory_, "/jwks.json")) << devtools::KeySetOf({jwk});
  EXPECT_THAT(std::string(CreateStatus().message()), HasSubstr("keys[0]: holds private key material (d)"));
}

TEST_F(AccessTokenVerifierTest, AlgorithmListMustNameSupportedAlgorithmsOnce) {
  config_.clear_algorithms();
  EXPECT_THAT(std::string(CreateStatus().message()), StartsWith("algorithms: "));
  for (const char* name : {"none", "HS256", "es256", "", "ES384"}) {
    config_.clear_algorithms();
    config_.add_algorithms("ES256");
    config_.add_algorithms(name);
    EXPECT_EQ(CreateStatus().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  config_.set_algorithms(1, "ES256");
  EXPECT_EQ(CreateStatus(), absl::InvalidArgumentError("algorithms: one occurs twice"));
}

TEST_F(AccessTokenVerifierTest, LeewayIsAtMostHalfAMinute) {
  const std::pair<int64_t, int32_t> wrong[] = {{-1, 0}, {0, -1}, {31, 0}, {30, 1}, {0, 1'000'000'000}, {1'000'000, 0}};
  for (const auto& [seconds, nanos] : wrong) {
    config_.mutable_leeway()->set_seconds(seconds);
    config_.mutable_leeway()->set_nanos(nanos);
    EXPECT_EQ(CreateStatus(), absl::InvalidArgumentError("leeway: must be 0 s to 30 s"));
  }
  config_.mutable_leeway()->set_seconds(30);
  config_.mutable_leeway()->set_nanos(0);
  EXPECT_TRUE(CreateStatus().ok());
}

}  // namespace
}  // namespace mcmig::token
