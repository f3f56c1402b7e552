#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/workload.h"

// What is asked of the registers directly.
namespace mcmig::simulation {

void Workload::Settle(migration::Event event) {
  if (!world_.primary().up()) return;
  run_.Note(absl::StrCat("event ", event.index(), " of ", KeyOf(event).canonical_id));
  world_.primary().CatchUp();
  world_.primary().executor().Spawn(
      Keep(world_.primary_life().migrations(), world_.primary().executor(), std::move(event)));
}

async::Task<> Workload::Keep(migration::MigrationRegister& migrations, async::ManualExecutor& executor,
                             migration::Event event) {
  migration::Policy policy = world_.policy();
  policy.incarnation = migrations.incarnation();
  (void)co_await migrations.Settle(executor, std::move(event), executor, policy);
}

}  // namespace mcmig::simulation
