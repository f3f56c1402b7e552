#include "common/token/jwks.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

const Algorithms kAll = {Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEdDsa};

// One public key of each type for all tests; RSA keys take long to make.
const Json& Jwk(Algorithm algorithm) {
  static const auto* const kKeys = [] {
    auto* keys = new std::vector<Json>;
    for (const Algorithm each : kAll) {
      keys->push_back(*devtools::Signer::Generate(each, std::string(AlgorithmName(each)))->PublicJwk());
    }
    return keys;
  }();
  return (*kKeys)[static_cast<size_t>(algorithm)];
}

Json With(Json jwk, const char* name, Json value) {
  jwk[name] = std::move(value);
  return jwk;
}

Json Without(Json jwk, const char* name) {
  jwk.erase(name);
  return jwk;
}

absl::StatusOr<KeySet> ParseKeys(const std::vector<Json>& keys, const Algorithms& allowed = kAll) {
  return KeySet::Parse(devtools::KeySetOf(keys), allowed);
}

// The reason why a set of this one key is refused.
std::string Defect(const Json& jwk, const Algorithms& allowed = kAll) {
  const absl::StatusOr<KeySet> keys = ParseKeys({jwk}, allowed);
  if (keys.ok()) return "";
  EXPECT_EQ(keys.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(keys.status().message());
}

constexpr char kNoneUsable[] = "keys: none is usable with an allowed algorithm";

TEST(KeySetTest, KeysOfAllAlgorithmsAreKeptByTheirId) {
  const absl::StatusOr<KeySet> keys =
      ParseKeys({Jwk(Algorithm::kEs256), Jwk(Algorithm::kRs256), Jwk(Algorithm::kPs256), Jwk(Algorithm::kEdDsa)});
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), 4);
  for (const Algorithm key : kAll) {
    const VerificationKey* found = keys->Find(AlgorithmName(key));
    ASSERT_NE(found, nullptr);
    for (const Algorithm other : kAll) EXPECT_EQ(found->Allows(other), key == other);
  }
  EXPECT_EQ(keys->Find("es256"), nullptr);
}

TEST(KeySetTest, RsaKeyWithoutAlgAllowsTheRsaAlgorithmsThatAreAllowed) {
  const Json jwk = Without(Jwk(Algorithm::kRs256), "alg");
  const absl::StatusOr<KeySet> both = ParseKeys({jwk});
  ASSERT_TRUE(both.ok());
  EXPECT_TRUE(both->Find("RS256")->Allows(Algorithm::kRs256));
  EXPECT_TRUE(both->Find("RS256")->Allows(Algorithm::kPs256));
  EXPECT_FALSE(both->Find("RS256")->Allows(Algorithm::kEs256));
  const absl::StatusOr<KeySet> one = ParseKeys({jwk}, {Algorithm::kPs256});
  ASSERT_TRUE(one.ok());
  EXPECT_FALSE(one->Find("RS256")->Allows(Algorithm::kRs256));
  EXPECT_TRUE(one->Find("RS256")->Allows(Algorithm::kPs256));
}

TEST(KeySetTest, KeysForOtherPurposesAreLeftOut) {
  const Json ec = Jwk(Algorithm::kEs256);
  for (const Json& other :
       {With(ec, "use", "enc"), With(ec, "key_ops", {"sign"}), With(ec, "kty", "AKP"), With(ec, "crv", "P-384"),
        With(ec, "alg", "ECDH-ES"), Without(ec, "crv"), With(Jwk(Algorithm::kRs256), "alg", "RSA-OAEP"),
        With(Jwk(Algorithm::kRs256), "alg", "none"), With(Jwk(Algorithm::kEdDsa), "crv", "X25519")}) {
    EXPECT_EQ(Defect(other), kNoneUsable) << other;
    const absl::StatusOr<KeySet> keys = ParseKeys({other, Jwk(Algorithm::kEdDsa)});
    ASSERT_TRUE(keys.ok()) << other << keys.status();
    EXPECT_EQ(keys->size(), 1);
  }
}

