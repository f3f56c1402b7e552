#include "common/audit/trail.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/async/cancel.h"
#include "common/async/manual_executor.h"
#include "common/audit/json.h"
#include "common/audit/log_test_place.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::audit {
namespace {

using ::testing::HasSubstr;

class TrailTest : public ::testing::Test {
 protected:
  TrailTest() { Open(); }

  void Open(size_t max_waiting = Trail::kMaxWaiting) {
    auto trail = Trail::Open(place_.directory(), TestPlace::kLargeSegments, "primary_server", nullptr, max_waiting);
    ASSERT_TRUE(trail.ok()) << trail.status();
    trail_ = *std::move(trail);
  }
  absl::Status Record(const std::string& text) {
    return *executor_.Run(trail_->Record(executor_, Members().Text("text", text).Take()));
  }
  // The records but those with which each segment begins.
  std::vector<std::string> Records() {
    std::vector<std::string> records = place_.Records();
    std::erase_if(records, [](const std::string& line) { return absl::StrContains(line, R"("kind":"segment")"); });
    return records;
  }

  TestPlace place_;
  async::ManualExecutor executor_;
  std::unique_ptr<Trail> trail_;
};

TEST_F(TrailTest, ARecordIsThereWhenItsAwaitingEnds) {
  EXPECT_TRUE(Record("first").ok());
  EXPECT_THAT(Records().back(), HasSubstr("first"));
}

TEST_F(TrailTest, StartsAndStopsAreRecorded) {
  trail_.reset();
  Open();
  const auto records = Records();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_THAT(records[0], HasSubstr(R"("kind":"started","process":"primary_server")"));
  EXPECT_THAT(records[0], HasSubstr(R"("after_crash":false)"));
  EXPECT_THAT(records[1], HasSubstr(R"("kind":"stopped")"));
  EXPECT_THAT(records[2], HasSubstr(R"("kind":"started")"));
  trail_.reset();
  EXPECT_EQ(place_.Verify()->state, Verified::State::kClosed);
}

TEST_F(TrailTest, AStartAfterACrashSaysWhatWasCut) {
  trail_.reset();
  place_.WriteLog(1, /*close=*/false);
  TestPlace::Write(place_.segment(), TestPlace::Read(place_.segment()) + "{\"seq\":");
  Open();
  EXPECT_THAT(Records().back(), HasSubstr(R"("after_crash":true,"kept_records":0,"cut_bytes":7,"head_damaged":false)"));
}

TEST_F(TrailTest, ManyAtOnceAreAllThere) {
  constexpr int kRecords = 500;
  int recorded = 0;
  const auto one = [](Trail& trail, async::Executor& executor, int number, int& done) -> async::Task<> {
    const absl::Status status = co_await trail.Record(executor, Members().Number("number", number).Take());
    if (status.ok()) ++done;
  };
  for (int i = 0; i < kRecords; ++i) executor_.Spawn(one(*trail_, executor_, i, recorded));
  while (executor_.live() > 0 && executor_.WaitForWork(absl::Seconds(30))) executor_.RunUntilIdle();
  EXPECT_EQ(recorded, kRecords);
  EXPECT_EQ(Records().size(), kRecords + 1U);
}

TEST_F(TrailTest, AttemptsThatWereCountedAreRecordedFromTimeToTimeAndAtTheEnd) {
  const std::string kind = Members().Text("kind", "refused").Take();
  trail_->attempts().Count(kind, 7);
  async::CancelSignal stop;
  executor_.Spawn(trail_->RecordAttempts(executor_, stop));
  executor_.AdvanceTo(absl::Now() + 2 * Trail::kInterval);
  while (Records().size() < 2 && executor_.WaitForWork(absl::Seconds(30))) executor_.RunUntilIdle();
  EXPECT_THAT(Records().back(), HasSubstr(R"("kind":"refused","attempts":7)"));
  stop.Cancel();
  executor_.RunUntilIdle();
  trail_->attempts().Count(kind, 3);
  trail_.reset();
  const auto records = Records();
  EXPECT_THAT(records[records.size() - 2], HasSubstr(R"("attempts":3)"));
}

TEST_F(TrailTest, WhatCannotBeWrittenIsUnavailableAndCountedOnceItCan) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  ASSERT_TRUE(Record("as long as the head file").ok());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Record(std::string(250, 'x')).ok());
  const rlimit full{.rlim_cur = std::filesystem::file_size(place_.segment()) + 10, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const absl::Status refused = Record("lost");
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(trail_->failing());
  EXPECT_FALSE(Record("lost").ok());
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(Record("found").ok());
  EXPECT_FALSE(trail_->failing());
  const auto records = Records();
  EXPECT_THAT(records[records.size() - 2], HasSubstr(R"("kind":"lost","records":2)"));
  EXPECT_THAT(records.back(), HasSubstr("found"));
}

TEST_F(TrailTest, AFullQueueIsUnavailableAndCounted) {
  constexpr size_t kWaiting = 8;
  trail_.reset();
  Open(kWaiting);
  int refused = 0;
  int done = 0;
  const auto one = [](Trail& trail, async::Executor& executor, int& ended, int& failed) -> async::Task<> {
    const absl::Status status = co_await trail.Record(executor, Members().Text("kind", "a").Take());
    ++ended;
    if (absl::IsUnavailable(status)) ++failed;
  };
  // Until they come faster than they can be synced.
  while (refused == 0) {
    for (size_t i = 0; i < 3 * kWaiting; ++i) executor_.Spawn(one(*trail_, executor_, done, refused));
  }
  while (executor_.live() > 0 && executor_.WaitForWork(absl::Seconds(30))) executor_.RunUntilIdle();
  ASSERT_GT(refused, 0);
  ASSERT_TRUE(Record("after").ok());
  int lost = 0;
  for (const std::string& record : Records()) {
    const size_t at = record.find(R"("kind":"lost","records":)");
    if (at != std::string::npos) lost += std::stoi(record.substr(at + 24));
  }
  EXPECT_EQ(lost, refused);
}

}  // namespace
}  // namespace mcmig::audit
