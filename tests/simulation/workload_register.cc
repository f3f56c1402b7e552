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

// The partner MC system ends a migration, which may have been another's by then.
void Workload::End() {
  const UserKey user = User(AnyUser());
  const std::string& partner = AnyPartner();
  const std::optional<Epoch> epoch = world_.model().VisitorAt(partner, user);
  if (!epoch) return;
  world_.model().Ends(partner, user, *epoch);
  run_.events.After(run_.dice.Between(absl::Milliseconds(1), absl::Seconds(60)), [this, user, partner, epoch] {
    Process& process = world_.partner(partner);
    if (!process.up()) return;
    process.CatchUp();
    process.executor().Spawn(Cancel(partner, {.partner_system = partner, .key = user, .epoch = *epoch, .at = {}}));
  });
}

void Workload::Expire() {
  if (!world_.primary().up()) return;
  const auto expired = world_.primary_life().migrations().ListExpired(world_.primary().executor().Now(), 100);
  if (!expired.ok()) return;
  for (const UserKey& user : *expired) Settle(migration::Expire{.key = user});
}

void Workload::Deliver() {
  if (!world_.primary().up()) return;
  for (const std::string& partner : kPartners) {
    const auto entries = world_.primary_life().migrations().ListOutbox(partner, 0, 100);
    Process& process = world_.partner(partner);
    if (!entries.ok() || !process.up() || world_.network().Parted(kPrimary, partner)) continue;
    process.CatchUp();
    for (const migration::OutboxEntry& entry : *entries) process.executor().Spawn(Cancel(partner, entry));
  }
}

async::Task<> Workload::Cancel(std::string partner, migration::OutboxEntry entry) {
  async::ManualExecutor& executor = world_.partner(partner).executor();
  const auto outcome = co_await world_.partner_life(partner).visitors().Cancel(
      executor, {.key = {kPrimary, entry.key}, .epoch = entry.epoch, .at = executor.Now()});
  if (!outcome.ok()) co_return;
  if (entry.sequence == 0) {
    Settle(migration::End{.key = entry.key, .partner_system = partner, .epoch = entry.epoch});
    co_return;
  }
  run_.events.After(run_.dice.Between(absl::Milliseconds(1), absl::Seconds(1)), [this, entry] {
    if (!world_.primary().up()) return;
    world_.primary().CatchUp();
    world_.primary().executor().Spawn(Acknowledge(entry));
  });
}

async::Task<> Workload::Acknowledge(migration::OutboxEntry entry) {
  (void)co_await world_.primary_life().migrations().Acknowledge(
      world_.primary().executor(), {{.partner_system = entry.partner_system, .sequence = entry.sequence}});
}

}  // namespace mcmig::simulation