TEST(KeySetTest, AlgorithmOutsideTheAllowListIsLeftOut) {
  EXPECT_EQ(Defect(Jwk(Algorithm::kEs256), {Algorithm::kRs256, Algorithm::kEdDsa}), kNoneUsable);
  EXPECT_EQ(Defect(Jwk(Algorithm::kRs256), {Algorithm::kPs256}), kNoneUsable);
  EXPECT_EQ(Defect(Jwk(Algorithm::kEs256), {}), kNoneUsable);
}

TEST(KeySetTest, VerifyAmongKeyOperationsIsAccepted) {
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kEs256), "key_ops", {"encrypt", "verify"})), "");
}

TEST(KeySetTest, PrivateKeyMaterialIsRefused) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    for (const Algorithm algorithm : kAll) {
      EXPECT_EQ(Defect(With(Jwk(algorithm), member, "AQAB")),
                absl::StrCat("keys[0]: holds private key material (", member, ")"));
    }
  }
  EXPECT_THAT(Defect(With(With(Jwk(Algorithm::kEs256), "d", "AQAB"), "use", "enc")), HasSubstr("private key material"));
}

TEST(KeySetTest, SymmetricKeyIsRefused) {
  EXPECT_EQ(Defect({{"kty", "oct"}, {"kid", "a"}, {"k", "c2VjcmV0"}}), "keys[0]: holds a symmetric key");
  EXPECT_EQ(Defect({{"kty", "oct"}, {"kid", "a"}}), "keys[0]: holds a symmetric key");
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kEs256), "k", "AQAB")), "keys[0]: holds a symmetric key");
}

TEST(KeySetTest, AlgThatDoesNotFitTheKeyIsRefused) {
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kEs256), "alg", "RS256")), "keys[0]: alg: does not fit the key");
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kRs256), "alg", "ES256")), "keys[0]: alg: does not fit the key");
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kEdDsa), "alg", "ES256")), "keys[0]: alg: does not fit the key");
}

TEST(KeySetTest, KeyIdIsMandatoryAndUnique) {
  const Json ec = Jwk(Algorithm::kEs256);
  constexpr char kReason[] = "keys[0]: kid: must have 1 to 256 bytes";
  EXPECT_EQ(Defect(Without(ec, "kid")), kReason);
  EXPECT_EQ(Defect(With(ec, "kid", "")), kReason);
  EXPECT_EQ(Defect(With(ec, "kid", std::string(257, 'k'))), kReason);
  EXPECT_EQ(Defect(With(ec, "kid", 7)), "keys[0]: kid: not a string");
  EXPECT_EQ(ParseKeys({ec, With(Jwk(Algorithm::kEdDsa), "kid", "ES256")}).status().message(),
            "keys[1]: kid: used by an earlier key");
}

TEST(KeySetTest, MembersOfTheWrongTypeAreRefused) {
  for (const char* member : {"kty", "use", "alg", "crv"}) {
    EXPECT_EQ(Defect(With(Jwk(Algorithm::kEs256), member, {{"a", 1}})),
              absl::StrCat("keys[0]: ", member, ": not a string"));
  }
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kEs256), "key_ops", "verify")), "keys[0]: key_ops: not an array");
  EXPECT_EQ(Defect(Without(Jwk(Algorithm::kEs256), "kty")), "keys[0]: kty: missing");
  EXPECT_EQ(Defect("text"), "keys[0]: not a JSON object");
}

