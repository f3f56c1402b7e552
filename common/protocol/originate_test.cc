#include "common/protocol/originate.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "common/async/cancel.h"
#include "common/async/manual_executor.h"
#include "gtest/gtest.h"

namespace mcmig::protocol {
namespace {

using Answer = absl::StatusOr<Decision>;

Answer Success() { return Decision{.cause = Cause::kNone, .rule = "", .epoch = Epoch{.incarnation = 1, .counter = 1}}; }
Answer Refusal(Cause cause) { return Decision{.cause = cause}; }

// Gives the scripted answers, then UNAVAILABLE for ever.
class ScriptedHop final : public NextHop {
 public:
  explicit ScriptedHop(const async::Clock& clock) : clock_(clock) {}
  std::deque<Answer> script;
  std::vector<absl::Time> asked;
  std::vector<AuthorizationRequest> requests;

  async::Task<Answer> AuthorizeMigration(const Call& /*call*/, const AuthorizationRequest& request) override {
    asked.push_back(clock_.Now());
    requests.push_back(request);
    if (script.empty()) co_return absl::UnavailableError("next hop unavailable");
    Answer answer = std::move(script.front());
    script.pop_front();
    co_return answer;
  }

  async::Task<absl::StatusOr<EndAnswer>> EndMigration(const Call& /*call*/, const EndRequest& /*request*/) override {
    asked.push_back(clock_.Now());
    if (ends.empty()) co_return absl::UnavailableError("next hop unavailable");
    absl::StatusOr<EndAnswer> answer = std::move(ends.front());
    ends.pop_front();
    co_return answer;
  }
  std::deque<absl::StatusOr<EndAnswer>> ends;

 private:
  const async::Clock& clock_;
};

class AskWithRetryTest : public ::testing::Test {
 protected:
  AskWithRetryTest() : hop_(executor_) {
    call_.deadline = executor_.Now() + absl::Seconds(10);
    call_.executor = &executor_;
    call_.cancel = &cancel_;
    request_.request_id = RequestId();
    for (size_t i = 0; i < RequestId::kBytes; ++i) request_.request_id->bytes[i] = static_cast<uint8_t>(16 * i + 15);
    request_.issued_at = executor_.Now();
  }

  async::Task<> Ask() {
    Answer answer = co_await AskWithRetry(hop_, call_, request_, executor_, RetryPolicy());
    answer_.emplace(std::move(answer));
  }
  void Start() {
    executor_.Spawn(Ask());
    executor_.RunUntilIdle();
  }
  Answer RunToEnd() {
    Start();
    executor_.AdvanceBy(absl::Minutes(1));
    EXPECT_TRUE(answer_.has_value());
    return answer_.value_or(absl::UnknownError("did not end"));
  }

  async::CancelSignal cancel_;
  async::ManualExecutor executor_;
  ScriptedHop hop_;
  Call call_;
  AuthorizationRequest request_ = {.partner_mc_service_id = *identity::McServiceId::Parse("sip:v@partner.example"),
                                   .primary_mc_service_id = *identity::McServiceId::Parse("sip:a@primary.example")};
  std::optional<Answer> answer_;
};

TEST_F(AskWithRetryTest, DecisionOfTheFirstAttemptIsTheAnswer) {
  for (const Answer& first : {Success(), Refusal(Cause::kProfileDisabled)}) {
    hop_.asked.clear();
    answer_.reset();
    hop_.script = {first};
    const Answer answer = RunToEnd();
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->cause, first->cause);
    EXPECT_EQ(hop_.asked.size(), 1U);
  }
}

TEST_F(AskWithRetryTest, UnavailableIsRepeatedWithTheSameRequest) {
  hop_.script = {absl::UnavailableError(""), absl::UnavailableError(""), Success()};
  const Answer answer = RunToEnd();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->epoch, (Epoch{.incarnation = 1, .counter = 1}));
  ASSERT_EQ(hop_.requests.size(), 3U);
  for (const AuthorizationRequest& request : hop_.requests) {
    EXPECT_EQ(request.request_id, request_.request_id);
    EXPECT_EQ(request.issued_at, request_.issued_at);
  }
}

