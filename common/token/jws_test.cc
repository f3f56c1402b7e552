#include "common/token/jws.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/token/jws_test_keys.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "openssl/evp.h"
#include "openssl/hmac.h"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using devtools::Signer;

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

TEST(JwsTest, ReasonsRepeatNothingOfTheToken) {
  for (const char* name : {"alg", "kid", "typ", "crit", "b64", "jku"}) {
    EXPECT_EQ(Defect(Token(HeaderWith(name, "hidden-thing"))).find("hidden"), std::string::npos);
  }
}

}  // namespace
}  // namespace mcmig::token
