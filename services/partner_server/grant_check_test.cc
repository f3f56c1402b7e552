#include "services/partner_server/grant_check.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::partner_server {
namespace {

using protocol::Decision;
using token::Grant;
using token::SignedCancel;

const absl::Time kAsked = absl::FromUnixSeconds(1'800'000'000) + absl::Milliseconds(400);
const absl::Time kUntil = kAsked + absl::Hours(8);
constexpr protocol::Epoch kEpoch{.incarnation = 1, .counter = 7};

Decision Success() {
  Decision success{.epoch = kEpoch};
  success.authorized_until = kUntil;
  return success;
}

Grant GrantOf(const protocol::AuthorizationRequest& request) {
  return {.primary_mc_service_id = request.primary_mc_service_id,
          .partner_mc_service_id = request.partner_mc_service_id,
          .service = request.service,
          .profile_index = request.profile_index,
          .epoch = kEpoch,
          .authorized_until = kUntil,
          .request_id = *request.request_id,
          .request_digest = DigestOf(request, "south"),
          .issued = absl::FromUnixSeconds(1'800'000'001)};
}

Standing Check(const absl::StatusOr<Grant>& grant,
               const AnswerTimes& times = {kAsked, kAsked + absl::Seconds(1), absl::Seconds(30)}) {
  return CheckGrant({.presented = true, .claims = grant}, testing::AliceToSouth(), "south", Success(), times);
}

TEST(CheckGrant, TheAnswerToThisRequestStands) {
  const Standing standing = Check(GrantOf(testing::AliceToSouth()));
  EXPECT_TRUE(standing.stands);
  EXPECT_STREQ(standing.rule, "grant.stands");
}

TEST(CheckGrant, AnotherSpellingOfAnIdIsTheSameUser) {
  Grant grant = GrantOf(testing::AliceToSouth());
  grant.primary_mc_service_id = testing::Id("SIP:alice@NORTH.example");
  EXPECT_TRUE(Check(grant).stands);
}

TEST(CheckGrant, MissingAndInvalidFall) {
  const absl::StatusOr<Grant> grant = GrantOf(testing::AliceToSouth());
  const AnswerTimes times{kAsked, kAsked, absl::Seconds(30)};
  const Standing missing =
      CheckGrant({.presented = false, .claims = grant}, testing::AliceToSouth(), "south", Success(), times);
  EXPECT_FALSE(missing.stands);
  EXPECT_STREQ(missing.rule, "grant.presented");
  const Standing invalid = Check(absl::UnauthenticatedError("signature"));
  EXPECT_FALSE(invalid.stands);
  EXPECT_STREQ(invalid.rule, "grant.valid");
}

TEST(CheckGrant, EachClaimThatIsOfAnotherAnswerFalls) {
  struct Case {
    const char* rule;
    std::function<void(Grant&)> change;
  };
  const std::vector<Case> cases = {
      {"grant.primary_mc_service_id",
       [](Grant& grant) { grant.primary_mc_service_id = testing::Id("sip:bob@north.example"); }},
      {"grant.partner_mc_service_id",
       [](Grant& grant) { grant.partner_mc_service_id = testing::Id("sip:visitor2@south.example"); }},
      {"grant.mc_service", [](Grant& grant) { grant.service = protocol::McService::kMcdata; }},
      {"grant.profile_index", [](Grant& grant) { ++grant.profile_index; }},
      {"grant.request_id", [](Grant& grant) { ++grant.request_id.bytes[15]; }},
      {"grant.request_digest", [](Grant& grant) { ++grant.request_digest[0]; }},
      {"grant.request_digest", [](Grant& grant) { grant.request_digest = DigestOf(testing::AliceToSouth(), "east"); }},
      {"grant.epoch", [](Grant& grant) { ++grant.epoch.counter; }},
      {"grant.epoch", [](Grant& grant) { ++grant.epoch.incarnation; }},
      {"grant.authorized_until", [](Grant& grant) { grant.authorized_until = absl::InfiniteFuture(); }},
      {"grant.authorized_until", [](Grant& grant) { grant.authorized_until += absl::Nanoseconds(1); }},
  };
  for (const Case& c : cases) {
    Grant grant = GrantOf(testing::AliceToSouth());
    c.change(grant);
    const Standing standing = Check(grant);
    EXPECT_FALSE(standing.stands) << c.rule;
    EXPECT_STREQ(standing.rule, c.rule);
  }
}

TEST(CheckGrant, AMessageThatSaysOtherThanTheGrantFalls) {
  const absl::StatusOr<Grant> grant = GrantOf(testing::AliceToSouth());
  const AnswerTimes times{kAsked, kAsked, absl::Seconds(30)};
  for (const bool epoch : {true, false}) {
    Decision success = Success();
    if (epoch) ++success.epoch->counter;
    if (!epoch) success.authorized_until = absl::InfiniteFuture();
    const Standing standing =
        CheckGrant({.presented = true, .claims = grant}, testing::AliceToSouth(), "south", success, times);
    EXPECT_FALSE(standing.stands);
    EXPECT_STREQ(standing.rule, epoch ? "grant.epoch" : "grant.authorized_until");
  }
}

TEST(CheckGrant, IsIssuedBetweenTheRequestAndNowWithinTheSkew) {
  struct Case {
    absl::Time issued;
    const char* rule;
  };
  // Asked at .4 s of a second; answered three seconds later.
  const absl::Time second = absl::FromUnixSeconds(1'800'000'000);
  const absl::Duration skew = absl::Seconds(30);
  const std::vector<Case> cases = {{second - skew - absl::Seconds(1), "grant.issued_since_asked"},
                                   {second - skew, "grant.stands"},
                                   {second + absl::Seconds(3) + skew, "grant.stands"},
                                   {second + absl::Seconds(4) + skew, "grant.issued_by_now"},
                                   {absl::UnixEpoch(), "grant.issued_since_asked"}};
  for (const Case& c : cases) {
    Grant grant = GrantOf(testing::AliceToSouth());
    grant.issued = c.issued;
    EXPECT_STREQ(Check(grant, {kAsked, kAsked + absl::Seconds(3), skew}).rule, c.rule) << c.issued;
  }
  // Without any skew, of the same second.
  Grant grant = GrantOf(testing::AliceToSouth());
  grant.issued = second;
  EXPECT_TRUE(Check(grant, {kAsked, kAsked, absl::ZeroDuration()}).stands);
}

TEST(CheckSignedCancel, StandsForItsUserServiceAndEpochOnly) {
  const identity::McServiceId alice = testing::Id(testing::kAlice);
  const identity::McServiceId bob = testing::Id("sip:bob@north.example");
  const absl::StatusOr<SignedCancel> cancel = SignedCancel{.primary_mc_service_id = alice, .epoch = kEpoch};
  const auto check = [&cancel](const Cancelled& cancelled) {
    return CheckSignedCancel({.presented = true, .claims = cancel}, cancelled);
  };
  EXPECT_TRUE(check({.primary_mc_service_id = alice, .epoch = kEpoch}).stands);
  EXPECT_STREQ(check({.primary_mc_service_id = bob, .epoch = kEpoch}).rule, "cancel.primary_mc_service_id");
  EXPECT_STREQ(check({.primary_mc_service_id = alice, .service = protocol::McService::kMcdata, .epoch = kEpoch}).rule,
               "cancel.mc_service");
  for (const protocol::Epoch other :
       {protocol::Epoch{.incarnation = 1, .counter = 8}, protocol::Epoch{.incarnation = 1, .counter = 6},
        protocol::Epoch{.incarnation = 2, .counter = 7}}) {
    EXPECT_STREQ(check({.primary_mc_service_id = alice, .epoch = other}).rule, "cancel.epoch");
  }
}

TEST(CheckSignedCancel, MissingAndInvalidFall) {
  const identity::McServiceId alice = testing::Id(testing::kAlice);
  const absl::StatusOr<SignedCancel> invalid = absl::UnauthenticatedError("signature");
  const absl::StatusOr<SignedCancel> cancel = SignedCancel{.primary_mc_service_id = alice, .epoch = kEpoch};
  const Cancelled cancelled{.primary_mc_service_id = alice, .epoch = kEpoch};
  EXPECT_STREQ(CheckSignedCancel({.presented = false, .claims = cancel}, cancelled).rule, "cancel.presented");
  EXPECT_STREQ(CheckSignedCancel({.presented = true, .claims = invalid}, cancelled).rule, "cancel.valid");
}

}  // namespace
}  // namespace mcmig::partner_server
