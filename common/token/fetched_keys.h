#ifndef COMMON_TOKEN_FETCHED_KEYS_H_
#define COMMON_TOKEN_FETCHED_KEYS_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/ops/metrics.h"
#include "common/token/algorithm.h"
#include "common/token/fetch_schedule.h"
#include "common/token/key_source.h"

namespace mcmig::token {

// Keys that are fetched from an identity management server over HTTPS, on a thread of their own: at the start, before
// they are old, and when a token names an unknown key, at most once an interval. That token is refused; a later one
// finds the new key. A server that is away, or answers what is no key set, leaves the keys in use for a bounded time
// (FetchLimits); after it, and before the first answer, there are none.
class FetchedKeys final : public KeySource {
 public:
  struct Place {
    std::string uri;
    // Absolute; read for each attempt.
    std::string ca_file;
  };
  // INVALID_ARGUMENT, with the field, where the URI is not as CheckHttpsUri or the file cannot be read.
  static absl::StatusOr<std::unique_ptr<FetchedKeys>> Create(Place place, Algorithms allowed,
                                                             const FetchLimits& limits = {});
  ~FetchedKeys() override;
  FetchedKeys(const FetchedKeys&) = delete;
  FetchedKeys& operator=(const FetchedKeys&) = delete;

  [[nodiscard]] std::shared_ptr<const KeySet> Keys() const override;
  void Missed() const override;
  void Keep(ops::Reloads& reloads, const char* what) override;

 private:
  FetchedKeys(Place place, Algorithms allowed, const FetchLimits& limits);
  void Run(const char* what);
  void Fetch(const char* what);
  absl::StatusOr<bool> Use(const std::string& json, std::optional<absl::Duration> freshness);

  const Place place_;
  const Algorithms allowed_;
  std::atomic<bool> stop_ = false;
  mutable async::Mutex mutex_;
  mutable async::Condition due_;
  mutable FetchSchedule schedule_ ABSL_GUARDED_BY(mutex_);
  std::string json_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  // Of the thread, but for when it is started.
  ops::ReloadMetrics metrics_;
  ops::Gauge good_until_;
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_FETCHED_KEYS_H_
