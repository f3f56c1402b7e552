#ifndef COMMON_OPS_RELOADS_H_
#define COMMON_OPS_RELOADS_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/ops/metrics.h"

namespace mcmig::ops {

// What is told of things that are read again while a process runs. Any thread.
struct ReloadMetrics {
  // Nowhere where `metrics` is null. `what` is the value of the label `files`.
  static ReloadMetrics Of(Metrics* metrics, const char* what);
  void Succeeded(bool changed) const;
  void Failed() const;

  Counter changes;
  Counter failures;
  Gauge failing;
  Gauge last_success;
};

// Files that change while a process runs, such as renewed certificates: looks at them each second, and reads them again
// when they are others than before and stayed the same from one look to the next, so that whoever writes several files
// is not overtaken. Symbolic links are followed, which is how Kubernetes swaps whole directories.
//
// What cannot be used changes nothing: one line in the log, a metric, and the next attempt when the files change again.
// All reading is done on a thread of its own. Add before Start; Start, Stop and Now from any thread.
class Reloads {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(1);

  // `metrics`, where it is counted (nowhere where null), outlives this object.
  explicit Reloads(Metrics* metrics) : metrics_(metrics) {}
  ~Reloads() { Stop(); }
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  using Files = std::function<std::vector<std::string>()>;
  // Reads and checks everything, and only then uses it: whether that changed anything. An error, whose text may be
  // logged, means that what was read before stays in use.
  using Reload = std::function<absl::StatusOr<bool>()>;
  // `what` is a literal, for the log and the metrics' label. `files` are absolute; asked for before each look.
  void Add(const char* what, Files files, Reload reload);

  void Start();
  // Returns when nothing is read any more. Again: nothing.
  void Stop();
  // Reads everything now, changed or not, on the thread of this object.
  void Now();

  [[nodiscard]] Metrics* metrics() const { return metrics_; }

  // One look at all files, as the thread does each second; `anyway` as Now. For tests without a thread.
  void Look(bool anyway);

 private:
  struct Watched {
    const char* what = "";
    Files files;
    Reload reload;
    // What the files were at the last look, and when they were read last.
    std::string seen;
    std::string read;
    ReloadMetrics metrics;
  };
  void LookAt(Watched& watched, bool anyway);
  void Run();

  Metrics* const metrics_;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::thread thread_;
  async::Mutex mutex_;
  async::Condition woken_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool anyway_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_RELOADS_H_
