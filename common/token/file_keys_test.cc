#include "common/token/file_keys.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ops/metrics.h"
#include "common/ops/reloads.h"
#include "common/ops/testing/exposition.h"
#include "common/token/access_token_verifier.h"
#include "common/token/primary_credential_verifier.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using devtools::Signer;

// Verifiers whose key set is a file that the test writes.
class FileKeysTest : public ::testing::Test {
 protected:
  FileKeysTest() {
    Write({&old_});
    config::v1::AccessTokens tokens;
    tokens.set_jwks_file(file_);
    tokens.add_algorithms("ES256");
    tokens_ = *AccessTokenVerifier::Create(tokens, "/", &metrics_);
    tokens_->Keep(reloads_);
    config::v1::PrimaryCredentials credentials;
    credentials.set_jwks_file(file_);
    credentials.add_algorithms("ES256");
    credentials.set_issuer("https://id.north.example");
    credentials_ = *PrimaryCredentialVerifier::Create(credentials, "/");
    credentials_->Keep(reloads_);
    Look();
  }
  void Write(const std::vector<const Signer*>& signers) const {
    std::vector<Json> keys;
    keys.reserve(signers.size());
    for (const Signer* signer : signers) keys.push_back(*signer->PublicJwk());
    WriteText(devtools::KeySetOf(keys));
  }
  void WriteText(const std::string& text) const {
    std::ofstream(file_ + ".new") << text;
    std::rename((file_ + ".new").c_str(), file_.c_str());
  }
  // Twice, which is what it takes to see that a file changed.
  void Look() {
    for (int i = 0; i < 2; ++i) reloads_.Look(/*anyway=*/false);
  }
  static std::string TokenOf(const Signer& signer) {
    return *signer.SignToken({{"exp", 1'900'000'000}, {"scope", "3gpp:mc:ptt_service"}});
  }
  bool Accepts(const Signer& signer) {
    // Remembered the second time.
    const std::string token = TokenOf(signer);
    const bool accepted = tokens_->Verify(token).ok();
    EXPECT_EQ(tokens_->Verify(token).ok(), accepted);
    Json header = signer.Header();
    header["typ"] = kPrimaryCredentialType;
    const Json claims = {
        {"iss", "https://id.north.example"}, {"aud", "south"}, {"exp", 2000}, {"iat", 1000}, {"jti", "one"},
        {"mcptt_id", "sip:a@n.example"}};
    EXPECT_EQ(credentials_->Verify(*signer.SignCompact(header.dump(), claims.dump()), "south").ok(), accepted);
    return accepted;
  }

  const Signer old_ = *Signer::Generate(Algorithm::kEs256, "old");
  const Signer next_ = *Signer::Generate(Algorithm::kEs256, "next");
  const std::string file_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".json");
  ops::Metrics metrics_;
  std::unique_ptr<AccessTokenVerifier> tokens_;
  std::unique_ptr<PrimaryCredentialVerifier> credentials_;
  ops::Reloads reloads_{&metrics_};
};

TEST_F(FileKeysTest, KeysRotateWithOverlap) {
  EXPECT_TRUE(Accepts(old_));
  EXPECT_FALSE(Accepts(next_));
  Write({&old_, &next_});
  Look();
  EXPECT_TRUE(Accepts(old_));
  EXPECT_TRUE(Accepts(next_));
  Write({&next_});
  Look();
  EXPECT_TRUE(Accepts(next_));
}

TEST_F(FileKeysTest, WhatAKeyVerifiedThatIsGoneIsForgotten) {
  const std::string token = TokenOf(old_);
  ASSERT_TRUE(tokens_->Verify(token).ok());
  ASSERT_TRUE(tokens_->Verify(token).ok());
  EXPECT_EQ(ops::testing::ParseExposition(metrics_.Text()).Sum("mcmig_token_cache_lookups_total", {{"result", "hit"}}),
            1);
  Write({&next_});
  Look();
  EXPECT_FALSE(tokens_->Verify(token).ok());
}

TEST_F(FileKeysTest, AnotherKeyOfTheSameNameIsAnotherKey) {
  const std::string token = TokenOf(old_);
  ASSERT_TRUE(tokens_->Verify(token).ok());
  const Signer impostor = *Signer::Generate(Algorithm::kEs256, "old");
  Write({&impostor});
  Look();
  EXPECT_FALSE(tokens_->Verify(token).ok());
  EXPECT_TRUE(Accepts(impostor));
}

TEST_F(FileKeysTest, BrokenSetLeavesTheOldInUse) {
  WriteText("{\"keys\": [");
  Look();
  EXPECT_TRUE(Accepts(old_));
  const auto failing = ops::testing::ParseExposition(metrics_.Text());
  EXPECT_EQ(failing.Sum("mcmig_reload_failing", {{"files", "access_tokens"}}), 1);
  EXPECT_EQ(failing.Sum("mcmig_reload_failing", {{"files", "primary_credentials"}}), 1);
}

}  // namespace
}  // namespace mcmig::token
