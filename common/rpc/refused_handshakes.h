#ifndef COMMON_RPC_REFUSED_HANDSHAKES_H_
#define COMMON_RPC_REFUSED_HANDSHAKES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "common/async/mutex.h"
#include "common/audit/attempts.h"

namespace mcmig::rpc {

// Counts the callers of one listener whose certificate its TLS handshake refused, as invalid access attempts (TS 22.280
// R-6.1-004). Where nobody keeps an audit log, nowhere. gRPC may keep it longer than the listener. Thread-safe.
class RefusedHandshakes {
 public:
  // `members` is what the audit log records of one.
  explicit RefusedHandshakes(std::string members) : members_(std::move(members)) {}

  void CountIn(std::shared_ptr<audit::Attempts> attempts) ABSL_LOCKS_EXCLUDED(mutex_) {
    const async::MutexLock lock(mutex_);
    attempts_ = std::move(attempts);
  }
  void Count() ABSL_LOCKS_EXCLUDED(mutex_) {
    const async::MutexLock lock(mutex_);
    if (attempts_ != nullptr) attempts_->Count(members_, 1);
  }

 private:
  const std::string members_;
  async::Mutex mutex_;
  std::shared_ptr<audit::Attempts> attempts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_REFUSED_HANDSHAKES_H_
