#include "common/audit/log.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/audit/log_test_place.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::audit {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class LogTest : public ::testing::Test {
 protected:
  std::unique_ptr<Log> Open(uint64_t max_segment_bytes = TestPlace::kLargeSegments) {
    auto log = Log::Open(place_.directory(), max_segment_bytes);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  static std::string Numbered(int number) { return absl::StrCat(R"("number":)", number); }
  // The record that would come next.
  std::string NextRecord(uint64_t records = 1) {
    Position at = place_.Verify()->last;
    std::string lines;
    for (uint64_t i = 0; i < records; ++i) AppendRecord(R"("text":"unacknowledged")", at, lines);
    return lines;
  }
  void AddToSegment(absl::string_view bytes) {
    TestPlace::Write(place_.segment(), absl::StrCat(TestPlace::Read(place_.segment()), bytes));
  }

  TestPlace place_;
};

TEST_F(LogTest, RecordsComeInOrderOverManyOpenings) {
  for (int i = 0; i < 3; ++i) {
    const auto log = Open();
    EXPECT_FALSE(log->recovered().crashed);
    EXPECT_EQ(log->Append({Numbered(2 * i), Numbered(2 * i + 1)}).records, 2U);
    ASSERT_TRUE(log->Close().ok());
  }
  const std::vector<std::string> records = place_.Records();
  ASSERT_EQ(records.size(), 7U);
  EXPECT_THAT(records[0], HasSubstr(R"("kind":"segment")"));
  for (int i = 0; i < 6; ++i) EXPECT_THAT(records[static_cast<size_t>(i) + 1], HasSubstr(Numbered(i)));
}

TEST_F(LogTest, AnEmptyLogIsWholeAfterACrash) {
  {
    const auto log = Open();
  }
  EXPECT_EQ(place_.Verify()->state, Verified::State::kCrashed);
  EXPECT_TRUE(place_.Reopen().ok());
}

TEST_F(LogTest, ATornTailOfAnyLengthIsCutAndSaidSo) {
  place_.WriteLog(2, /*close=*/false);
  const std::string whole = TestPlace::Read(place_.segment());
  const std::string next = NextRecord();
  for (size_t length = 1; length < next.size(); ++length) {
    AddToSegment(next.substr(0, length));
    const auto torn = place_.Verify();
    ASSERT_TRUE(torn.ok()) << torn.status();
    ASSERT_EQ(torn->further_bytes, length);
    const auto log = Open();
    ASSERT_NE(log, nullptr);
    ASSERT_TRUE(log->recovered().crashed);
    ASSERT_EQ(log->recovered().cut_bytes, length);
    ASSERT_EQ(log->recovered().kept_records, 0U);
    ASSERT_EQ(TestPlace::Read(place_.segment()), whole);
  }
}

TEST_F(LogTest, BytesThatWereNeverWrittenAreCut) {
  place_.WriteLog(2, /*close=*/false);
  // As a file system leaves a block that was assigned and not written.
  AddToSegment(std::string(5000, '\0'));
  EXPECT_EQ(Open()->recovered().cut_bytes, 5000U);
  EXPECT_EQ(place_.Verify()->further_bytes, 0U);
}

TEST_F(LogTest, WholeRecordsBehindTheHeadAreKept) {
  place_.WriteLog(2, /*close=*/false);
  AddToSegment(absl::StrCat(NextRecord(2), "torn"));
  EXPECT_EQ(place_.Verify()->further_records, 2U);
  const auto log = Open();
  EXPECT_EQ(log->recovered().kept_records, 2U);
  EXPECT_EQ(log->recovered().cut_bytes, 4U);
  EXPECT_EQ(log->Append({Numbered(1)}).records, 1U);
  // Now they are among those that may not be missing.
  EXPECT_EQ(place_.Verify()->last.sequence, 6U);
}

TEST_F(LogTest, ACrashBetweenSegmentAndHeadLosesNothing) {
  place_.WriteLog(4, /*close=*/false, /*max_segment_bytes=*/300);
  const std::string head = TestPlace::Read(place_.head());
  const uint64_t before = place_.Verify()->last.sequence;
  {
    const auto log = Open(/*max_segment_bytes=*/300);
    ASSERT_EQ(log->Append(std::vector<std::string>(5, R"("text":"in several segments")")).records, 5U);
  }
  const uint64_t after = place_.Verify()->last.sequence;
  TestPlace::Write(place_.head(), head);
  EXPECT_EQ(place_.Verify()->further_records, after - before);
  EXPECT_EQ(Open()->recovered().kept_records, after - before);
  EXPECT_EQ(place_.Verify()->last.sequence, after);
}

TEST_F(LogTest, ASegmentThatWasJustBegunIsTakenAway) {
  place_.WriteLog(2, /*close=*/false);
  Position at = place_.Verify()->last;
  const uint64_t next = at.sequence + 1;
  std::string first;
  AppendRecord(absl::StrCat(PreviousMember(at.chain), R"(,"kind":"segment")"), at, first);
  for (const size_t length : {size_t{0}, size_t{10}, first.size() - 1}) {
    TestPlace::Write(SegmentPath(place_.directory(), next), first.substr(0, length));
    ASSERT_TRUE(place_.Verify().ok()) << place_.Verify().status();
    ASSERT_EQ(Open()->recovered().cut_bytes, length);
    ASSERT_FALSE(fs::exists(SegmentPath(place_.directory(), next)));
  }
  EXPECT_EQ(Open()->Append({Numbered(1)}).records, 1U);
  EXPECT_TRUE(place_.Verify().ok()) << place_.Verify().status();
}

