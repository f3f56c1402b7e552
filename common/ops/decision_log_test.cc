#include "common/ops/decision_log.h"

#include <string>

#include "common/ops/recorded_decisions.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

using protocol::Cause;
using ::testing::HasSubstr;
using ::testing::Not;

DecisionEntry Refused() {
  return {.role = "primary_server",
          .request_id = "000102030405060708090a0b0c0d0e0f",
          .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
          .peer_system = "north",
          .steps = "5,6,7",
          .decision = {.cause = Cause::kProfileDisabled, .rule = "step6.profile_enabled"},
          .status = absl::OkStatus(),
          .received = absl::FromUnixMicros(1'700'000'000'123'456),
          .elapsed = absl::Microseconds(250),
          .next_hop = absl::ZeroDuration()};
}

TEST(LineOf, RefusalIsOneLine) {
  EXPECT_EQ(LineOf(Refused()),
            "decision role=primary_server request=000102030405060708090a0b0c0d0e0f "
            "trace=4bf92f3577b34da6a3ce929d0e0e4736 peer=north steps=5,6,7 outcome=refused "
            "cause=PROFILE_DISABLED rule=step6.profile_enabled status=OK "
            "received_us=1700000000123456 elapsed_us=250 next_hop_us=0");
}

TEST(LineOf, SuccessHasCauseNone) {
  DecisionEntry entry = Refused();
  entry.decision = {
      .cause = Cause::kNone, .rule = "step7.recorded", .epoch = protocol::Epoch{.incarnation = 1, .counter = 1}};
  EXPECT_THAT(LineOf(entry), HasSubstr(" outcome=success cause=NONE rule=step7.recorded status=OK "));
}

TEST(LineOf, ErrorIsNeverASuccessAndItsTextIsNotWritten) {
  DecisionEntry entry = Refused();
  entry.decision = {};
  entry.status = absl::UnavailableError("sip:alice@primary.example at 10.0.0.1");
  EXPECT_THAT(LineOf(entry), HasSubstr(" outcome=error cause=- rule=- status=UNAVAILABLE "));
  EXPECT_THAT(LineOf(entry), Not(HasSubstr("alice")));
}

TEST(LineOf, ReceivedValuesCannotForgeALine) {
  DecisionEntry entry = Refused();
  entry.trace_id = "x outcome=success\ndecision role=primary_server";
  entry.request_id = "";
  EXPECT_THAT(LineOf(entry), HasSubstr(" request=- trace=invalid "));
  EXPECT_THAT(LineOf(entry), Not(HasSubstr("\n")));
}

TEST(RecordedDecisions, KeepsTheOrder) {
  RecordedDecisions log;
  DecisionEntry entry = Refused();
  log.Record(entry);
  entry.role = "partner_server";
  log.Record(entry);
  ASSERT_EQ(log.entries().size(), 2U);
  EXPECT_STREQ(log.entries()[0].role, "primary_server");
  EXPECT_STREQ(log.entries()[1].role, "partner_server");
}

}  // namespace
}  // namespace mcmig::ops
