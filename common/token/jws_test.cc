#include "common/token/jws.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "openssl/bn.h"
#include "openssl/ecdsa.h"
#include "openssl/err.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using devtools::Signer;

const Algorithms kAll = {Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEdDsa};
constexpr absl::string_view kTypes[] = {"", "JWT"};
constexpr char kPayload[] = R"({"exp":1})";

// One key of each algorithm; the set holds all four, each bound to its algorithm, and the RSA one once more without
// `alg`.
struct Keys {
  std::vector<Signer> signers;
  std::optional<KeySet> set;
};

const Keys& TestKeys() {
  static const auto* const kKeys = [] {
    auto* keys = new Keys;
    std::vector<Json> jwks;
    for (const Algorithm algorithm : kAll) {
      keys->signers.push_back(*Signer::Generate(algorithm, std::string(AlgorithmName(algorithm))));
      jwks.push_back(*keys->signers.back().PublicJwk());
    }
    Json both = jwks[static_cast<size_t>(Algorithm::kRs256)];
    both.erase("alg");
    both["kid"] = "RSA";
    jwks.push_back(both);
    keys->set = *KeySet::Parse(devtools::KeySetOf(jwks), kAll);
    return keys;
  }();
  return *kKeys;
}

const Signer& SignerOf(Algorithm algorithm) { return TestKeys().signers[static_cast<size_t>(algorithm)]; }

absl::StatusOr<std::string> VerifyToken(absl::string_view token) {
  return VerifyCompact(token, *TestKeys().set, kTypes);
}

// Why the token is refused; empty where it is not.
std::string Defect(absl::string_view token) {
  const absl::StatusOr<std::string> payload = VerifyToken(token);
  if (payload.ok()) return "";
  EXPECT_EQ(payload.status().code(), absl::StatusCode::kUnauthenticated);
  return std::string(payload.status().message());
}

std::string Token(const Json& header, Algorithm algorithm = Algorithm::kEs256) {
  return *SignerOf(algorithm).SignCompact(header.dump(), kPayload);
}

Json HeaderWith(const char* name, Json value) {
  Json header = SignerOf(Algorithm::kEs256).Header();
  header[name] = std::move(value);
  return header;
}

// The same token with another signature.
std::string Resigned(absl::string_view token, absl::string_view signature) {
  return absl::StrCat(token.substr(0, token.rfind('.') + 1), absl::WebSafeBase64Escape(signature));
}

std::string SignatureOf(absl::string_view token) {
  std::string signature;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(token.substr(token.rfind('.') + 1), &signature));
  return signature;
}

class EachAlgorithmTest : public ::testing::TestWithParam<Algorithm> {
 protected:
  const Signer& signer_ = SignerOf(GetParam());
  const std::string token_ = *signer_.SignCompact(signer_.Header().dump(), kPayload);
};

TEST_P(EachAlgorithmTest, SignedTokenGivesItsPayload) {
  const absl::StatusOr<std::string> payload = VerifyToken(token_);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_EQ(*payload, kPayload);
}

TEST_P(EachAlgorithmTest, TokenWithAnyCharacterChangedIsRefused) {
  for (size_t i = 0; i < token_.size(); ++i) {
    std::string changed = token_;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(VerifyToken(changed).ok()) << i;
  }
}

TEST_P(EachAlgorithmTest, SignatureWithAnyBitFlippedIsRefused) {
  const std::string signature = SignatureOf(token_);
  for (size_t bit = 0; bit < signature.size() * 8; bit += 7) {
    std::string flipped = signature;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(Defect(Resigned(token_, flipped)), "signature: wrong") << bit;
  }
}

TEST_P(EachAlgorithmTest, SignatureOfAnotherLengthIsRefused) {
  const std::string signature = SignatureOf(token_);
  EXPECT_EQ(Defect(Resigned(token_, "")), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, signature.substr(1))), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, signature.substr(0, signature.size() - 1))), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, signature + '\0')), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, absl::StrCat(absl::string_view("\0", 1), signature))), "signature: wrong");
  EXPECT_EQ(Defect(Resigned(token_, std::string(signature.size(), '\0'))), "signature: wrong");
}

