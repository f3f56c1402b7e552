#include "common/ops/decision_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <utility>

#include "common/ops/testing/exposition.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends_[0]);
    CloseIn();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] int in() const { return ends_[1]; }
  void CloseIn() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }
  // Waits for something to read; empty where it is closed.
  [[nodiscard]] std::string Read() const {
    std::string some(1 << 20, 0);
    const ssize_t size = read(ends_[0], some.data(), some.size());
    some.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return some;
  }

 private:
  std::array<int, 2> ends_{};
};

DecisionEntry Refused(const char* rule) {
  DecisionEntry entry;
  entry.role = "primary_server";
  entry.decision.cause = protocol::Cause::kProfileDisabled;
  entry.decision.rule = rule;
  return entry;
}

TEST(DecisionLinesTest, ALineIsOutByItselfAndLooksLikeGlogs) {
  const Pipe pipe;
  DecisionLines lines(pipe.in());
  lines.Record(Refused("step6.profile_enabled"));
  EXPECT_THAT(pipe.Read(), MatchesRegex("I[0-9]{8} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6} [0-9]+ "
                                        "decision_lines.cc:1\\] decision .* rule=step6.profile_enabled .*\n"));
}

TEST(DecisionLinesTest, AllAreOutAtTheEndInOrder) {
  const Pipe pipe;
  {
    DecisionLines lines(pipe.in());
    for (const char* rule : {"a", "b", "c"}) lines.Record(Refused(rule));
  }
  EXPECT_THAT(pipe.Read(), MatchesRegex("[^\n]* rule=a [^\n]*\n[^\n]* rule=b [^\n]*\n[^\n]* rule=c [^\n]*\n"));
}

TEST(DecisionLinesTest, ALogThatNobodyReadsStopsNobodyAndSaysWhatIsMissing) {
  Pipe pipe;
  Metrics metrics;
  std::string out;
  std::thread reader;
  {
    DecisionLines lines(pipe.in(), &metrics);
    const DecisionEntry entry = Refused("step6.profile_enabled");
    // More than may wait and than a pipe holds.
    constexpr size_t kRecords = 2 * DecisionLines::kMaxWaitingBytes / 100;
    for (size_t i = 0; i < kRecords; ++i) lines.Record(entry);
    reader = std::thread([&] {
      for (std::string some = pipe.Read(); !some.empty(); some = pipe.Read()) out += some;
    });
  }
  pipe.CloseIn();
  reader.join();
  EXPECT_THAT(out, HasSubstr(" decisions are not in this log: it was not read fast enough\n"));
  EXPECT_GT(testing::ParseExposition(metrics.Text()).Sum("mcmig_decision_lines_dropped_total", {}), 0);
}

TEST(DecisionLinesTest, ALogThatCannotBeWrittenIsNotWaitedFor) {
  DecisionLines lines(-1);
  lines.Record(Refused("a"));
}

}  // namespace
}  // namespace mcmig::ops
