#include "common/token/primary_credential_verifier.h"

#include <functional>
#include <string>
#include <vector>

#include "common/token/access_token_verifier.h"
#include "common/token/jws_test_keys.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

class PrimaryCredentialVerifierTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Sign(const Json& header, const Json& claims) const {
    return *signer_.SignCompact(header.dump(), claims.dump());
  }
  [[nodiscard]] Json Header() const {
    Json header = signer_.Header();
    header["typ"] = kPrimaryCredentialType;
    return header;
  }
  static Json Claims() {
    return {{"iss", "https://id.north.example"}, {"aud", "south"}, {"exp", 2000}, {"iat", 1000}, {"jti", "one"},
            {"mcptt_id", "sip:a@n.example"}};
  }
  [[nodiscard]] KeySet Keys() const {
    return *KeySet::Parse(devtools::KeySetOf({*signer_.PublicJwk()}), {Algorithm::kEs256});
  }

  const devtools::Signer signer_ = *devtools::Signer::Generate(Algorithm::kEs256, "key-1");
  const PrimaryCredentialVerifier verifier_{Keys(), "https://id.north.example"};
};

TEST_F(PrimaryCredentialVerifierTest, GivesTheClaims) {
  Json claims = Claims();
  claims["aud"] = {"client", "south"};
  claims["mcmig_profile_index"] = 255;
  const absl::StatusOr<PrimaryCredential> credential = verifier_.Verify(Sign(Header(), claims), "south");
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->expires, absl::FromUnixSeconds(2000));
  EXPECT_EQ(credential->issued, absl::FromUnixSeconds(1000));
  EXPECT_EQ(credential->mcptt_id, "sip:a@n.example");
  EXPECT_TRUE(credential->mcvideo_id.empty());
  EXPECT_EQ(credential->profile_index, 255);
  claims["jti"] = "two";
  EXPECT_NE(verifier_.Verify(Sign(Header(), claims), "south")->id, credential->id);
}

TEST_F(PrimaryCredentialVerifierTest, EveryDefectIsRefused) {
  struct Defect {
    const char* name;
    std::function<void(Json& header, Json& claims)> make;
  };
  const std::vector<Defect> defects = {
      {"an access token's type", [](Json& h, Json&) { h["typ"] = "at+jwt"; }},
      {"any token's type", [](Json& h, Json&) { h["typ"] = "JWT"; }},
      {"no type", [](Json& h, Json&) { h.erase("typ"); }},
      {"a grant's type", [](Json& h, Json&) { h["typ"] = "mcmig-migration-grant+jwt"; }},
      {"other issuer", [](Json&, Json& c) { c["iss"] = "https://id.south.example"; }},
      {"no issuer", [](Json&, Json& c) { c.erase("iss"); }},
      {"other audience", [](Json&, Json& c) { c["aud"] = "east"; }},
      {"audience in other case", [](Json&, Json& c) { c["aud"] = "South"; }},
      {"no audience", [](Json&, Json& c) { c.erase("aud"); }},
      {"audience of another type", [](Json&, Json& c) { c["aud"] = 1; }},
      {"no expiry", [](Json&, Json& c) { c.erase("exp"); }},
      {"expiry of another type", [](Json&, Json& c) { c["exp"] = "2000"; }},
      {"no time of issue", [](Json&, Json& c) { c.erase("iat"); }},
      {"no ID", [](Json&, Json& c) { c.erase("jti"); }},
      {"empty ID", [](Json&, Json& c) { c["jti"] = ""; }},
      {"ID of another type", [](Json&, Json& c) { c["jti"] = 7; }},
      {"ID too long", [](Json&, Json& c) { c["jti"] = std::string(kMaxTokenIdBytes + 1, 'x'); }},
      {"profile too high", [](Json&, Json& c) { c["mcmig_profile_index"] = 256; }},
      {"profile negative", [](Json&, Json& c) { c["mcmig_profile_index"] = -1; }},
      {"profile not whole", [](Json&, Json& c) { c["mcmig_profile_index"] = 1.5; }},
      {"profile as text", [](Json&, Json& c) { c["mcmig_profile_index"] = "1"; }},
      {"user of another type", [](Json&, Json& c) { c["mcptt_id"] = true; }},
      {"empty user", [](Json&, Json& c) { c["mcptt_id"] = ""; }},
      {"unknown key", [](Json& h, Json&) { h["kid"] = "key-2"; }},
      {"no signature algorithm", [](Json& h, Json&) { h["alg"] = "none"; }},
      {"symmetric algorithm", [](Json& h, Json&) { h["alg"] = "HS256"; }},
      {"critical extension", [](Json& h, Json&) { h["crit"] = {"exp"}; }},
      {"its own key", [](Json& h, Json&) { h["jwk"] = Json::object(); }},
  };
  ASSERT_TRUE(verifier_.Verify(Sign(Header(), Claims()), "south").ok());
  for (const Defect& defect : defects) {
    SCOPED_TRACE(defect.name);
    Json header = Header();
    Json claims = Claims();
    defect.make(header, claims);
    const absl::StatusOr<PrimaryCredential> credential = verifier_.Verify(Sign(header, claims), "south");
    EXPECT_EQ(credential.status().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(credential.status().message().find("a@n.example"), absl::string_view::npos);
  }
}

TEST_F(PrimaryCredentialVerifierTest, IsNoAccessToken) {
  const AccessTokenVerifier tokens(Keys(), TokenOrigin{});
  Json claims = Claims();
  claims["scope"] = "3gpp:mc:ptt_service";
  EXPECT_FALSE(tokens.Verify(Sign(Header(), claims)).ok());
  EXPECT_TRUE(tokens.Verify(Sign(signer_.Header(), claims)).ok());
}

TEST_F(PrimaryCredentialVerifierTest, WithoutAConfiguredIssuerOrAudienceNoneIsRight) {
  EXPECT_FALSE(verifier_.Verify(Sign(Header(), Claims()), "").ok());
  Json claims = Claims();
  claims["iss"] = "";
  EXPECT_FALSE(PrimaryCredentialVerifier(Keys(), "").Verify(Sign(Header(), claims), "south").ok());
}

}  // namespace
}  // namespace mcmig::token
