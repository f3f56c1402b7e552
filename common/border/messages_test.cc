#include "common/border/messages.h"

#include <string>
#include <vector>

#include "common/identity/mc_service_id.h"
#include "common/protocol/cause.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::border {
namespace {

using protocol::Cause;

protocol::AuthorizationRequest InsideRequest() {
  protocol::RequestId id;
  id.bytes.fill(7);
  return {.partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor@partner.example"),
          .primary_mc_service_id = *identity::McServiceId::Parse("SIP:alice@Primary.example"),
          .profile_index = 3,
          .service = protocol::McService::kMcvideo,
          .request_id = id,
          .issued_at = absl::FromUnixSeconds(1'700'000'000),
          .authenticated_peer_system = "north",
          .primary_credential = "a credential",
          .emergency_share = protocol::EmergencyShare::kMayUse};
}

TEST(RequestForOutside, CarriesExactlyTheAllowedFields) {
  const v1::MigrationServiceAuthorizationRequest message = ToProto(RequestForOutside(InsideRequest()));
  v1::MigrationServiceAuthorizationRequest allowed = ToProto(InsideRequest());
  allowed.clear_authenticated_peer_system();
  allowed.clear_emergency_share();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, allowed)) << message.ShortDebugString();
}

// Whoever adds a field to the request decides here whether it may cross.
TEST(RequestForOutside, KnowsEveryFieldOfTheContract) {
  const auto* descriptor = v1::MigrationServiceAuthorizationRequest::descriptor();
  std::vector<std::string> names;
  names.reserve(descriptor->field_count());
  for (int i = 0; i < descriptor->field_count(); ++i) names.push_back(descriptor->field(i)->name());
  EXPECT_EQ(names, (std::vector<std::string>{"partner_mc_service_id", "primary_mc_service_id",
                                             "mc_service_user_profile_index", "mc_service", "request_id", "issued_at",
                                             "authenticated_peer_system", "primary_credential", "emergency_share"}));
}

TEST(RequestForOutside, IdsKeepTheBytesReceived) {
  EXPECT_EQ(RequestForOutside(InsideRequest()).primary_mc_service_id.received(), "SIP:alice@Primary.example");
}

TEST(DecisionForOutside, SuccessKeepsItsEpochOnly) {
  const protocol::Decision inside{
      .cause = Cause::kNone, .rule = "step7.moved", .epoch = protocol::Epoch{.incarnation = 2, .counter = 9}};
  const protocol::Decision outside = DecisionForOutside(inside);
  EXPECT_EQ(outside.cause, Cause::kNone);
  EXPECT_EQ(outside.epoch, inside.epoch);
  EXPECT_STREQ(outside.rule, "border.public_form");
}

// Whoever adds a field to the answer decides in messages.cc whether it may cross.
TEST(DecisionForOutside, AnswerHasTheFieldsThatWereDecidedAbout) {
  const auto* descriptor = v1::MigrationServiceAuthorizationResponse::descriptor();
  std::vector<std::string> names;
  names.reserve(descriptor->field_count());
  for (int i = 0; i < descriptor->field_count(); ++i) names.push_back(descriptor->field(i)->name());
  EXPECT_EQ(names, (std::vector<std::string>{"partner_mc_service_id", "primary_mc_service_id", "result",
                                             "refusal_cause", "epoch", "request_id", "authorized_until", "grant"}));
}

TEST(DecisionForOutside, GrantCrossesWithASuccessOnly) {
  protocol::Decision decision{.epoch = protocol::Epoch{.incarnation = 1, .counter = 1}, .grant = "a grant"};
  EXPECT_EQ(DecisionForOutside(decision).grant, "a grant");
  EXPECT_EQ(DecisionFromOutside(decision).grant, "a grant");
  decision.cause = Cause::kConcurrent;
  EXPECT_EQ(DecisionForOutside(decision).grant, "");
  EXPECT_EQ(DecisionFromOutside(decision).grant, "");
}

TEST(CancelForOutside, CarriesExactlyTheAllowedFields) {
  const protocol::CancelRequest inside{.primary_mc_service_id = *identity::McServiceId::Parse("sip:a@primary.example"),
                                       .service = protocol::McService::kMcdata,
                                       .epoch = {.incarnation = 1, .counter = 2},
                                       .partner_system = "south",
                                       .authenticated_peer_system = "north",
                                       .signed_cancel = "a cancel"};
  v1::CancelMigrationRequest allowed = ToProto(inside);
  allowed.clear_partner_system();
  allowed.clear_authenticated_peer_system();
  const v1::CancelMigrationRequest message = ToProto(RequestForOutside(inside));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, allowed)) << message.ShortDebugString();
}

TEST(DecisionForOutside, CausesAboutTheUserLookAlike) {
  for (const protocol::CauseInfo& info : protocol::AllCauses()) {
    const protocol::Decision outside = DecisionForOutside({.cause = info.cause, .rule = "step6.inside_reason"});
    EXPECT_EQ(outside.cause, info.public_form) << info.name;
    EXPECT_STREQ(outside.rule, "border.public_form") << info.name;
    EXPECT_FALSE(outside.epoch.has_value());
  }
}

TEST(DecisionForOutside, RefusalLosesAStrayEpoch) {
  EXPECT_FALSE(
      DecisionForOutside({.cause = Cause::kConcurrent, .epoch = protocol::Epoch{.incarnation = 1, .counter = 1}})
          .epoch.has_value());
}

TEST(DecisionFromOutside, OnlyCausesOfAPrimaryAreBelieved) {
  for (const protocol::CauseInfo& info : protocol::AllCauses()) {
    const bool sayable = info.cause == Cause::kNoAgreement || info.cause == Cause::kConcurrent ||
                         info.cause == Cause::kReplayed || info.cause == Cause::kSuperseded ||
                         info.cause == Cause::kStaleRequest;
    EXPECT_EQ(DecisionFromOutside({.cause = info.cause}).cause, sayable ? info.cause : Cause::kNotAuthorizedByPrimary)
        << info.name;
  }
}

TEST(DecisionFromOutside, SuccessKeepsItsEpoch) {
  const protocol::Decision decision =
      DecisionFromOutside({.cause = Cause::kNone, .epoch = protocol::Epoch{.incarnation = 1, .counter = 4}});
  EXPECT_EQ(decision.cause, Cause::kNone);
  EXPECT_EQ(decision.epoch, (protocol::Epoch{.incarnation = 1, .counter = 4}));
}

TEST(DecisionFromOutside, BelievesEveryPublicFormThatAPrimaryDecides) {
  for (const protocol::CauseInfo& info : protocol::AllCauses()) {
    if (info.number < 10) continue;
    EXPECT_EQ(DecisionFromOutside(DecisionForOutside({.cause = info.cause})).cause, info.public_form) << info.name;
  }
}

}  // namespace
}  // namespace mcmig::border
