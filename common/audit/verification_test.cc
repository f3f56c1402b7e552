#include "common/audit/verification.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/audit/log_test_place.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::audit {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class VerificationTest : public ::testing::Test {
 protected:
  // The lines of the only segment, changed and written back.
  template <class Change>
  void ChangeLines(Change change) {
    std::vector<std::string> lines = absl::StrSplit(TestPlace::Read(place_.segment()), '\n');
    change(lines);
    TestPlace::Write(place_.segment(), absl::StrJoin(lines, "\n"));
  }
  void ExpectDamaged(const std::string& where = "") {
    const auto verified = place_.Verify();
    ASSERT_TRUE(absl::IsDataLoss(verified.status())) << verified.status();
    EXPECT_THAT(std::string(verified.status().message()), HasSubstr(where));
  }

  TestPlace place_;
};

TEST_F(VerificationTest, AClosedLogIsWhole) {
  place_.WriteLog(3);
  const auto verified = place_.Verify();
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->state, Verified::State::kClosed);
  EXPECT_EQ(verified->first, 1U);
  EXPECT_EQ(verified->last.sequence, 4U);  // the segment's own one, and three
  EXPECT_EQ(verified->segments, 1U);
  EXPECT_EQ(verified->further_records, 0U);
}

TEST_F(VerificationTest, AnotherByteAnywhereIsFound) {
  place_.WriteLog(3);
  for (const std::string& path : {place_.segment(), place_.head()}) {
    const std::string text = TestPlace::Read(path);
    for (size_t place = 0; place < text.size(); ++place) {
      // The head file is mostly padding.
      if (text[place] == ' ' && place % 101 != 0) continue;
      // One bit, and a digit or letter in place of another, as an editor would.
      for (const char byte : {static_cast<char>(text[place] ^ 1), text[place] == '7' ? '8' : '7'}) {
        std::string changed = text;
        changed[place] = byte;
        TestPlace::Write(path, changed);
        ASSERT_TRUE(absl::IsDataLoss(place_.Verify().status())) << path << " at " << place;
      }
    }
    TestPlace::Write(path, text);
    ASSERT_TRUE(place_.Verify().ok());
  }
}

TEST_F(VerificationTest, AByteMoreOrLessIsFound) {
  place_.WriteLog(2);
  for (const std::string& path : {place_.segment(), place_.head()}) {
    const std::string text = TestPlace::Read(path);
    const size_t step = text.size() > 4096 ? 101 : 1;
    for (size_t place = 0; place <= text.size(); place += step) {
      TestPlace::Write(path, text.substr(0, place) + " " + text.substr(place));
      ASSERT_TRUE(absl::IsDataLoss(place_.Verify().status())) << path << " at " << place;
      if (place == text.size()) continue;
      TestPlace::Write(path, text.substr(0, place) + text.substr(place + 1));
      ASSERT_TRUE(absl::IsDataLoss(place_.Verify().status())) << path << " at " << place;
    }
    TestPlace::Write(path, text);
  }
}

