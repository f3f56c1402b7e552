#ifndef SERVICES_PRIMARY_SERVER_RECHECK_H_
#define SERVICES_PRIMARY_SERVER_RECHECK_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/audit/trail.h"
#include "common/register/migration_register.h"
#include "common/register/transition.h"

namespace mcmig::primary_server {

// Takes back the migrated users whom step 6, with the profile and the partner MC system on record, no longer permits.
// Extension. Whoever changed what step 6 reads asks for it afterwards; repeating it is safe. Thread-safe.
class Recheck {
 public:
  // Users looked at without a pause, and the pause after them: about a tenth of a thread while it lasts.
  static constexpr size_t kPage = 50;
  static constexpr absl::Duration kPause = absl::Milliseconds(10);
  // After an error of the register.
  static constexpr absl::Duration kPauseAfterError = absl::Seconds(5);

  // What is referred to outlives this object. `trail` (may be null): where it is recorded whom it took back.
  Recheck(migration::MigrationRegister& migrations, const async::Clock& clock, const migration::Policy& policy,
          audit::Trail* trail = nullptr)
      : migrations_(migrations), clock_(clock), policy_(policy), trail_(trail) {}

  // True: the user was migrated and has been taken back, durably. Errors as MigrationRegister::Settle.
  async::Task<absl::StatusOr<bool>> CheckUser(async::Executor& executor, migration::UserKey key) const;

  struct Count {
    uint64_t checked = 0;
    uint64_t taken_back = 0;
  };
  // Every user who is migrated to `partner`, or to any MC system where that is empty. In the background: a page at a
  // time, with pauses; goes on where the register failed. CANCELLED where the executor stops first.
  async::Task<absl::StatusOr<Count>> CheckAll(async::Executor& executor, identity::SystemName partner) const;

 private:
  migration::MigrationRegister& migrations_;
  const async::Clock& clock_;
  const migration::Policy policy_;
  audit::Trail* const trail_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_RECHECK_H_