TEST_P(EachAlgorithmTest, AlgorithmOfAnotherKeyIsRefused) {
  for (const Algorithm other : kAll) {
    if (other == GetParam()) continue;
    Json header = signer_.Header();
    header["alg"] = std::string(AlgorithmName(other));
    EXPECT_EQ(Defect(*signer_.SignCompact(header.dump(), kPayload)), "alg: not allowed for this key");
  }
}

TEST_P(EachAlgorithmTest, SignatureByAnotherKeyOfTheSetIsRefused) {
  for (const Algorithm other : kAll) {
    if (other == GetParam()) continue;
    EXPECT_EQ(Defect(*SignerOf(other).SignCompact(signer_.Header().dump(), kPayload)), "signature: wrong");
  }
}

TEST_P(EachAlgorithmTest, SignatureByAKeyOutsideTheSetIsRefused) {
  const Signer stranger = *Signer::Generate(GetParam(), std::string(AlgorithmName(GetParam())));
  EXPECT_EQ(Defect(*stranger.SignCompact(signer_.Header().dump(), kPayload)), "signature: wrong");
}

TEST_P(EachAlgorithmTest, ThreadsShareTheKey) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 20; ++round) EXPECT_TRUE(VerifyToken(token_).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(All, EachAlgorithmTest, ::testing::ValuesIn(kAll),
                         [](const auto& info) { return std::string(AlgorithmName(info.param)); });

TEST(JwsTest, RsaKeyWithoutAlgVerifiesBothPaddingsAndNeverMixesThem) {
  const std::string pem = *SignerOf(Algorithm::kRs256).ToPem();
  const Signer pkcs1 = *Signer::FromPem(pem, Algorithm::kRs256, "RSA");
  const Signer pss = *Signer::FromPem(pem, Algorithm::kPs256, "RSA");
  EXPECT_EQ(Defect(*pkcs1.SignCompact(pkcs1.Header().dump(), kPayload)), "");
  EXPECT_EQ(Defect(*pss.SignCompact(pss.Header().dump(), kPayload)), "");
  EXPECT_EQ(Defect(*pss.SignCompact(pkcs1.Header().dump(), kPayload)), "signature: wrong");
  EXPECT_EQ(Defect(*pkcs1.SignCompact(pss.Header().dump(), kPayload)), "signature: wrong");
}

TEST(JwsTest, AlgorithmNoneIsRefused) {
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string token = Token(HeaderWith("alg", none));
    EXPECT_EQ(Defect(token), "alg: not supported");
    EXPECT_EQ(Defect(Resigned(token, "")), "alg: not supported");
  }
}

TEST(JwsTest, SymmetricAlgorithmWithThePublicKeyAsSecretIsRefused) {
  const Json jwk = *SignerOf(Algorithm::kRs256).PublicJwk();
  for (const std::string& secret : {jwk.dump(), jwk["n"].get<std::string>()}) {
    const Json header = {{"alg", "HS256"}, {"kid", "RS256"}, {"typ", "JWT"}};
    const std::string text =
        absl::StrCat(absl::WebSafeBase64Escape(header.dump()), ".", absl::WebSafeBase64Escape(kPayload));
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ASSERT_NE(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size),
              nullptr);
    EXPECT_EQ(Defect(Resigned(absl::StrCat(text, "."), absl::string_view(reinterpret_cast<char*>(mac), size))),
              "alg: not supported");
  }
}

TEST(JwsTest, AlgorithmNamesAreExact) {
  for (const char* name : {"es256", "ES256 ", "ES384", "RS512", "EDDSA", "Ed25519"}) {
    EXPECT_EQ(Defect(Token(HeaderWith("alg", name))), "alg: not supported") << name;
  }
}

