#include "common/ops/decision_lines.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

namespace mcmig::ops {
namespace {

constexpr Family kDropped = {"mcmig_decision_lines_dropped_total",
                             "Decisions that were counted but not logged, because the log was not read fast enough."};

// As glog begins a line: severity, time, thread, place. The thread is the process' first.
void AppendLine(absl::string_view text, std::string& lines) {
  static const pid_t kProcess = getpid();
  // Formatting a time costs more than the rest of the line: once for each second.
  thread_local int64_t formatted_second = -1;
  thread_local std::string formatted;
  const absl::Time now = absl::Now();
  const int64_t second = absl::ToUnixSeconds(now);
  if (second != formatted_second) {
    formatted_second = second;
    formatted = absl::FormatTime("%Y%m%d %H:%M:%S", now, absl::LocalTimeZone());
  }
  const int64_t micros = absl::ToUnixMicros(now) - second * 1'000'000;
  absl::StrAppend(&lines, "I", formatted, ".", absl::Dec(micros, absl::kZeroPad6), " ", kProcess,
                  " decision_lines.cc:1] ", text, "\n");
}

// As much as can be written: a log that cannot be is no reason to stop serving.
void WriteAll(int file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

DecisionLines::DecisionLines(int file, Metrics* metrics)
    : file_(file),
      dropped_total_(metrics != nullptr ? metrics->AddCounter(kDropped) : Counter()),
      writer_([this] { Write(); }) {}

DecisionLines::~DecisionLines() {
  {
    const async::MutexLock lock(mutex_);
    stop_ = true;
  }
  arrived_.NotifyOne();
  writer_.join();
}

void DecisionLines::Record(const DecisionEntry& entry) {
  const std::string line = LineOf(entry);
  const async::MutexLock lock(mutex_);
  if (waiting_.size() + line.size() > kMaxWaitingBytes) {
    ++dropped_;
    dropped_total_.Add();
    return;
  }
  if (waiting_.empty()) arrived_.NotifyOne();
  AppendLine(line, waiting_);
}

void DecisionLines::Write() {
  std::string lines;
  for (bool stop = false; !stop;) {
    lines.clear();
    {
      const async::MutexLock lock(mutex_);
      while (waiting_.empty() && !stop_) arrived_.Wait(mutex_);
      // The first line has come: those of the next moments go out with it.
      const absl::Time until = absl::Now() + kDelay;
      while (!stop_ && arrived_.WaitUntil(mutex_, until)) {
      }
      lines.swap(waiting_);
      if (dropped_ > 0) {
        AppendLine(
            absl::StrCat(std::exchange(dropped_, 0), " decisions are not in this log: it was not read fast enough"),
            lines);
      }
      stop = stop_;
    }
    WriteAll(file_, lines);
  }
}

}  // namespace mcmig::ops
