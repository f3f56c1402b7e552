#ifndef SERVICES_PRIMARY_SERVER_EXPIRY_H_
#define SERVICES_PRIMARY_SERVER_EXPIRY_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/audit/trail.h"
#include "common/register/migration_register.h"
#include "common/register/transition.h"

namespace mcmig::primary_server {

// Takes users back whose migration has lasted as long as it was authorized for, and Policy::clock_skew longer: by then
// the partner MC system serves them no more (an extension). Several servers may do so on one store. Thread-compatible.
class Expiry {
 public:
  // What is referred to outlives this object. `trail` (may be null): where it is recorded whom it took back.
  Expiry(migration::MigrationRegister& migrations, migration::Policy policy, const async::Clock& clock,
         audit::Trail* trail = nullptr)
      : migrations_(migrations), policy_(policy), clock_(clock), trail_(trail) {}

  // Sweeps each second until `stop`.
  async::Task<> Run(async::Executor& executor, async::CancelSignal& stop);
  // Takes back all whose time is over now; how many. Errors as MigrationRegister: some may have been taken back.
  async::Task<absl::StatusOr<size_t>> Sweep(async::Executor& executor);

 private:
  struct Page {
    size_t expired = 0;
    absl::Status failure;
  };
  async::Task<> ExpireOne(async::Executor& executor, migration::UserKey key, Page& page);

  migration::MigrationRegister& migrations_;
  const migration::Policy policy_;
  const async::Clock& clock_;
  audit::Trail* const trail_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_EXPIRY_H_
