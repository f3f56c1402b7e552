#include "common/token/grant_verifier.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/digest/sha256.h"
#include "common/token/grant_test_keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Json Header(absl::string_view type) { return {{"alg", "ES256"}, {"kid", "g-1"}, {"typ", std::string(type)}}; }

std::string SignedWith(const Json& header) {
  return *GrantKey().SignCompact(header.dump(), WriteClaims(AliceGrant(), kNorthToSouth));
}

TEST(GrantVerifier, TakesWhatTheSignerSigns) {
  const GrantSigner signer = NorthSigner();
  const GrantVerifier verifier = SouthVerifier();
  const auto grant = verifier.VerifyGrant(*signer.Sign(AliceGrant(), "south"));
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->epoch, AliceGrant().epoch);
  const auto cancel = verifier.VerifyCancel(*signer.Sign(AliceCancel(), "south"));
  ASSERT_TRUE(cancel.ok()) << cancel.status();
  EXPECT_EQ(cancel->epoch, AliceCancel().epoch);
}

TEST(GrantVerifier, ASecondKeyMayOverlap) {
  const devtools::Signer next = *devtools::Signer::Generate(Algorithm::kEs256, "g-2");
  const GrantVerifier verifier(
      *KeySet::Parse(devtools::KeySetOf({*GrantKey().PublicJwk(), *next.PublicJwk()}), {Algorithm::kEs256}),
      kNorthToSouth);
  const GrantSigner later(*SigningKey::FromPem(*next.ToPem(), "g-2"), "north");
  EXPECT_TRUE(verifier.VerifyGrant(*NorthSigner().Sign(AliceGrant(), "south")).ok());
  EXPECT_TRUE(verifier.VerifyGrant(*later.Sign(AliceGrant(), "south")).ok());
}

TEST(GrantVerifier, ForAnotherOrByAnotherIsRefused) {
  const GrantVerifier verifier = SouthVerifier();
  EXPECT_FALSE(verifier.VerifyGrant(*NorthSigner().Sign(AliceGrant(), "east")).ok());
  EXPECT_FALSE(verifier.VerifyCancel(*NorthSigner().Sign(AliceCancel(), "east")).ok());
  const GrantSigner west(*SigningKey::FromPem(*GrantKey().ToPem(), "g-1"), "west");
  EXPECT_FALSE(verifier.VerifyGrant(*west.Sign(AliceGrant(), "south")).ok());
  EXPECT_FALSE(verifier.VerifyCancel(*west.Sign(AliceCancel(), "south")).ok());
}

TEST(GrantVerifier, AnotherKeyWithTheSameNameIsRefused) {
  const devtools::Signer stranger = *devtools::Signer::Generate(Algorithm::kEs256, "g-1");
  const GrantSigner signer(*SigningKey::FromPem(*stranger.ToPem(), "g-1"), "north");
  EXPECT_FALSE(SouthVerifier().VerifyGrant(*signer.Sign(AliceGrant(), "south")).ok());
}

TEST(GrantVerifier, OtherKindsAreRefused) {
  const GrantVerifier verifier = SouthVerifier();
  EXPECT_FALSE(verifier.VerifyCancel(*NorthSigner().Sign(AliceGrant(), "south")).ok());
  EXPECT_FALSE(verifier.VerifyGrant(*NorthSigner().Sign(AliceCancel(), "south")).ok());
  for (const char* type : {"JWT", "at+jwt", "mcmig-primary-credential+jwt", "mcmig-migration-cancel+jwt", ""}) {
    EXPECT_FALSE(verifier.VerifyGrant(SignedWith(Header(type))).ok()) << type;
  }
  Json header = Header(kGrantType);
  EXPECT_TRUE(verifier.VerifyGrant(SignedWith(header)).ok());
  header.erase("typ");
  EXPECT_FALSE(verifier.VerifyGrant(SignedWith(header)).ok());
}

TEST(GrantVerifier, HeadersThatChooseTheirOwnRulesAreRefused) {
  const GrantVerifier verifier = SouthVerifier();
  const std::vector<std::pair<std::string, Json>> members = {
      {"alg", "none"},        {"alg", "HS256"},  {"alg", "ES384"},
      {"alg", "RS256"},       {"kid", "g-9"},    {"kid", ""},
      {"kid", nullptr},       {"crit", {"exp"}}, {"jku", "https://a.example"},
      {"jwk", Json::object()}};
  for (const auto& [name, value] : members) {
    Json header = Header(kGrantType);
    header[name] = value;
    EXPECT_FALSE(verifier.VerifyGrant(SignedWith(header)).ok()) << name << " " << value;
  }
}

TEST(GrantVerifier, EveryChangedCharacterIsNoticed) {
  const GrantVerifier verifier = SouthVerifier();
  const std::string grant = *NorthSigner().Sign(AliceGrant(), "south");
  ASSERT_TRUE(verifier.VerifyGrant(grant).ok());
  for (size_t i = 0; i < grant.size(); ++i) {
    std::string changed = grant;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifier.VerifyGrant(changed).ok()) << i;
  }
}