TEST(KeySetTest, BrokenKeyMaterialIsRefused) {
  const Json ec = Jwk(Algorithm::kEs256);
  const Json rsa = Jwk(Algorithm::kRs256);
  const Json ed = Jwk(Algorithm::kEdDsa);
  EXPECT_EQ(Defect(Without(ec, "y")), "keys[0]: y: missing or not a string");
  EXPECT_EQ(Defect(With(ec, "x", 1)), "keys[0]: x: missing or not a string");
  EXPECT_EQ(Defect(With(ec, "x", "A=")), "keys[0]: x: not base64url");
  EXPECT_EQ(Defect(With(ec, "x", "AAAA")), "keys[0]: EC coordinate not of 32 bytes");
  EXPECT_EQ(Defect(With(ec, "x", ec["y"])), "keys[0]: public key not valid") << "a point beside the curve";
  EXPECT_EQ(Defect(With(ed, "x", "AAAA")), "keys[0]: public key not valid");
  EXPECT_EQ(Defect(Without(rsa, "n")), "keys[0]: n: missing or not a string");
  for (const char* exponent : {"AQ", "AA", "BA", "AQAAAAE"}) {
    EXPECT_EQ(Defect(With(rsa, "e", exponent)), "keys[0]: RSA exponent not usable") << exponent;
  }
}

TEST(KeySetTest, RsaKeyOutsideTheLimitsIsRefused) {
  const auto modulus = [](size_t bytes) { return absl::WebSafeBase64Escape(std::string(bytes, '\xFF')); };
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kRs256), "n", modulus(255))), "keys[0]: RSA key shorter than 2048 bits");
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kRs256), "n", modulus(1025))), "keys[0]: RSA key longer than 8192 bits");
  EXPECT_EQ(Defect(With(Jwk(Algorithm::kRs256), "n", modulus(5000))), "keys[0]: RSA key too large");
}

TEST(KeySetTest, NumberOfKeysIsBounded) {
  std::vector<Json> keys;
  keys.reserve(KeySet::kMaxKeys + 1);
  for (size_t i = 0; i < KeySet::kMaxKeys; ++i)
    keys.push_back(With(Jwk(Algorithm::kEs256), "kid", absl::StrCat("k", i)));
  EXPECT_TRUE(ParseKeys(keys).ok());
  keys.push_back(Jwk(Algorithm::kEs256));
  EXPECT_EQ(ParseKeys(keys).status().message(), "keys: more than 64");
}

TEST(KeySetTest, AnythingButAKeySetIsRefused) {
  EXPECT_FALSE(KeySet::Parse("", kAll).ok());
  EXPECT_FALSE(KeySet::Parse("[]", kAll).ok());
  EXPECT_EQ(KeySet::Parse("{}", kAll).status().message(), "keys: missing or not an array");
  EXPECT_EQ(KeySet::Parse(R"({"keys":{}})", kAll).status().message(), "keys: missing or not an array");
  EXPECT_EQ(KeySet::Parse(R"({"keys":[]})", kAll).status().message(), kNoneUsable);
  EXPECT_EQ(KeySet::Parse(R"({"keys":[],"keys":[]})", kAll).status().message(), "a member occurs twice");
}

TEST(KeySetTest, FileIsReadAndBounded) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/jwks.json");
  const std::string text = devtools::KeySetOf({Jwk(Algorithm::kEs256)});
  std::ofstream(path) << text;
  EXPECT_TRUE(KeySet::LoadFile(path, kAll).ok());
  std::ofstream(path) << text << std::string(KeySet::kMaxBytes - text.size(), ' ');
  EXPECT_TRUE(KeySet::LoadFile(path, kAll).ok());
  std::ofstream(path) << text << std::string(KeySet::kMaxBytes - text.size() + 1, ' ');
  EXPECT_EQ(KeySet::LoadFile(path, kAll).status().message(), absl::StrCat(path, ": too large"));
  std::ofstream(path) << "";
  EXPECT_EQ(KeySet::LoadFile(path, kAll).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(KeySetTest, FileThatCannotBeReadIsNotFound) {
  const std::string missing = absl::StrCat(::testing::TempDir(), "/missing.json");
  EXPECT_EQ(KeySet::LoadFile(missing, kAll).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(KeySet::LoadFile(::testing::TempDir(), kAll).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mcmig::token
