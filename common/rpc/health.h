#ifndef COMMON_RPC_HEALTH_H_
#define COMMON_RPC_HEALTH_H_

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "common/async/mutex.h"

namespace mcmig::rpc {

// What grpc.health.v1 answers about a process: one state for all of it. Shared by its listeners. Any thread.
//
// Only Check is served. Watch answers UNIMPLEMENTED: Kubernetes' probes and load balancers with a Check do not use it,
// and the state changes once in the life of a process.
class Health {
 public:
  enum class State { kUnknownService, kServing, kNotServing };

  // `service` is a full name such as "mcmig.v1.PrimaryMcServiceServer".
  void AddService(absl::string_view service);
  // False at first. True once every listener serves, false again from the start of draining.
  void SetServing(bool serving);
  // The state of an added service, or with an empty name of the process.
  [[nodiscard]] State Of(absl::string_view service) const;

 private:
  mutable async::Mutex mutex_;
  std::set<std::string> services_ ABSL_GUARDED_BY(mutex_);
  bool serving_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_HEALTH_H_
