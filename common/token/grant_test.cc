#include "common/token/grant.h"

#include <functional>
#include <string>
#include <vector>

#include "common/token/grant_test_keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;
using ::testing::StartsWith;

Json GrantClaims() { return Json::parse(WriteClaims(AliceGrant(), kNorthToSouth)); }
Json CancelClaims() { return Json::parse(WriteClaims(AliceCancel(), kNorthToSouth)); }

TEST(GrantClaims, AreWhatTheManualSays) {
  EXPECT_EQ(GrantClaims(), Json({{"iss", "north"},
                                 {"aud", "south"},
                                 {"iat", 1'800'000'000},
                                 {"mcmig_primary_id", "sip:alice@north.example"},
                                 {"mcmig_partner_id", "sip:visitor1@south.example"},
                                 {"mcmig_service", "MCVideo"},
                                 {"mcmig_profile_index", 255},
                                 {"mcmig_epoch", "2.18446744073709551615"},
                                 {"mcmig_authorized_until", "2030-03-17T17:46:40.123456789Z"},
                                 {"mcmig_request_id", "abababababababababababababababab"},
                                 {"mcmig_request_digest", std::string("cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd") +
                                                              "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}}));
}

TEST(GrantClaims, ReadAsTheyWereWritten) {
  const Grant written = AliceGrant();
  const auto read = ReadGrant(WriteClaims(written, kNorthToSouth), kNorthToSouth);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->primary_mc_service_id.canonical(), written.primary_mc_service_id.canonical());
  EXPECT_EQ(read->partner_mc_service_id.canonical(), written.partner_mc_service_id.canonical());
  EXPECT_EQ(read->service, written.service);
  EXPECT_EQ(read->profile_index, written.profile_index);
  EXPECT_EQ(read->epoch, written.epoch);
  EXPECT_EQ(read->authorized_until, written.authorized_until);
  EXPECT_EQ(read->request_id, written.request_id);
  EXPECT_EQ(read->request_digest, written.request_digest);
  EXPECT_EQ(read->issued, written.issued);
}

TEST(GrantClaims, AnAuthorizationWithoutEndHasNoClaimOfIt) {
  Grant grant = AliceGrant();
  grant.authorized_until = absl::InfiniteFuture();
  const std::string payload = WriteClaims(grant, kNorthToSouth);
  EXPECT_FALSE(Json::parse(payload).contains("mcmig_authorized_until"));
  EXPECT_EQ(ReadGrant(payload, kNorthToSouth)->authorized_until, absl::InfiniteFuture());
}

TEST(CancelClaims, ReadAsTheyWereWritten) {
  const SignedCancel written = AliceCancel();
  const auto read = ReadSignedCancel(WriteClaims(written, kNorthToSouth), kNorthToSouth);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->primary_mc_service_id.canonical(), written.primary_mc_service_id.canonical());
  EXPECT_EQ(read->service, written.service);
  EXPECT_EQ(read->epoch, written.epoch);
  EXPECT_EQ(read->issued, written.issued);
}

TEST(GrantClaims, EachIsMandatoryButTheEnd) {
  const Json grant = GrantClaims();
  for (const auto& [name, value] : grant.items()) {
    Json claims = GrantClaims();
    claims.erase(name);
    const auto read = ReadGrant(claims.dump(), kNorthToSouth);
    EXPECT_EQ(read.ok(), name == "mcmig_authorized_until") << name;
    if (!read.ok()) EXPECT_THAT(read.status().message(), StartsWith(name + ": missing"));
  }
  const Json cancel = CancelClaims();
  for (const auto& [name, value] : cancel.items()) {
    Json claims = CancelClaims();
    claims.erase(name);
    EXPECT_FALSE(ReadSignedCancel(claims.dump(), kNorthToSouth).ok()) << name;
  }
}

TEST(GrantClaims, EachOfAnotherTypeIsRefused) {
  const std::vector<Json> values = {nullptr, true, -1, 1.5, "", Json::array(), Json::object(), std::string(257, 'a')};
  const Json grant = GrantClaims();
  for (const auto& [name, value] : grant.items()) {
    for (const Json& wrong : values) {
      Json claims = GrantClaims();
      claims[name] = wrong;
      const auto read = ReadGrant(claims.dump(), kNorthToSouth);
      ASSERT_FALSE(read.ok()) << name << " " << wrong;
      EXPECT_EQ(read.status().code(), absl::StatusCode::kUnauthenticated);
      EXPECT_THAT(read.status().message(), StartsWith(name + ": "));
    }
  }
  const Json cancel = CancelClaims();
  for (const auto& [name, value] : cancel.items()) {
    for (const Json& wrong : values) {
      Json claims = CancelClaims();
      claims[name] = wrong;
      EXPECT_FALSE(ReadSignedCancel(claims.dump(), kNorthToSouth).ok()) << name << " " << wrong;
    }
  }
}

TEST(GrantClaims, EachInAnotherSpellingIsRefused) {
  const std::vector<std::pair<std::string, Json>> cases = {
      {"iss", "north2"},
      {"aud", Json::array({"south"})},
      {"iat", 253'402'300'800},
      {"mcmig_primary_id", "alice"},
      {"mcmig_partner_id", "tel:+358"},
      {"mcmig_service", "MCPTT "},
      {"mcmig_service", "mcptt"},
      {"mcmig_profile_index", 256},
      {"mcmig_profile_index", "1"},
      {"mcmig_epoch", "1"},
      {"mcmig_epoch", "1.0"},
      {"mcmig_epoch", "0.1"},
      {"mcmig_epoch", "01.1"},
      {"mcmig_epoch", "1.1.1"},
      {"mcmig_epoch", " 1.1"},
      {"mcmig_epoch", "1.18446744073709551616"},
      {"mcmig_authorized_until", "2030-03-17T17:46:40+00:00"},
      {"mcmig_authorized_until", "2030-03-17T17:46:40.10Z"},
      {"mcmig_authorized_until", "infinite-future"},
      {"mcmig_authorized_until", "2030-03-17"},
      {"mcmig_request_id", "ab"},
      {"mcmig_request_id", "ABABABABABABABABABABABABABABABAB"},
      {"mcmig_request_digest", "abababababababababababababababab"},
  };
  for (const auto& [name, wrong] : cases) {
    Json claims = GrantClaims();
    claims[name] = wrong;
    EXPECT_FALSE(ReadGrant(claims.dump(), kNorthToSouth).ok()) << name << " " << wrong;
  }
}

TEST(GrantClaims, AClaimThatIsNotKnownIsRefused) {
  Json claims = GrantClaims();
  claims["exp"] = 1;
  EXPECT_FALSE(ReadGrant(claims.dump(), kNorthToSouth).ok());
  claims = CancelClaims();
  claims["mcmig_partner_id"] = "sip:visitor1@south.example";
  EXPECT_FALSE(ReadSignedCancel(claims.dump(), kNorthToSouth).ok());
}

TEST(GrantClaims, OneThatOccursTwiceIsRefused) {
  std::string payload = WriteClaims(AliceGrant(), kNorthToSouth);
  payload.insert(1, R"("iss":"north",)");
  EXPECT_FALSE(ReadGrant(payload, kNorthToSouth).ok());
}

TEST(GrantClaims, WithoutConfiguredOriginNoneIsRead) {
  const TokenOrigin nobody;
  EXPECT_FALSE(ReadGrant(WriteClaims(AliceGrant(), nobody), nobody).ok());
  EXPECT_FALSE(ReadSignedCancel(WriteClaims(AliceCancel(), nobody), nobody).ok());
}

TEST(GrantClaims, NoKindReadsAsTheOther) {
  EXPECT_FALSE(ReadSignedCancel(WriteClaims(AliceGrant(), kNorthToSouth), kNorthToSouth).ok());
  EXPECT_FALSE(ReadGrant(WriteClaims(AliceCancel(), kNorthToSouth), kNorthToSouth).ok());
}

}  // namespace
}  // namespace mcmig::token