TEST(JwsTest, AlgMissingOrOfTheWrongTypeIsRefused) {
  Json header = SignerOf(Algorithm::kEs256).Header();
  header.erase("alg");
  EXPECT_EQ(Defect(Token(header)), "alg: missing or not a string");
  EXPECT_EQ(Defect(Token(HeaderWith("alg", {"ES256"}))), "alg: missing or not a string");
}

TEST(JwsTest, KeyIdMissingOrUnknownIsRefused) {
  Json header = SignerOf(Algorithm::kEs256).Header();
  header.erase("kid");
  EXPECT_EQ(Defect(Token(header)), "kid: missing or not a string");
  EXPECT_EQ(Defect(Token(HeaderWith("kid", 1))), "kid: missing or not a string");
  EXPECT_EQ(Defect(Token(HeaderWith("kid", ""))), "kid: no such key");
  EXPECT_EQ(Defect(Token(HeaderWith("kid", "ES257"))), "kid: no such key");
  EXPECT_EQ(Defect(Token(HeaderWith("kid", "RS256"))), "alg: not allowed for this key");
}

TEST(JwsTest, CriticalExtensionsAreRefused) {
  EXPECT_EQ(Defect(Token(HeaderWith("crit", {"exp"}))), "crit: extensions are not supported");
  EXPECT_EQ(Defect(Token(HeaderWith("crit", Json::array()))), "crit: extensions are not supported");
  EXPECT_EQ(Defect(Token(HeaderWith("crit", nullptr))), "crit: extensions are not supported");
  EXPECT_EQ(Defect(Token(HeaderWith("b64", false))), "b64: extensions are not supported");
}

TEST(JwsTest, TokenThatBringsItsKeyIsRefused) {
  const Signer stranger = *Signer::Generate(Algorithm::kEs256, "ES256");
  Json header = stranger.Header();
  header["jwk"] = *stranger.PublicJwk();
  EXPECT_EQ(Defect(*stranger.SignCompact(header.dump(), kPayload)), "jwk: a token must not bring its key");
  for (const char* name : {"jku", "jwk", "x5u", "x5c"}) {
    EXPECT_EQ(Defect(Token(HeaderWith(name, "https://keys.example"))),
              absl::StrCat(name, ": a token must not bring its key"));
  }
}

TEST(JwsTest, TypeOfAnotherKindOfTokenIsRefused) {
  constexpr absl::string_view kGrant[] = {"grant+jwt"};
  const std::string grant = Token(HeaderWith("typ", "grant+jwt"));
  EXPECT_EQ(Defect(grant), "typ: not this kind of token");
  EXPECT_TRUE(VerifyCompact(grant, *TestKeys().set, kGrant).ok());
  Json untyped = SignerOf(Algorithm::kEs256).Header();
  untyped.erase("typ");
  EXPECT_EQ(Defect(Token(untyped)), "");
  EXPECT_FALSE(VerifyCompact(Token(untyped), *TestKeys().set, kGrant).ok());
  EXPECT_FALSE(VerifyCompact(Token(untyped), *TestKeys().set, {}).ok());
}

TEST(JwsTest, TypeIsComparedAsAMediaType) {
  EXPECT_EQ(Defect(Token(HeaderWith("typ", "jwt"))), "");
  EXPECT_EQ(Defect(Token(HeaderWith("typ", "application/JWT"))), "");
  EXPECT_EQ(Defect(Token(HeaderWith("typ", "application/"))), "typ: not a name");
  EXPECT_EQ(Defect(Token(HeaderWith("typ", ""))), "typ: not a name");
  EXPECT_EQ(Defect(Token(HeaderWith("typ", 1))), "typ: not a name");
}

TEST(JwsTest, MemberThatOccursTwiceInTheHeaderIsRefused) {
  EXPECT_EQ(
      Defect(*SignerOf(Algorithm::kEs256).SignCompact(R"({"alg":"ES256","kid":"RS256","kid":"ES256"})", kPayload)),
      "header: a member occurs twice");
}