TEST_F(LogTest, OneDamagedCopyOfTheHeadIsMadeAnew) {
  place_.WriteLog(2, /*close=*/false);
  const std::string head = TestPlace::Read(place_.head());
  for (const size_t copy : {size_t{0}, size_t{4096}}) {
    std::string torn = head;
    torn.replace(copy, 512, std::string(512, '\0'));
    TestPlace::Write(place_.head(), torn);
    ASSERT_TRUE(absl::IsDataLoss(place_.Verify().status()));
    const auto log = Open();
    ASSERT_NE(log, nullptr);
    ASSERT_TRUE(log->recovered().head_damaged);
    ASSERT_TRUE(place_.Verify().ok()) << place_.Verify().status();
  }
  TestPlace::Write(place_.head(), std::string(8192, '\0'));
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(LogTest, ACrashAtTheVeryBeginIsOne) {
  for (const size_t bytes : {0, 4096, 8192}) {
    TestPlace::Write(place_.head(), std::string(bytes, '\0'));
    EXPECT_TRUE(place_.Reopen().ok());
  }
  TestPlace::Write(place_.head(), "somebody was here");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(LogTest, ALogHasOneWriter) {
  const auto log = Open();
  EXPECT_THAT(std::string(place_.Reopen().message()), HasSubstr("another process writes this audit log"));
}

TEST_F(LogTest, AGroupLargerThanASegmentGoesIntoSeveral) {
  const auto log = Open(/*max_segment_bytes=*/600);
  EXPECT_EQ(log->Append(std::vector<std::string>(20, absl::StrCat(R"("text":")", std::string(50, 'x'), "\""))).records,
            20U);
  EXPECT_GT(place_.Verify()->segments, 4U);
}

TEST_F(LogTest, ARecordLargerThanASegmentHasOneOfItsOwn) {
  const auto log = Open(/*max_segment_bytes=*/300);
  const std::string large = absl::StrCat(R"("text":")", std::string(1000, 'x'), "\"");
  EXPECT_EQ(log->Append({large, Numbered(1), large}).records, 3U);
  EXPECT_TRUE(place_.Verify().ok()) << place_.Verify().status();
}

TEST_F(LogTest, WithoutAPlaceItIsRefused) {
  EXPECT_FALSE(Log::Open("/proc/nowhere/audit", TestPlace::kLargeSegments).ok());
  TestPlace::Write(place_.directory(), "a file");
  EXPECT_FALSE(place_.Reopen().ok());
}

// Files can only grow up to a limit, as on a full disk.
class FullDiskTest : public LogTest {
 protected:
  FullDiskTest() {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
  }
  void TearDown() override { MakeRoom(); }
  void FillUp(uint64_t limit) {
    const rlimit full{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  }
  void MakeRoom() { setrlimit(RLIMIT_FSIZE, &before_); }

  rlimit before_{};
  const std::string large_ = absl::StrCat(R"("text":")", std::string(20'000, 'x'), "\"");
};

TEST_F(FullDiskTest, NothingIsRecordedInPartAndItGoesOnWhenThereIsRoom) {
  const auto log = Open();
  ASSERT_EQ(log->Append({large_}).records, 1U);
  const Position last = log->last();
  FillUp(fs::file_size(place_.segment()) + 100);
  for (int i = 0; i < 3; ++i) {
    const Log::Appended appended = log->Append({Numbered(i), large_});
    EXPECT_EQ(appended.records, 0U);
    EXPECT_TRUE(absl::IsUnavailable(appended.status)) << appended.status;
    EXPECT_EQ(log->last(), last);
    EXPECT_TRUE(place_.Verify().ok()) << place_.Verify().status();
  }
  MakeRoom();
  EXPECT_EQ(log->Append({Numbered(1), large_}).records, 2U);
  EXPECT_TRUE(log->Close().ok());
  EXPECT_EQ(place_.Records().size(), 4U);
}

TEST_F(FullDiskTest, ASegmentThatCannotBeBegunIsTriedAgain) {
  const auto log = Open(/*max_segment_bytes=*/21'000);
  ASSERT_EQ(log->Append({large_}).records, 1U);
  FillUp(100);
  EXPECT_EQ(log->Append({large_}).records, 0U);
  EXPECT_EQ(ListSegments(place_.directory())->size(), 1U);
  MakeRoom();
  EXPECT_EQ(log->Append({large_}).records, 1U);
  EXPECT_EQ(ListSegments(place_.directory())->size(), 2U);
  EXPECT_TRUE(place_.Verify().ok()) << place_.Verify().status();
}

TEST_F(FullDiskTest, AfterAHeadThatCouldNotBeWrittenNothingIsUntilTheNextStart) {
  auto log = Open();
  ASSERT_EQ(log->Append({Numbered(1)}).records, 1U);
  // Room for the segment, and not for either copy of the head as a whole.
  FillUp(2000);
  EXPECT_EQ(log->Append({Numbered(2)}).records, 0U);
  MakeRoom();
  EXPECT_EQ(log->Append({Numbered(3)}).records, 0U);
  EXPECT_FALSE(log->Close().ok());
  log.reset();
  log = Open();
  // It was durable before its head was written.
  EXPECT_EQ(log->recovered().kept_records, 1U);
  EXPECT_EQ(log->Append({Numbered(4)}).records, 1U);
  EXPECT_EQ(place_.Records().size(), 4U);
}

}  // namespace
}  // namespace mcmig::audit
