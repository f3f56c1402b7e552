#include "services/primary_server/recheck.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "common/async/sleep.h"
#include "common/audit/call_record.h"
#include "services/primary_server/authorization_check.h"
#include "services/primary_server/place.h"

namespace mcmig::primary_server {
namespace {

using migration::CommitOutcome;
using migration::MigrationStore;
using migration::State;
using migration::UserKey;

}  // namespace

async::Task<absl::StatusOr<bool>> Recheck::CheckUser(async::Executor& executor, UserKey key) const {
  for (int attempts = 0; attempts < migration::kMaxAttempts; ++attempts) {
    const absl::StatusOr<migration::Snapshot> at = migrations_.Read(key, "");
    if (!at.ok()) co_return at.status();
    if (!at->record || at->record->state != State::kMigrated) co_return false;
    migration::Recheck event{.key = key, .partner_system = at->record->partner_system};
    const absl::StatusOr<migration::Snapshot> snapshot = migrations_.Read(key, event.partner_system);
    if (!snapshot.ok()) co_return snapshot.status();
    // Of the record in this snapshot; where it has moved on since, the transition sees that.
    const uint8_t index = snapshot->record ? snapshot->record->profile_index : uint8_t{0};
    event.permission = CheckAuthorization({*snapshot, event.partner_system, key.service, index});
    absl::StatusOr<migration::Plan> plan = Transition(*snapshot, event, clock_.Now(), policy_);
    if (!plan.ok()) co_return plan.status();
    if (!plan->mutation) co_return false;
    const absl::StatusOr<CommitOutcome> outcome = co_await migrations_.Commit(executor, *std::move(plan->mutation));
    if (!outcome.ok()) co_return outcome.status();
    if (*outcome != CommitOutcome::kCommitted) continue;
    const audit::Change change{.role = "primary_server",
                               .rule = plan->rule,
                               .primary_mc_service_id = key.canonical_id,
                               .service = key.service};
    co_await audit::Trail::RecordDone(trail_, executor, audit::ChangeMembers(change, clock_.Now()));
    co_return true;
  }
  co_return absl::UnavailableError("the record changes too often; nothing was recorded");
}

async::Task<absl::StatusOr<Recheck::Count>> Recheck::CheckAll(async::Executor& executor,
                                                              identity::SystemName partner) const {
  Count count;
  std::optional<UserKey> after;
  for (;;) {
    const absl::StatusOr<MigrationStore::RecordPage> page = RecordsOf(migrations_, partner, after, kPage);
    absl::Status failed = page.status();
    if (page.ok()) {
      for (const auto& [key, record] : page->entries) {
        if (record.state != State::kMigrated) continue;
        const absl::StatusOr<bool> taken_back = co_await CheckUser(executor, key);
        if (!taken_back.ok()) {
          failed = taken_back.status();
          break;
        }
        ++count.checked;
        if (*taken_back) ++count.taken_back;
        after = key;
      }
    }
    if (failed.ok()) {
      if (!page->next) co_return count;
      after = page->next;
    }
    const bool reached =
        co_await async::Sleep(executor, clock_.Now() + (failed.ok() ? kPause : kPauseAfterError), nullptr);
    if (!reached) co_return absl::CancelledError("the server ends");
  }
}

}  // namespace mcmig::primary_server
