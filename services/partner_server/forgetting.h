#ifndef SERVICES_PARTNER_SERVER_FORGETTING_H_
#define SERVICES_PARTNER_SERVER_FORGETTING_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/register/visitor_register.h"

namespace mcmig::partner_server {

// Forgets the cancelled epochs that no answer can bring up any more, so that the visitor register does not grow with
// every user who was ever here. Thread-compatible; runs on one executor. What is referred to outlives it.
class Forgetting {
 public:
  Forgetting(migration::VisitorRegister& visitors, const async::Clock& clock) : visitors_(visitors), clock_(clock) {}

  // Far longer than any answer of a primary MC system, or repetition of a request, can be on its way.
  static constexpr absl::Duration kKept = absl::Hours(24);
  static constexpr absl::Duration kInterval = absl::Hours(1);

  // Forgets at each interval, until `stop`.
  async::Task<> Run(async::Executor& executor, async::CancelSignal& stop);
  // Once. What the register says where it cannot; CANCELLED where the server ends meanwhile.
  async::Task<absl::Status> Forget(async::Executor& executor, async::CancelSignal& stop);

 private:
  migration::VisitorRegister& visitors_;
  const async::Clock& clock_;
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_FORGETTING_H_