TEST_F(VerificationTest, ADeletedLastRecordIsFound) {
  place_.WriteLog(3);
  ChangeLines([](std::vector<std::string>& lines) { lines.erase(lines.end() - 2); });
  ExpectDamaged("record 4 is missing");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(VerificationTest, ADeletedLastRecordOfACrashedLogIsFound) {
  place_.WriteLog(3, /*close=*/false);
  ASSERT_EQ(place_.Verify()->state, Verified::State::kCrashed);
  ChangeLines([](std::vector<std::string>& lines) { lines.erase(lines.end() - 2); });
  ExpectDamaged("record 4 is missing");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(VerificationTest, ADeletedLastRecordOfALogInUseIsFound) {
  const auto log = Log::Open(place_.directory(), TestPlace::kLargeSegments);
  ASSERT_EQ((*log)->Append({R"("a":1)", R"("a":2)"}).records, 2U);
  ASSERT_EQ(place_.Verify()->state, Verified::State::kInUse);
  ChangeLines([](std::vector<std::string>& lines) { lines.erase(lines.end() - 2); });
  ExpectDamaged("record 3 is missing");
}

TEST_F(VerificationTest, ADeletedRecordInBetweenIsFound) {
  place_.WriteLog(3);
  ChangeLines([](std::vector<std::string>& lines) { lines.erase(lines.begin() + 1); });
  ExpectDamaged("record 2 does not have number 2");
}

TEST_F(VerificationTest, SwappedRecordsAreFound) {
  place_.WriteLog(3);
  ChangeLines([](std::vector<std::string>& lines) { std::swap(lines[1], lines[2]); });
  ExpectDamaged("record 2 does not have number 2");
}

TEST_F(VerificationTest, ARecordThatFollowsAClosedLogIsFound) {
  place_.WriteLog(3);
  Position at = place_.Verify()->last;
  std::string text = TestPlace::Read(place_.segment());
  AppendRecord(R"("text":"well made")", at, text);
  TestPlace::Write(place_.segment(), text);
  ExpectDamaged("something follows record 4");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(VerificationTest, AnotherLogsRecordsUnderThisHeadAreFound) {
  place_.WriteLog(3);
  const TestPlace other;
  other.WriteLog(3, /*close=*/true, TestPlace::kLargeSegments, /*bytes=*/21);
  TestPlace::Write(place_.segment(), TestPlace::Read(other.segment()));
  ExpectDamaged("record 4 is not the one that the head file names");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(VerificationTest, ALogWithoutHeadFileIsFound) {
  place_.WriteLog(3);
  fs::remove(place_.head());
  EXPECT_TRUE(absl::IsNotFound(place_.Verify().status()));
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(VerificationTest, ALogThatIsGoneUnderItsHeadFileIsFound) {
  place_.WriteLog(3);
  fs::remove_all(place_.directory());
  ExpectDamaged("record 1 is missing");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(VerificationTest, NoLogIsNotFound) { EXPECT_TRUE(absl::IsNotFound(place_.Verify().status())); }

// Some segments of a few records each.
class SegmentsTest : public VerificationTest {
 protected:
  SegmentsTest() { place_.WriteLog(10, /*close=*/true, /*max_segment_bytes=*/500); }
  std::vector<Segment> Segments() { return *ListSegments(place_.directory()); }
};

TEST_F(SegmentsTest, EachIsContinuedByTheNextAndNoneIsTooLarge) {
  ASSERT_GE(Segments().size(), 4U);
  ASSERT_TRUE(place_.Verify().ok()) << place_.Verify().status();
  for (const Segment& segment : Segments()) EXPECT_LE(fs::file_size(segment.path), 500U);
  EXPECT_EQ(place_.Verify()->segments, Segments().size());
}

TEST_F(SegmentsTest, AnotherByteInAnyIsFound) {
  for (const Segment& segment : Segments()) {
    const std::string text = TestPlace::Read(segment.path);
    for (size_t place = 0; place < text.size(); ++place) {
      std::string changed = text;
      changed[place] = static_cast<char>(changed[place] ^ 1);
      TestPlace::Write(segment.path, changed);
      ASSERT_TRUE(absl::IsDataLoss(place_.Verify().status())) << segment.path << " at " << place;
    }
    TestPlace::Write(segment.path, text);
  }
}

TEST_F(SegmentsTest, AMissingOneIsFoundWhicheverItIs) {
  for (const Segment& segment : Segments()) {
    const std::string text = TestPlace::Read(segment.path);
    fs::remove(segment.path);
    ExpectDamaged();
    TestPlace::Write(segment.path, text);
  }
  ASSERT_TRUE(place_.Verify().ok());
}

TEST_F(SegmentsTest, AMissingLastOneRefusesTheStart) {
  fs::remove(place_.segment());
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(SegmentsTest, AMissingLastRecordOfTheOneBeforeRefusesTheStart) {
  const std::string before = (Segments().end() - 2)->path;
  std::string text = TestPlace::Read(before);
  text.resize(text.rfind('\n', text.size() - 2) + 1);
  TestPlace::Write(before, text);
  ExpectDamaged("does not follow");
  EXPECT_TRUE(absl::IsDataLoss(place_.Reopen()));
}

TEST_F(SegmentsTest, ARenamedOneIsFound) {
  fs::rename(place_.segment(), SegmentPath(place_.directory(), Segments().back().first + 1));
  ExpectDamaged();
  fs::rename(place_.segment(), place_.directory() + "/audit-1.jsonl");
  ExpectDamaged("is not named");
}

TEST_F(SegmentsTest, WithoutTheOldestItBeginsWhereOneSaysSo) {
  const uint64_t second = Segments()[1].first;
  fs::remove(Segments()[0].path);
  ExpectDamaged("begins with record");
  const auto verified = place_.Verify(second);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->first, second);
  EXPECT_TRUE(absl::IsDataLoss(place_.Verify(second + 1).status()));
  // And what is left is as protected as before.
  std::string text = TestPlace::Read(Segments()[0].path);
  text[text.find("xxx")] = 'y';
  TestPlace::Write(Segments()[0].path, text);
  EXPECT_TRUE(absl::IsDataLoss(place_.Verify(second).status()));
}

TEST_F(SegmentsTest, TheStartDoesNotMindThatTheOldestWasTakenAway) {
  fs::remove(Segments()[0].path);
  EXPECT_TRUE(place_.Reopen().ok());
}

}  // namespace
}  // namespace mcmig::audit
