#include "services/primary_server/expiry.h"

#include <glog/logging.h>

#include <utility>
#include <vector>

#include "common/async/all.h"
#include "common/async/sleep.h"
#include "common/audit/call_record.h"

namespace mcmig::primary_server {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);
// Changed at once; fewer than the register lets wait.
constexpr size_t kPage = 256;

}  // namespace

async::Task<> Expiry::Run(async::Executor& executor, async::CancelSignal& stop) {
  absl::Status last;
  for (;;) {
    const bool reached = co_await async::Sleep(executor, clock_.Now() + kInterval, &stop);
    if (!reached) co_return;
    const absl::StatusOr<size_t> expired = co_await Sweep(executor);
    if (expired.status().code() != last.code()) LOG(WARNING) << "the sweep of expired migrations: " << expired.status();
    last = expired.status();
  }
}

async::Task<absl::StatusOr<size_t>> Expiry::Sweep(async::Executor& executor) {
  size_t count = 0;
  for (;;) {
    absl::StatusOr<std::vector<migration::UserKey>> keys =
        migrations_.ListExpired(clock_.Now() - policy_.clock_skew, kPage);
    if (!keys.ok()) co_return keys.status();
    const size_t found = keys->size();
    Page page;
    std::vector<async::Task<>> changes;
    changes.reserve(found);
    for (migration::UserKey& key : *keys) changes.push_back(ExpireOne(executor, std::move(key), page));
    co_await async::All(executor, std::move(changes));
    if (!page.failure.ok()) co_return page.failure;
    count += page.expired;
    // A full page of which none changed would be found again and again.
    if (found < kPage || page.expired == 0) co_return count;
  }
}

async::Task<> Expiry::ExpireOne(async::Executor& executor, migration::UserKey key, Page& page) {
  migration::Expire event{.key = key};
  const absl::StatusOr<migration::Plan> plan = co_await migrations_.Settle(executor, std::move(event), clock_, policy_);
  if (!plan.ok()) {
    page.failure = plan.status();
    co_return;
  }
  if (plan->outcome != migration::Outcome::kChanged) co_return;
  ++page.expired;
  const audit::Change change{
      .role = "primary_server", .rule = plan->rule, .primary_mc_service_id = key.canonical_id, .service = key.service};
  co_await audit::Trail::RecordDone(trail_, executor, audit::ChangeMembers(change, clock_.Now()));
}

}  // namespace mcmig::primary_server
