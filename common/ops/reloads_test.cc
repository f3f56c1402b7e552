#include "common/ops/reloads.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/ops/testing/exposition.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

namespace fs = std::filesystem;

// One watched file; "bad" in it cannot be used.
class ReloadsTest : public ::testing::Test {
 protected:
  ReloadsTest() {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    Write("one");
    reloads_.Add("thing", [this] { return std::vector<std::string>{file_}; }, [this] { return Use(); });
    // The first two looks read what is there.
    Look(2);
  }
  void Write(const std::string& text) const {
    std::ofstream(file_ + ".new") << text;
    fs::rename(file_ + ".new", file_);
  }
  absl::StatusOr<bool> Use() {
    ++reads_;
    std::ifstream file(file_);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (text == "bad" || text.empty()) return absl::InvalidArgumentError("bad");
    const bool changed = used_ != text;
    used_ = text;
    return changed;
  }
  void Look(int times, bool anyway = false) {
    for (int i = 0; i < times; ++i) reloads_.Look(anyway);
  }
  double Value(const std::string& name) {
    return testing::ParseExposition(metrics_.Text())
        .Sum(absl::StrCat("mcmig_reload_", name), {{"files", "thing"}})
        .value_or(-1);
  }

  const std::string directory_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string file_ = directory_ + "/file";
  Metrics metrics_;
  Reloads reloads_{&metrics_};
  std::string used_;
  int reads_ = 0;
};

TEST_F(ReloadsTest, FileIsReadAgainOnlyWhereItChangedAndThenStayed) {
  EXPECT_EQ(used_, "one");
  EXPECT_EQ(reads_, 1);
  Look(3);
  EXPECT_EQ(reads_, 1);
  Write("two");
  Look(1);
  EXPECT_EQ(used_, "one");
  Look(1);
  EXPECT_EQ(used_, "two");
  Look(3);
  EXPECT_EQ(reads_, 2);
  EXPECT_EQ(Value("changes_total"), 2);
  EXPECT_EQ(Value("failing"), 0);
}

TEST_F(ReloadsTest, BadFileLeavesTheOldInUseAndIsReportedOnce) {
  Write("bad");
  Look(5);
  EXPECT_EQ(used_, "one");
  EXPECT_EQ(Value("failures_total"), 1);
  EXPECT_EQ(Value("failing"), 1);
  Write("three");
  Look(2);
  EXPECT_EQ(used_, "three");
  EXPECT_EQ(Value("failures_total"), 1);
  EXPECT_EQ(Value("failing"), 0);
}

TEST_F(ReloadsTest, FileThatWentIsAFailure) {
  fs::remove(file_);
  Look(2);
  EXPECT_EQ(used_, "one");
  EXPECT_EQ(Value("failing"), 1);
}

TEST_F(ReloadsTest, SwappedSymbolicLinkIsAChange) {
  fs::create_directories(directory_ + "/a");
  fs::create_directories(directory_ + "/b");
  std::ofstream(directory_ + "/a/file") << "in a";
  std::ofstream(directory_ + "/b/file") << "in b";
  fs::create_directory_symlink("a", directory_ + "/data");
  fs::remove(file_);
  fs::create_symlink("data/file", file_);
  Look(2);
  EXPECT_EQ(used_, "in a");
  fs::create_directory_symlink("b", directory_ + "/data.new");
  fs::rename(directory_ + "/data.new", directory_ + "/data");
  Look(2);
  EXPECT_EQ(used_, "in b");
}

TEST_F(ReloadsTest, ReadingAnywayDoesNotWait) {
  Look(1, /*anyway=*/true);
  EXPECT_EQ(reads_, 2);
  Write("two");
  Look(1, /*anyway=*/true);
  EXPECT_EQ(used_, "two");
}

TEST_F(ReloadsTest, ThreadReadsWhenAskedTo) {
  async::Mutex mutex;
  async::Condition read;
  bool done = false;
  Reloads reloads(nullptr);
  reloads.Add(
      "thing", [] { return std::vector<std::string>(); },
      [&]() -> absl::StatusOr<bool> {
        const async::MutexLock lock(mutex);
        done = true;
        read.NotifyAll();
        return true;
      });
  reloads.Start();
  reloads.Now();
  {
    const async::MutexLock lock(mutex);
    while (!done) read.Wait(mutex);
  }
  reloads.Stop();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace mcmig::ops
