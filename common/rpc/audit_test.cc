// What a listener with an audit log records of its calls, and what becomes of calls that cannot be recorded.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/audit/log_test_place.h"
#include "common/audit/trail.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

using protocol::Call;
using ::testing::AllOf;
using testing::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Request;
using Primary = v1::PrimaryMcServiceServer;
using Partner = v1::PartnerMcServiceServer;

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    auto trail = audit::Trail::Open(place_.directory(), audit::TestPlace::kLargeSegments, "test", nullptr);
    EXPECT_TRUE(trail.ok()) << trail.status();
    trail_ = *std::move(trail);
    request_.set_primary_mc_service_id("sip:alice@north.example");
  }
  // An inside listener of north that takes every caller for one with `role`.
  testing::Listener<Primary> Inside(config::v1::Role role = config::v1::ROLE_GATEWAY) {
    return {identity::Listener::kInside, testing::InsecureListener("north", role), insecure_,
            [this](const Call& call, const Request& request) { return Handle(call, request); }, trail_.get()};
  }
  async::Task<Answer> Handle(const Call& call, const Request& request) {
    ++handled_;
    call.note->role = "primary_server";
    call.note->decision = {.cause = protocol::Cause::kProfileDisabled, .rule = "step6.profile_enabled"};
    return testing::AnswerEcho(request);
  }
  grpc::StatusCode Authorize(const testing::Listener<Primary>& listener) {
    grpc::ClientContext context;
    return testing::Authorize<Primary>(To(listener), context, request_).error_code();
  }
  std::shared_ptr<grpc::Channel> To(const testing::Listener<Primary>& listener) {
    return testing::Connect(*insecure_, testing::InsecureEndpoint(listener.server->address()), "north");
  }
  // Without those of the log itself.
  std::vector<std::string> Records() {
    std::vector<std::string> records = place_.Records();
    std::erase_if(records, [](const std::string& line) {
      return absl::StrContains(line, R"("kind":"segment")") || absl::StrContains(line, R"("kind":"started")") ||
             absl::StrContains(line, R"("kind":"stopped")");
    });
    return records;
  }

  audit::TestPlace place_;
  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  std::unique_ptr<audit::Trail> trail_;
  Request request_;
  std::atomic<int> handled_ = 0;
};

TEST_F(AuditTest, AnAnswerThatIsThereIsInTheLog) {
  auto listener = Inside();
  EXPECT_EQ(Authorize(listener), grpc::StatusCode::OK);
  EXPECT_THAT(Records(), ElementsAre(AllOf(HasSubstr(R"("kind":"call")"), HasSubstr("sip:alice@north.example"),
                                           HasSubstr(R"("outcome":"refused","cause":"PROFILE_DISABLED")"),
                                           HasSubstr(R"("rule":"step6.profile_enabled")"))));
}

TEST_F(AuditTest, WhoeverMayNotCallIsRecordedOnceAndThenCounted) {
  auto listener = Inside(config::v1::ROLE_CLIENT);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Authorize(listener), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(handled_, 0);
  listener.server->Shutdown(absl::ZeroDuration());
  trail_.reset();
  EXPECT_THAT(Records(), ElementsAre(AllOf(HasSubstr(R"("kind":"refused")"), HasSubstr(R"("peer_role":"client")"),
                                           HasSubstr(R"("status":"PERMISSION_DENIED")"), Not(HasSubstr("attempts"))),
                                     HasSubstr(R"("attempts":9)")));
}

TEST_F(AuditTest, AMethodThatNobodyServesIsRecorded) {
  auto listener = Inside();
  grpc::ClientContext context;
  EXPECT_EQ(testing::Authorize<Partner>(To(listener), context).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(Records(), ElementsAre(AllOf(HasSubstr(R"("kind":"refused")"), HasSubstr("UNIMPLEMENTED"))));
}

TEST_F(AuditTest, WithoutARecordThereIsNoAnswerAndNothingIsDone) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  auto listener = Inside();
  // Larger than the head file, whose size is fixed.
  while (std::filesystem::file_size(place_.segment()) < 10'000) ASSERT_EQ(Authorize(listener), grpc::StatusCode::OK);
  const int handled = handled_;
  const rlimit full{.rlim_cur = std::filesystem::file_size(place_.segment()) + 10, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  // The first finds out when it has been handled; from then on nobody is.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Authorize(listener), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(handled_, handled + 1);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(Authorize(listener), grpc::StatusCode::OK);
  EXPECT_EQ(handled_, handled + 2);
  const std::vector<std::string> records = Records();
  EXPECT_THAT(records[records.size() - 3], HasSubstr(R"("kind":"lost","records":3)"));
  EXPECT_THAT(records[records.size() - 2], HasSubstr(R"("kind":"call_begins")"));
  EXPECT_THAT(records.back(), HasSubstr(R"("kind":"call")"));
}

}  // namespace
}  // namespace mcmig::rpc
