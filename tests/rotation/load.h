#ifndef TESTS_ROTATION_LOAD_H_
#define TESTS_ROTATION_LOAD_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/async/mutex.h"
#include "tests/harness/stubs.h"

namespace mcmig::rotation {

// Migrating clients, each with a connection and a share of the users of its own, that ask for one user after the other
// until they are stopped. They try nothing twice: each call that does not succeed is a failure.
class Load {
 public:
  // One call for a user, by its number; on any client's thread.
  using Call = std::function<harness::Answer(const std::shared_ptr<grpc::Channel>& channel, int user)>;
  // `users` is a multiple of `clients`.
  Load(harness::Deployment& deployment, int clients, int users, Call call);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { Stop(); }

  // Waits until so many more calls have ended.
  void Await(int calls) const;
  void Stop();
  [[nodiscard]] int asked() const { return asked_; }
  // The first few.
  [[nodiscard]] std::vector<std::string> failures() const;

 private:
  void Run(const std::shared_ptr<grpc::Channel>& channel, int first, int count);

  const Call call_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> asked_ = 0;
  mutable async::Mutex mutex_;
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace mcmig::rotation

#endif  // TESTS_ROTATION_LOAD_H_
