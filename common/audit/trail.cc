#include "common/audit/trail.h"

#include <glog/logging.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/sleep.h"
#include "common/audit/json.h"
#include "common/ops/version.h"
#include "common/register/commit_metrics.h"

namespace mcmig::audit {
namespace {

std::string Event(absl::string_view kind) { return Members().Time("time", absl::Now()).Text("kind", kind).Take(); }

std::string Started(const std::string& process, const Recovered& recovered) {
  Members members;
  members.Time("time", absl::Now()).Text("kind", "started").Text("process", process);
  members.Text("version", ops::kVersion).Text("commit", ops::kCommit).Flag("after_crash", recovered.crashed);
  if (recovered.crashed) {
    members.Number("kept_records", recovered.kept_records).Number("cut_bytes", recovered.cut_bytes);
    members.Flag("head_damaged", recovered.head_damaged);
  }
  return members.Take();
}

std::string Counted(const Attempts::Counted& counted) {
  return absl::StrCat(Timed(absl::Now(), counted.members), ",", Members().Number("attempts", counted.attempts).Take());
}

}  // namespace

std::string Timed(absl::Time now, absl::string_view members) {
  return absl::StrCat(Members().Time("time", now).Take(), ",", members);
}

absl::StatusOr<std::unique_ptr<Trail>> Trail::Open(const std::string& directory, uint64_t max_segment_bytes,
                                                   const std::string& process, ops::Metrics* metrics,
                                                   size_t max_waiting) {
  absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(directory, max_segment_bytes);
  if (!log.ok()) return log.status();
  const Recovered& recovered = (*log)->recovered();
  if (recovered.crashed) {
    LOG(WARNING) << "the audit log was not closed; kept " << recovered.kept_records
                 << " records that nobody was told of, cut " << recovered.cut_bytes << " bytes of an unfinished one";
  }
  Log::Appended started = (*log)->Append({Started(process, recovered)});
  if (!started.status.ok()) return started.status;
  return std::unique_ptr<Trail>(new Trail(*std::move(log), process, metrics, max_waiting));
}

Trail::Trail(std::unique_ptr<Log> log, std::string process, ops::Metrics* metrics, size_t max_waiting)
    : log_(std::move(log)),
      process_(std::move(process)),
      commits_(std::make_unique<Commits>([this](std::vector<std::string> members) { return Write(std::move(members)); },
                                         max_waiting, migration::CommitMetrics(metrics, "audit"))) {}

Trail::~Trail() {
  commits_.reset();
  std::vector<std::string> last;
  for (const Attempts::Counted& counted : attempts_->Take()) last.push_back(Counted(counted));
  last.push_back(Event("stopped"));
  Write(std::move(last));
  if (const absl::Status closed = log_->Close(); !closed.ok()) LOG(ERROR) << "the audit log: " << closed.message();
}

async::Task<absl::Status> Trail::Record(async::Executor& executor, std::string members) {
  const absl::StatusOr<uint64_t> written = co_await commits_->Commit(executor, std::move(members));
  if (written.ok()) co_return absl::OkStatus();
  // Of a full queue, which the writer has not seen.
  if (!absl::IsUnavailable(written.status())) ++lost_;
  co_return absl::UnavailableError("the audit log cannot be written, and nothing is done without it");
}

async::Task<> Trail::RecordDone(Trail* trail, async::Executor& executor, std::string members) {
  if (trail == nullptr) co_return;
  [[maybe_unused]] const absl::Status recorded = co_await trail->Record(executor, std::move(members));
}

async::Task<> Trail::RecordAttempts(async::Executor& executor, async::CancelSignal& stop) {
  for (;;) {
    const bool reached = co_await async::Sleep(executor, absl::Now() + kInterval, &stop);
    if (!reached) co_return;
    for (const Attempts::Counted& counted : attempts_->Take()) {
      const absl::Status recorded = co_await Record(executor, Counted(counted));
      if (!recorded.ok()) attempts_->Count(counted.members, counted.attempts);
    }
  }
}

std::vector<absl::StatusOr<uint64_t>> Trail::Write(std::vector<std::string> members) {
  const size_t asked = members.size();
  const uint64_t lost = lost_.load();
  const size_t before = lost > 0 ? 1 : 0;
  if (lost > 0) {
    members.insert(members.begin(), absl::StrCat(Event("lost"), ",", Members().Number("records", lost).Take()));
  }
  const Log::Appended appended = log_->Append(members);
  if (appended.records >= before) lost_ -= lost;
  const size_t written = appended.records - std::min(appended.records, before);
  lost_ += asked - written;
  const bool failed = !appended.status.ok();
  if (failed && !failing_) LOG(ERROR) << "the audit log cannot be written: " << appended.status.message();
  if (!failed && failing_) LOG(WARNING) << "the audit log is written again";
  failing_ = failed;
  std::vector<absl::StatusOr<uint64_t>> results;
  results.reserve(asked);
  for (size_t i = 0; i < asked; ++i) {
    if (i < written) {
      results.emplace_back(uint64_t{1});
    } else {
      results.emplace_back(absl::UnavailableError("not recorded"));
    }
  }
  return results;
}

}  // namespace mcmig::audit
