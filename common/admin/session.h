#ifndef COMMON_ADMIN_SESSION_H_
#define COMMON_ADMIN_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/sleep.h"
#include "common/async/task.h"

namespace mcmig::admin {

// Work that a caller drives page by page, and that holds something dear meanwhile: one at a time, its pages in order,
// and given up where the next page is not asked for in time. The executor's thread only; the executor ends before this
// object.
template <class Work>
class Session {
 public:
  static constexpr absl::Duration kMaxIdle = absl::Minutes(1);

  // `clock` outlives this object.
  explicit Session(const async::Clock& clock) : clock_(clock) {}

  // The work to do the page at `place` with, as Next gave it. Empty: begins, with what `make` gives, whose error is
  // handed on. UNAVAILABLE where another is under way; FAILED_PRECONDITION where `place` is not the next.
  template <class Make>
  absl::StatusOr<Work*> At(async::Executor& executor, absl::string_view place, const Make& make) {
    if (place.empty()) {
      if (work_ != nullptr) {
        return absl::UnavailableError("another one is under way; it ends, or is given up after a minute");
      }
      absl::StatusOr<std::unique_ptr<Work>> made = make();
      if (!made.ok()) return made.status();
      work_ = *std::move(made);
      started_ = last_ = clock_.Now();
      pages_ = 0;
      if (!std::exchange(watched_, true)) executor.Spawn(GiveUpWhenIdle(executor));
    } else if (work_ == nullptr || place != Place()) {
      return absl::FailedPreconditionError("not the next page, or asked for too late; begin anew");
    }
    last_ = clock_.Now();
    return work_.get();
  }
  // A page was done: the place of the next one.
  std::string Next() {
    ++pages_;
    return Place();
  }
  // That was the last, or it failed.
  void End() { work_.reset(); }

 private:
  [[nodiscard]] std::string Place() const { return absl::StrCat(absl::ToUnixNanos(started_), ".", pages_); }

  async::Task<> GiveUpWhenIdle(async::Executor& executor) {
    bool waits = true;
    while (waits && work_ != nullptr && clock_.Now() < last_ + kMaxIdle) {
      waits = co_await async::Sleep(executor, last_ + kMaxIdle, nullptr);
    }
    work_.reset();
    watched_ = false;
  }

  const async::Clock& clock_;
  std::unique_ptr<Work> work_;
  absl::Time started_;
  absl::Time last_;
  uint64_t pages_ = 0;
  bool watched_ = false;
};

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_SESSION_H_
