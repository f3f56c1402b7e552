#include "common/ops/decision_log.h"

#include <string>
#include <vector>

#include "common/ops/recorded_decisions.h"
#include "glog/logging.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

using protocol::Cause;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The lines that glog writes while this exists.
class Lines final : public google::LogSink {
 public:
  Lines() { google::AddLogSink(this); }
  ~Lines() override { google::RemoveLogSink(this); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  using google::LogSink::send;
  void send(google::LogSeverity severity, const char* /*file*/, const char* /*base*/, int /*line*/,
            const google::LogMessageTime& /*time*/, const char* message, size_t size) override {
    EXPECT_EQ(severity, google::GLOG_INFO);
    lines.emplace_back(message, size);
  }
  std::vector<std::string> lines;
};

std::vector<std::string> Written(const DecisionEntry& entry) {
  Lines lines;
  GlogDecisionLog log;
  log.Record(entry);
  return lines.lines;
}

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

TEST(GlogDecisionLog, RefusalIsOneLine) {
  EXPECT_THAT(Written(Refused()),
              ElementsAre("decision role=primary_server request=000102030405060708090a0b0c0d0e0f "
                          "trace=4bf92f3577b34da6a3ce929d0e0e4736 peer=north steps=5,6,7 outcome=refused "
                          "cause=PROFILE_DISABLED rule=step6.profile_enabled status=OK "
                          "received_us=1700000000123456 elapsed_us=250 next_hop_us=0"));
}

TEST(GlogDecisionLog, SuccessHasCauseNone) {
  DecisionEntry entry = Refused();
  entry.decision = {
      .cause = Cause::kNone, .rule = "step7.recorded", .epoch = protocol::Epoch{.incarnation = 1, .counter = 1}};
  EXPECT_THAT(Written(entry), ElementsAre(HasSubstr(" outcome=success cause=NONE rule=step7.recorded status=OK ")));
}

TEST(GlogDecisionLog, ErrorIsNeverASuccessAndItsTextIsNotWritten) {
  DecisionEntry entry = Refused();
  entry.decision = {};
  entry.status = absl::UnavailableError("sip:alice@primary.example at 10.0.0.1");
  const std::vector<std::string> lines = Written(entry);
  EXPECT_THAT(lines, ElementsAre(HasSubstr(" outcome=error cause=- rule=- status=UNAVAILABLE ")));
  EXPECT_THAT(lines, ElementsAre(Not(HasSubstr("alice"))));
}

TEST(GlogDecisionLog, ReceivedValuesCannotForgeALine) {
  DecisionEntry entry = Refused();
  entry.trace_id = "x outcome=success\ndecision role=primary_server";
  entry.request_id = "";
  const std::vector<std::string> lines = Written(entry);
  EXPECT_THAT(lines, ElementsAre(HasSubstr(" request=- trace=invalid ")));
  EXPECT_THAT(lines, ElementsAre(Not(HasSubstr("\n"))));
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
