#include "common/ops/reloads.h"

#include <glog/logging.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace mcmig::ops {
namespace {

constexpr Family kChanges = {"mcmig_reload_changes_total",
                             "How often files that changed were read again and are now in use."};
constexpr Family kFailures = {
    "mcmig_reload_failures_total",
    "How often files that changed could not be used, and what was read before stayed in use."};
constexpr Family kFailing = {"mcmig_reload_failing", "1 while the files are others than what is in use, else 0."};
constexpr Family kLastSuccess = {"mcmig_reload_last_success_timestamp_seconds",
                                 "When the files were read last and are in use, since the Unix epoch."};

// What tells a file from the one that was there before, without reading it.
std::string StateOf(const std::vector<std::string>& files) {
  std::string state;
  for (const std::string& file : files) {
    struct stat now{};
    if (stat(file.c_str(), &now) != 0) {
      absl::StrAppend(&state, file, " none\n");
      continue;
    }
    absl::StrAppend(&state, file, " ", now.st_dev, " ", now.st_ino, " ", now.st_size, " ", now.st_mtim.tv_sec, ".",
                    now.st_mtim.tv_nsec, " ", now.st_ctim.tv_sec, ".", now.st_ctim.tv_nsec, "\n");
  }
  return state;
}

}  // namespace

ReloadMetrics ReloadMetrics::Of(Metrics* metrics, const char* what) {
  ReloadMetrics made;
  if (metrics == nullptr) return made;
  made.changes = metrics->AddCounter(kChanges, {{"files", what}});
  made.failures = metrics->AddCounter(kFailures, {{"files", what}});
  made.failing = metrics->AddGauge(kFailing, {{"files", what}});
  made.last_success = metrics->AddGauge(kLastSuccess, {{"files", what}});
  return made;
}

void ReloadMetrics::Succeeded(bool changed) const {
  if (changed) changes.Add();
  failing.Set(0);
  last_success.Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
}

void ReloadMetrics::Failed() const {
  failures.Add();
  failing.Set(1);
}

void Reloads::Add(const char* what, Files files, Reload reload) {
  auto watched = std::make_unique<Watched>();
  watched->what = what;
  watched->files = std::move(files);
  watched->reload = std::move(reload);
  watched->metrics = ReloadMetrics::Of(metrics_, what);
  // They were read at the start.
  watched->metrics.Succeeded(/*changed=*/false);
  watched_.push_back(std::move(watched));
}

void Reloads::LookAt(Watched& watched, bool anyway) {
  const std::string state = StateOf(watched.files());
  const bool quiet = state == watched.seen;
  watched.seen = state;
  if (!anyway && (!quiet || state == watched.read)) return;
  const absl::StatusOr<bool> changed = watched.reload();
  if (!changed.ok()) {
    // Half of the old and half of the new files: the next look finds them whole.
    if (!anyway && StateOf(watched.files()) != state) return;
    LOG(ERROR) << "cannot reload " << watched.what
               << ", what was read before stays in use: " << changed.status().message();
    watched.metrics.Failed();
  } else {
    watched.metrics.Succeeded(*changed);
    if (*changed || anyway) LOG(INFO) << "reloaded " << watched.what << (*changed ? "" : ": nothing new");
  }
  watched.read = state;
}

void Reloads::Look(bool anyway) {
  for (const auto& watched : watched_) LookAt(*watched, anyway);
}

void Reloads::Run() {
  while (true) {
    bool anyway = false;
    {
      const async::MutexLock lock(mutex_);
      const absl::Time next = absl::Now() + kInterval;
      while (!stopping_ && !anyway_ && woken_.WaitUntil(mutex_, next)) {
      }
      if (stopping_) return;
      anyway = std::exchange(anyway_, false);
    }
    Look(anyway);
  }
}

void Reloads::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Reloads::Stop() {
  if (!thread_.joinable()) return;
  {
    const async::MutexLock lock(mutex_);
    stopping_ = true;
  }
  woken_.NotifyAll();
  thread_.join();
}

void Reloads::Now() {
  const async::MutexLock lock(mutex_);
  anyway_ = true;
  woken_.NotifyAll();
}

}  // namespace mcmig::ops
