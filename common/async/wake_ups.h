#ifndef COMMON_ASYNC_WAKE_UPS_H_
#define COMMON_ASYNC_WAKE_UPS_H_

#include <vector>

#include "common/async/executor.h"

namespace mcmig::async {

// Parked coroutines to be resumed with one wake-up for each executor, however many they are. One thread.
class WakeUps {
 public:
  // `parked` waits on `executor`.
  void Add(Executor& executor, Parked& parked) {
    parked.next = nullptr;
    for (Chain& chain : chains_) {
      if (chain.executor != &executor) continue;
      chain.last->next = &parked;
      chain.last = &parked;
      return;
    }
    chains_.push_back({&executor, &parked, &parked});
  }
  // Resumes those of each executor in the order they were added. Once: what was added may be gone.
  void Resume() const {
    for (const Chain& chain : chains_) chain.executor->Resume(chain.first);
  }

 private:
  struct Chain {
    Executor* executor;
    Parked* first;
    Parked* last;
  };
  // A process has an executor per listener: few enough to look through.
  std::vector<Chain> chains_;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_WAKE_UPS_H_
