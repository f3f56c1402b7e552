#ifndef SERVICES_PARTNER_SERVER_COMPARISON_FENCE_H_
#define SERVICES_PARTNER_SERVER_COMPARISON_FENCE_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "common/async/mutex.h"
#include "common/identity/peer.h"

namespace mcmig::partner_server {

// Keeps an answer that a primary MC system has forgotten from installing a visitor.
//
// A primary whose register was restored asks whom of its users this MC system serves, before it authorizes anybody. A
// success that it gave before, and that is still on its way then, would install a visitor afterwards of whom it knows
// nothing. So an answer counts only if it was asked for after the last comparison: else the request is repeated, which
// gets the same answer where the primary still has it. Of one process: several that share a register fence each its own
// answers. Bounded by the MC systems of the system table. Thread-safe.
class ComparisonFence {
 public:
  // A visitor is being installed, as long as this lives. The fence outlives it.
  class Installing {
   public:
    Installing(const Installing&) = delete;
    Installing& operator=(const Installing&) = delete;
    Installing(Installing&& from) noexcept
        : fence_(from.fence_), primary_(std::move(from.primary_)), asked_(from.asked_) {
      from.fence_ = nullptr;
    }
    Installing& operator=(Installing&&) = delete;
    ~Installing() {
      if (fence_ != nullptr) fence_->End(primary_, asked_);
    }

   private:
    friend class ComparisonFence;
    Installing(ComparisonFence& fence, identity::SystemName primary, uint64_t asked)
        : fence_(&fence), primary_(std::move(primary)), asked_(asked) {}
    ComparisonFence* fence_;
    identity::SystemName primary_;
    uint64_t asked_;
  };

  // How many comparisons there were: what a request that is sent now is asked at.
  uint64_t Comparisons(const identity::SystemName& primary) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing where there was a comparison since the answer was `asked` for.
  std::optional<Installing> Begin(const identity::SystemName& primary, uint64_t asked) ABSL_LOCKS_EXCLUDED(mutex_);
  // `primary` compares: no answer that was asked for before begins any more.
  void Raise(const identity::SystemName& primary) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether all that began before the last comparison has ended, so that the register holds it.
  bool Settled(const identity::SystemName& primary) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void End(const identity::SystemName& primary, uint64_t asked) ABSL_LOCKS_EXCLUDED(mutex_);

  struct State {
    uint64_t comparisons = 0;
    int installing = 0;
    int of_before = 0;  // those that began before the last comparison
  };
  mutable async::Mutex mutex_;
  absl::flat_hash_map<identity::SystemName, State> states_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_COMPARISON_FENCE_H_