TEST(GrantVerifier, RefusalsRepeatNothingOfTheGrant) {
  Grant grant = AliceGrant();
  const auto refused = SouthVerifier().VerifyGrant(*NorthSigner().Sign(grant, "alice-audience"));
  EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr("alice")));
}

TEST(GrantSigner, SignsOnManyThreadsAtOnce) {
  const GrantSigner signer = NorthSigner();
  const GrantVerifier verifier = SouthVerifier();
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  threads.reserve(good.size());
  for (int& count : good) {
    threads.emplace_back([&signer, &verifier, &count] {
      for (int i = 0; i < 50; ++i) count += verifier.VerifyGrant(*signer.Sign(AliceGrant(), "south")).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 50));
}

TEST(SigningKey, OnlyAP256KeyInPemIsTaken) {
  EXPECT_TRUE(SigningKey::FromPem(*GrantKey().ToPem(), "g-1").ok());
  for (const Algorithm other : {Algorithm::kRs256, Algorithm::kEdDsa}) {
    const std::string pem = *devtools::Signer::Generate(other, "k")->ToPem();
    EXPECT_EQ(SigningKey::FromPem(pem, "k").status().code(), absl::StatusCode::kInvalidArgument);
  }
  // Of a key the first line only.
  const std::string begun = absl::StrCat("-----BEGIN ", "PRIVATE KEY-----\n");
  for (const std::string& text : {std::string(), std::string("key"), begun}) {
    EXPECT_EQ(SigningKey::FromPem(text, "k").status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(SigningKey::FromPem(*GrantKey().ToPem(), std::string(257, 'k')).ok());
}

TEST(SigningKey, PublishesThePublicPartOnly) {
  const SigningKey key = *SigningKey::FromPem(*GrantKey().ToPem(), "g-1");
  const std::string jwks = *key.PublicKeySet();
  EXPECT_FALSE(Json::parse(jwks)["keys"][0].contains("d"));
  const GrantVerifier verifier(*KeySet::Parse(jwks, {Algorithm::kEs256}), kNorthToSouth);
  EXPECT_TRUE(verifier.VerifyGrant(*NorthSigner().Sign(AliceGrant(), "south")).ok());
}

// RFC 7638: of the required members in their order, without white space.
TEST(SigningKey, IsNamedByItsThumbprintWhereNothingElseNamesIt) {
  const auto key = SigningKey::FromPem(*GrantKey().ToPem(), "");
  ASSERT_TRUE(key.ok()) << key.status();
  const Json jwk = Json::parse(*key->PublicKeySet())["keys"][0];
  EXPECT_EQ(jwk["kid"], key->key_id());
  const std::string members = R"({"crv":"P-256","kty":"EC","x":")" + jwk["x"].get<std::string>() + R"(","y":")" +
                              jwk["y"].get<std::string>() + R"("})";
  EXPECT_EQ(key->key_id(), absl::WebSafeBase64Escape(digest::BytesOf(digest::Sha256Of(members))));
  const devtools::Signer other = *devtools::Signer::Generate(Algorithm::kEs256, "");
  EXPECT_NE(key->key_id(), SigningKey::FromPem(*other.ToPem(), "")->key_id());
}

// As configured: whatever is wrong is named by its field.
TEST(GrantConfiguration, FieldsAreNamed) {
  const std::string directory = ::testing::TempDir();
  std::ofstream(directory + "/grant.key") << *GrantKey().ToPem();
  std::ofstream(directory + "/grant-jwks.json") << devtools::KeySetOf({*GrantKey().PublicJwk()});
  config::v1::GrantSigning signing;
  signing.set_signing_key_file("grant.key");
  signing.set_key_id("g-1");
  signing.set_issuer("north");
  EXPECT_TRUE(GrantSigner::Create(signing, directory).ok());
  signing.set_issuer("");
  EXPECT_THAT(std::string(GrantSigner::Create(signing, directory).status().message()), HasSubstr("issuer"));
  signing.set_issuer("north");
  signing.set_signing_key_file("absent.key");
  EXPECT_THAT(std::string(GrantSigner::Create(signing, directory).status().message()), HasSubstr("signing_key_file"));

  config::v1::GrantKeys keys;
  keys.set_jwks_file("grant-jwks.json");
  keys.set_issuer("north");
  keys.set_audience("south");
  const auto verifier = GrantVerifier::Create(keys, directory);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  EXPECT_TRUE((*verifier)->VerifyGrant(*NorthSigner().Sign(AliceGrant(), "south")).ok());
  keys.set_audience("");
  EXPECT_THAT(std::string(GrantVerifier::Create(keys, directory).status().message()), HasSubstr("audience"));
  keys.set_audience("south");
  keys.set_jwks_file("absent.json");
  EXPECT_THAT(std::string(GrantVerifier::Create(keys, directory).status().message()), HasSubstr("jwks_file"));
}

}  // namespace
}  // namespace mcmig::token