TEST_F(AskWithRetryTest, OnlyUnavailableIsRepeated) {
  for (int code = 1; code <= 16; ++code) {
    if (static_cast<absl::StatusCode>(code) == absl::StatusCode::kUnavailable) continue;
    hop_.asked.clear();
    answer_.reset();
    const absl::Status status(static_cast<absl::StatusCode>(code), "text");
    hop_.script = {status};
    EXPECT_EQ(RunToEnd().status(), status);
    EXPECT_EQ(hop_.asked.size(), 1U) << status;
    call_.deadline = executor_.Now() + absl::Seconds(10);
  }
}

TEST_F(AskWithRetryTest, WaitsLongerEachTimeUpToABoundAndEndsBeforeTheDeadline) {
  const absl::Time start = executor_.Now();
  EXPECT_TRUE(absl::IsUnavailable(RunToEnd().status()));
  ASSERT_GT(hop_.asked.size(), 8U);
  absl::Duration full = absl::Milliseconds(50);
  for (size_t i = 1; i < hop_.asked.size(); ++i) {
    const absl::Duration waited = hop_.asked[i] - hop_.asked[i - 1];
    EXPECT_GE(waited, full / 2) << i;
    EXPECT_LE(waited, full) << i;
    full = std::min(full * 2, absl::Seconds(1));
  }
  EXPECT_LT(hop_.asked.back(), start + absl::Seconds(10));
  EXPECT_LT(hop_.asked.size(), 30U);
}

TEST_F(AskWithRetryTest, DifferentRequestsComeBackAtDifferentTimes) {
  EXPECT_FALSE(RunToEnd().ok());
  const absl::Duration first = hop_.asked[1] - hop_.asked[0];
  hop_.asked.clear();
  answer_.reset();
  call_.deadline = executor_.Now() + absl::Seconds(10);
  request_.request_id->bytes.fill(200);
  EXPECT_FALSE(RunToEnd().ok());
  EXPECT_NE(hop_.asked[1] - hop_.asked[0], first);
}

TEST_F(AskWithRetryTest, RefusalOfTheUserAfterAnUnknownOutcomeStaysUnknown) {
  for (const CauseInfo& info : AllCauses()) {
    hop_.asked.clear();
    answer_.reset();
    call_.deadline = executor_.Now() + absl::Seconds(10);
    hop_.script = {absl::UnavailableError(""), Refusal(info.cause)};
    EXPECT_TRUE(absl::IsUnavailable(RunToEnd().status())) << info.name;
    EXPECT_EQ(hop_.asked.size(), 2U) << info.name;
  }
}

TEST_F(AskWithRetryTest, RefusalAsACallAfterAnUnknownOutcomeStaysUnknown) {
  for (const absl::Status& refused : {absl::InvalidArgumentError(""), absl::UnauthenticatedError(""),
                                      absl::PermissionDeniedError(""), absl::ResourceExhaustedError("")}) {
    hop_.asked.clear();
    answer_.reset();
    call_.deadline = executor_.Now() + absl::Seconds(10);
    hop_.script = {absl::UnavailableError(""), refused};
    EXPECT_TRUE(absl::IsUnavailable(RunToEnd().status())) << refused;
    EXPECT_EQ(hop_.asked.size(), 2U);
  }
}

TEST_F(AskWithRetryTest, OtherUnknownOutcomesAfterAnUnknownOutcomeArePassedOn) {
  hop_.script = {absl::UnavailableError(""), absl::DeadlineExceededError("late")};
  EXPECT_TRUE(absl::IsDeadlineExceeded(RunToEnd().status()));
}

TEST_F(AskWithRetryTest, CancellationEndsTheWait) {
  Start();
  ASSERT_FALSE(answer_.has_value());
  cancel_.Cancel();
  executor_.RunUntilIdle();
  ASSERT_TRUE(answer_.has_value());
  EXPECT_TRUE(absl::IsUnavailable(answer_->status()));
  EXPECT_EQ(hop_.asked.size(), 1U);
}

TEST_F(AskWithRetryTest, WithoutCancelSignalTheDeadlineEndsIt) {
  call_.cancel = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(RunToEnd().status()));
}

TEST_F(AskWithRetryTest, RequestWithoutIdIsNeverRepeated) {
  request_.request_id.reset();
  EXPECT_TRUE(absl::IsUnavailable(RunToEnd().status()));
  EXPECT_EQ(hop_.asked.size(), 1U);
}

}  // namespace
}  // namespace mcmig::protocol
