#include "common/token/claims.h"

#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Json Good() {
  return {{"iss", "https://idm.partner.example"},
          {"aud", "mcmig"},
          {"exp", 1'900'000'000},
          {"nbf", 1'800'000'000},
          {"iat", 1'800'000'000},
          {"scope", "openid 3gpp:mc:ptt_service"},
          {"mcptt_id", "sip:visitor@partner.example"},
          {"mcmig_primary_id", "sip:alice@primary.example"},
          {"client_id", "app"}};
}

Json With(const char* name, Json value) {
  Json claims = Good();
  claims[name] = std::move(value);
  return claims;
}

Json Without(const char* name) {
  Json claims = Good();
  claims.erase(name);
  return claims;
}

std::string DefectOfText(absl::string_view payload, const TokenOrigin& origin = {}) {
  const absl::StatusOr<AccessToken> token = ReadClaims(payload, origin);
  if (token.ok()) return "";
  EXPECT_EQ(token.status().code(), absl::StatusCode::kUnauthenticated);
  return std::string(token.status().message());
}

std::string Defect(const Json& claims, const TokenOrigin& origin = {}) { return DefectOfText(claims.dump(), origin); }

TEST(ClaimsTest, ClaimsAreRead) {
  const absl::StatusOr<AccessToken> token = ReadClaims(Good().dump(), {"https://idm.partner.example", "mcmig"});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->expires, absl::FromUnixSeconds(1'900'000'000));
  EXPECT_EQ(token->not_before, absl::FromUnixSeconds(1'800'000'000));
  EXPECT_EQ(token->mcptt_id, "sip:visitor@partner.example");
  EXPECT_EQ(token->mcvideo_id, "");
  EXPECT_EQ(token->mcdata_id, "");
  EXPECT_EQ(token->primary_id, "sip:alice@primary.example");
  EXPECT_THAT(token->scopes, ElementsAre("openid", "3gpp:mc:ptt_service"));
}

TEST(ClaimsTest, EachServiceHasItsIdClaim) {
  const Json claims = {{"exp", 1}, {"mcvideo_id", "sip:v@partner.example"}, {"mcdata_id", "sip:d@partner.example"}};
  const absl::StatusOr<AccessToken> token = ReadClaims(claims.dump(), {});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->mcptt_id, "");
  EXPECT_EQ(token->mcvideo_id, "sip:v@partner.example");
  EXPECT_EQ(token->mcdata_id, "sip:d@partner.example");
  EXPECT_EQ(token->primary_id, "");
  EXPECT_EQ(token->not_before, absl::InfinitePast());
  EXPECT_THAT(token->scopes, IsEmpty());
}

TEST(ClaimsTest, ExpiryIsMandatory) { EXPECT_EQ(Defect(Without("exp")), "exp: missing"); }

TEST(ClaimsTest, OnlyExpiryIsMandatoryWhereNoOriginIsConfigured) {
  for (const char* name : {"iss", "aud", "nbf", "iat", "scope", "mcptt_id", "mcmig_primary_id", "client_id"}) {
    EXPECT_EQ(Defect(Without(name)), "") << name;
  }
}

TEST(ClaimsTest, TimesAreNumbersInRange) {
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const Json& value : {Json("1900000000"), Json(true), Json(nullptr), Json::array({1}), Json::object()}) {
      EXPECT_EQ(Defect(With(name, value)), absl::StrCat(name, ": not a number")) << value;
    }
    for (const Json& value : {Json(-1), Json(-0.5), Json(253'402'300'800), Json(1e300),
                              Json(std::numeric_limits<uint64_t>::max()), Json(std::numeric_limits<int64_t>::min())}) {
      EXPECT_EQ(Defect(With(name, value)), absl::StrCat(name, ": out of range")) << value;
    }
    EXPECT_EQ(Defect(With(name, 0)), "");
    EXPECT_EQ(Defect(With(name, 253'402'300'799)), "");
  }
  EXPECT_EQ(DefectOfText(R"({"exp":1e999})"), "payload: not valid JSON");
}

TEST(ClaimsTest, TimeMayHaveAFraction) {
  EXPECT_EQ(ReadClaims(R"({"exp":1900000000.5})", {})->expires,
            absl::FromUnixSeconds(1'900'000'000) + absl::Milliseconds(500));
  EXPECT_EQ(ReadClaims(R"({"exp":1.9e9})", {})->expires, absl::FromUnixSeconds(1'900'000'000));
}

TEST(ClaimsTest, IdsAreStringsWithinTheLimit) {
  for (const char* name : {"mcptt_id", "mcvideo_id", "mcdata_id", "mcmig_primary_id"}) {
    for (const Json& value : {Json(1), Json(nullptr), Json::array({"sip:a@b.example"}), Json::object(), Json(false)}) {
      EXPECT_EQ(Defect(With(name, value)), absl::StrCat(name, ": not a string")) << value;
    }
    EXPECT_EQ(Defect(With(name, "")), absl::StrCat(name, ": empty"));
    EXPECT_EQ(Defect(With(name, std::string(256, 'a'))), "");
    EXPECT_EQ(Defect(With(name, std::string(257, 'a'))), absl::StrCat(name, ": too long"));
  }
}

TEST(ClaimsTest, ScopeIsAStringWithinTheLimit) {
  EXPECT_EQ(Defect(With("scope", {"3gpp:mc:ptt_service"})), "scope: not a string");
  EXPECT_EQ(Defect(With("scope", nullptr)), "scope: not a string");
  EXPECT_EQ(Defect(With("scope", std::string(kMaxScopeBytes, 'a'))), "");
  EXPECT_EQ(Defect(With("scope", std::string(kMaxScopeBytes + 1, 'a'))), "scope: too long");
  std::string scopes = "a";
  for (size_t i = 1; i < kMaxScopes; ++i) absl::StrAppend(&scopes, " a");
  EXPECT_EQ(Defect(With("scope", scopes)), "");
  EXPECT_EQ(Defect(With("scope", absl::StrCat(scopes, " a"))), "scope: too many values");
  EXPECT_THAT(ReadClaims(With("scope", "  a  b ").dump(), {})->scopes, ElementsAre("a", "b"));
  EXPECT_THAT(ReadClaims(With("scope", "a\tb").dump(), {})->scopes, ElementsAre("a\tb"));
}

TEST(ClaimsTest, IssuerIsExactWhereConfigured) {
  const TokenOrigin origin = {"https://idm.partner.example", ""};
  EXPECT_EQ(Defect(Good(), origin), "");
  for (const Json& claims : {Without("iss"), With("iss", ""), With("iss", "https://idm.partner.example/"),
                             With("iss", "https://other.example")}) {
    EXPECT_EQ(Defect(claims, origin), "iss: not the configured issuer");
  }
  EXPECT_EQ(Defect(With("iss", {"https://idm.partner.example"}), origin), "iss: not a string");
  EXPECT_EQ(Defect(With("iss", 1)), "iss: not a string");
}

TEST(ClaimsTest, AudienceIsAmongThoseNamedWhereConfigured) {
  const TokenOrigin origin = {"", "mcmig"};
  EXPECT_EQ(Defect(Good(), origin), "");
  EXPECT_EQ(Defect(With("aud", {"other", "mcmig"}), origin), "");
  for (const Json& claims :
       {Without("aud"), With("aud", ""), With("aud", "mcmig2"), With("aud", Json::array()), With("aud", {"other"})}) {
    EXPECT_EQ(Defect(claims, origin), "aud: does not hold the configured audience") << claims;
  }
  for (const Json& value :
       {Json(1), Json(nullptr), Json::object(), Json::array({"mcmig", 1}), Json::array({{"mcmig"}})}) {
    EXPECT_EQ(Defect(With("aud", value), origin), "aud: not a string or an array of strings") << value;
    EXPECT_EQ(Defect(With("aud", value)), "aud: not a string or an array of strings") << value;
  }
}

TEST(ClaimsTest, ClaimThatOccursTwiceIsRefused) {
  EXPECT_EQ(DefectOfText(R"({"exp":1,"exp":1900000000})"), "payload: a member occurs twice");
  EXPECT_EQ(DefectOfText(R"({"exp":1,"mcptt_id":"sip:a@b.example","mcptt_\u0069d":"sip:c@b.example"})"),
            "payload: a member occurs twice");
  EXPECT_EQ(DefectOfText(R"({"exp":1,"other":{"a":1,"a":1}})"), "payload: a member occurs twice");
}

TEST(ClaimsTest, PayloadThatIsNoObjectIsRefused) {
  EXPECT_EQ(DefectOfText(""), "payload: not valid JSON");
  EXPECT_EQ(DefectOfText("[]"), "payload: not a JSON object");
  EXPECT_EQ(DefectOfText(R"("text")"), "payload: not a JSON object");
}

}  // namespace
}  // namespace mcmig::token
