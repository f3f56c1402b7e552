#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/admin/page.h"
#include "common/admin/place.h"
#include "common/async/sleep.h"
#include "common/border/status.h"
#include "services/primary_server/cancellable.h"
#include "services/primary_server/partner_system.h"
#include "services/primary_server/place.h"
#include "services/primary_server/primary_server.h"
#include "services/primary_server/retry_hint.h"

// What follows a migration; extensions.
namespace mcmig::primary_server {
namespace {

using identity::SystemName;
using migration::MigrationStore;
using protocol::Call;
using protocol::EndAnswer;
using protocol::EndRequest;
using protocol::EndResult;
using protocol::ReconcilePage;

// In which questions about an epoch are answered, whatever there was to read: how much that is, tells how far a record
// is. Only comparisons ask them, one after the other.
constexpr absl::Duration kSameTime = absl::Milliseconds(5);

EndAnswer AnswerOf(const migration::Plan& plan) {
  switch (plan.outcome) {
    case migration::Outcome::kChanged:
      return {.result = EndResult::kEnded, .rule = plan.rule};
    case migration::Outcome::kStale:
      return {.result = EndResult::kStale, .rule = plan.rule, .current = plan.epoch};
    default:
      return {.result = EndResult::kNotOnRecord, .rule = plan.rule};
  }
}

}  // namespace

async::Task<absl::StatusOr<v1::EndMigrationResponse>> PrimaryServer::EndMigration(
    const Call& call, const v1::EndMigrationRequest& message) {
  ops::DecisionScope scope(end_source_, call);
  absl::StatusOr<EndRequest> request = ParseEndRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return border::StatusFor(call.listener, request.status());
  }
  scope.Names(*request->request_id);
  const absl::StatusOr<EndAnswer> answer = co_await End(call, *request);
  if (!answer.ok()) {
    scope.Ends(answer.status());
    co_return border::StatusFor(call.listener, answer.status());
  }
  scope.Ends(answer->decision());
  co_return ToProto(*answer);
}

async::Task<absl::StatusOr<EndAnswer>> PrimaryServer::End(const Call& call, const EndRequest& request) {
  // The one who ends is the authenticated partner MC system.
  const absl::StatusOr<SystemName> partner =
      PartnerSystemOf(*doors_.systems, call, request.authenticated_peer_system, request.user.partner_mc_service_id);
  if (!partner.ok()) co_return partner.status();
  // Users of other MC systems, and users that nobody knows, are all the same: not on record.
  migration::End event{.key = {request.user.primary_mc_service_id.canonical(), request.user.service},
                       .partner_system = *partner,
                       .epoch = request.epoch,
                       .request_id = *request.request_id};
  // Back at the primary, durably, where that system is on record with this epoch.
  const absl::StatusOr<migration::Plan> plan =
      co_await doors_.migrations->Settle(*call.executor, std::move(event), *doors_.clock, doors_.policy);
  if (!plan.ok()) co_return WithHint(plan.status(), kStoreBusy);
  co_return AnswerOf(*plan);
}

async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> PrimaryServer::ReconcileMigrations(
    const Call& call, const v1::ReconcileMigrationsRequest& message) {
  const absl::Time answer_at = doors_.clock->Now() + kSameTime;
  const absl::StatusOr<ReconcilePage> page = ListRecords(call, message);
  if (message.has_epoch()) {
    const bool reached = co_await async::Sleep(*call.executor, answer_at, call.cancel);
    if (!reached) co_return absl::CancelledError("nobody waits any more");
  }
  if (!page.ok()) co_return border::StatusFor(call.listener, page.status());
  co_return ToProto(*page);
}

absl::StatusOr<ReconcilePage> PrimaryServer::FindRecord(const protocol::ReconcileRequest& request,
                                                        const SystemName& partner) const {
  const protocol::MigratingUser& user = *request.user;
  const migration::UserKey key{user.primary_mc_service_id.canonical(), user.service};
  const auto snapshot = doors_.migrations->Read(key, partner);
  if (!snapshot.ok()) return absl::UnavailableError("the register cannot be read");
  const std::optional<migration::Record>& record = snapshot->record;
  const bool here = record && record->state == migration::State::kMigrated && record->partner_system == partner;
  ReconcilePage page;
  if (here) page.entries.push_back({.user = user, .epoch = record->epoch});
  if (!request.epoch) return page;
  // What a restore may have lost is compared by this side; while a user is on record there, only what came before is
  // over.
  const bool earlier = !here || *request.epoch < record->epoch;
  if (!earlier) return page;
  const absl::StatusOr<bool> over =
      IsCancellable(*doors_.migrations, {.key = key, .record = record, .partner = partner, .epoch = *request.epoch});
  if (!over.ok()) return absl::UnavailableError("the register cannot be read");
  if (!*over) return page;
  absl::StatusOr<std::string> cancel = doors_.signatures.OfCancel(user.primary_mc_service_id, user.service,
                                                                  *request.epoch, partner, doors_.clock->Now());
  if (!cancel.ok()) return cancel.status();
  page.signed_cancel = *std::move(cancel);
  return page;
}

absl::StatusOr<ReconcilePage> PrimaryServer::ListRecords(const Call& call,
                                                         const v1::ReconcileMigrationsRequest& message) const {
  const absl::StatusOr<protocol::ReconcileRequest> request = ParseReconcileRequest(message, call);
  if (!request.ok()) return request.status();
  const absl::StatusOr<SystemName> partner = PartnerSystemOf(*doors_.systems, call, request->authenticated_peer_system);
  if (!partner.ok()) return partner.status();
  if (request->user) return FindRecord(*request, *partner);
  ReconcilePage page;
  const absl::StatusOr<admin::Page> asked = admin::ParsePage(request->page_size, request->page_token);
  if (!asked.ok()) return asked.status();
  std::optional<migration::UserKey> after;
  if (!asked->after.empty()) {
    absl::StatusOr<migration::UserKey> key = admin::KeyOfPlace(asked->after);
    if (!key.ok()) return key.status();
    after = *std::move(key);
  }
  const absl::StatusOr<MigrationStore::RecordPage> records =
      doors_.migrations->ListRecordsAt(*partner, after, asked->limit);
  if (!records.ok()) return absl::UnavailableError("the register cannot be read");
  for (const MigrationStore::RecordEntry& record : records->entries) {
    absl::Status added = page.Add(record.record.partner_mc_service_id, record.record.primary_mc_service_id,
                                  record.key.service, record.record.epoch);
    if (!added.ok()) return added;
  }
  if (records->next) page.next_page_token = admin::PageToken(admin::PlaceOf(*records->next));
  return page;
}

}  // namespace mcmig::primary_server