TEST(JwsTest, HeaderThatIsNoObjectIsRefused) {
  EXPECT_EQ(Defect(*SignerOf(Algorithm::kEs256).SignCompact("[]", kPayload)), "header: not a JSON object");
  EXPECT_EQ(Defect(*SignerOf(Algorithm::kEs256).SignCompact("", kPayload)), "header: not valid JSON");
}

TEST(JwsTest, EcdsaSignatureInDerIsRefused) {
  const std::string token = Token(SignerOf(Algorithm::kEs256).Header());
  const std::string raw = SignatureOf(token);
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const EcdsaSigPtr pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  EXPECT_EQ(Defect(Resigned(token, der)), "signature: wrong");
}

TEST(JwsTest, OnlyThreePartsAreAToken) {
  const std::string token = Token(SignerOf(Algorithm::kEs256).Header());
  EXPECT_EQ(Defect(""), "token: not three parts");
  EXPECT_EQ(Defect("a.b"), "token: not three parts");
  EXPECT_EQ(Defect(absl::StrCat(token, ".")), "token: not three parts");
  EXPECT_EQ(Defect(absl::StrCat(token, ".", token)), "token: not three parts");
  EXPECT_EQ(Defect(absl::StrCat(".", token)), "token: not three parts");
  EXPECT_EQ(Defect(".."), "header: not valid JSON");
  EXPECT_EQ(Defect(std::string(8192, '.')), "token: not three parts");
}

TEST(JwsTest, OtherTextsForTheSameTokenAreRefused) {
  const std::string token = Token(SignerOf(Algorithm::kEs256).Header());
  EXPECT_EQ(Defect(absl::StrCat(token, "==")), "signature: not base64url");
  EXPECT_EQ(Defect(absl::StrCat(token, "\n")), "signature: not base64url");
  EXPECT_EQ(Defect(absl::StrCat(" ", token)), "header: not base64url");
  // 64 bytes leave four bits of the last character unused.
  std::string bits = token;
  ++bits.back();
  EXPECT_EQ(Defect(bits), "signature: not base64url");
}

TEST(JwsTest, PayloadThatIsNotBase64UrlIsRefusedAlsoWhereItIsSigned) {
  const Signer& signer = SignerOf(Algorithm::kEs256);
  const std::string text = absl::StrCat(absl::WebSafeBase64Escape(signer.Header().dump()), ".Zg==");
  EXPECT_EQ(Defect(absl::StrCat(text, ".", absl::WebSafeBase64Escape(*signer.Sign(text)))), "payload: not base64url");
}

TEST(JwsTest, SizeIsBounded) {
  const Signer& signer = SignerOf(Algorithm::kEs256);
  const std::string short_token = *signer.SignCompact(signer.Header().dump(), "");
  const size_t room = (kMaxTokenBytes - short_token.size()) / 4 * 3;
  EXPECT_EQ(Defect(*signer.SignCompact(signer.Header().dump(), std::string(room, ' '))), "");
  EXPECT_EQ(Defect(*signer.SignCompact(signer.Header().dump(), std::string(room + 3, ' '))), "token: too large");
}

TEST(JwsTest, RefusedSignatureLeavesNoErrorForTheNextTlsConnection) {
  ERR_clear_error();
  for (const Algorithm algorithm : kAll) {
    const std::string token = Token(SignerOf(algorithm).Header(), algorithm);
    EXPECT_FALSE(VerifyToken(Resigned(token, "short")).ok());
    EXPECT_FALSE(VerifyToken(Resigned(token, std::string(SignatureOf(token).size(), '\xFF'))).ok());
  }
  EXPECT_EQ(ERR_peek_error(), 0);
}

TEST(JwsTest, ReasonsRepeatNothingOfTheToken) {
  for (const char* name : {"alg", "kid", "typ", "crit", "b64", "jku"}) {
    EXPECT_EQ(Defect(Token(HeaderWith(name, "hidden-thing"))).find("hidden"), std::string::npos);
  }
}

}  // namespace
}  // namespace mcmig::token
