#include "services/primary_server/primary_server.h"

#include <optional>
#include <utility>

#include "common/agreement/agreement.h"
#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/protocol/emergency_share.h"
#include "common/token/access_token_check.h"
#include "services/primary_server/authorization_check.h"
#include "services/primary_server/credential_check.h"
#include "services/primary_server/partner_system.h"
#include "services/primary_server/retry_hint.h"

namespace mcmig::primary_server {
namespace {

using identity::SystemName;
using migration::CommitOutcome;
using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Cause;
using protocol::Decision;

// Steps 8 and 9 in one where this server is the border itself.
absl::StatusOr<Decision> AsSeenBy(identity::Listener listener, const absl::StatusOr<Decision>& decision) {
  if (listener != identity::Listener::kOutside) return decision;
  if (!decision.ok()) return border::StatusForOutside(decision.status());
  return border::DecisionForOutside(*decision);
}

}  // namespace

async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> PrimaryServer::AuthorizeMigration(
    const Call& call, const v1::MigrationServiceAuthorizationRequest& message) {
  ops::DecisionScope scope(source_, call);
  absl::StatusOr<AuthorizationRequest> request = ParseAuthorizationRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return AsSeenBy(call.listener, request.status()).status();
  }
  scope.Names(*request->request_id);
  absl::StatusOr<Decision> decision = co_await Authorize(call, *request);
  // The full cause stays here. Step 8: the response, as the one who asked may see it.
  scope.Ends(decision);
  decision = WithinEmergencyShare(EmergencyOnly(call, *request), std::move(decision));
  decision = AsSeenBy(call.listener, decision);
  if (!decision.ok()) co_return decision.status();
  co_return ToProto(*decision, *request);
}

absl::StatusOr<token::PrimaryCredential> PrimaryServer::VerifyCredential(
    const AuthorizationRequest& request, const identity::SystemTable::System& partner) const {
  if (doors_.credentials == nullptr || request.primary_credential.empty()) {
    return absl::UnauthenticatedError("no credential that could be verified");
  }
  return doors_.credentials->Verify(request.primary_credential, agreement::AudienceOf(partner));
}

async::Task<absl::StatusOr<Decision>> PrimaryServer::Authorize(const Call& call, const AuthorizationRequest& request) {
  // Step 6: the partner MC system is the authenticated one, and the user is one of this MC system.
  const absl::StatusOr<SystemName> partner =
      PartnerSystemOf(*doors_.systems, call, request.authenticated_peer_system, request.partner_mc_service_id);
  if (!partner.ok()) co_return partner.status();
  if (doors_.systems->SystemOf(request.primary_mc_service_id) != doors_.systems->own()) {
    co_return Decision{Cause::kNotAUserOfThisSystem, "step6.primary_mc_service_id_of_this_system", std::nullopt};
  }

  // A register that was restored permits nothing before it has been compared with the partner MC systems.
  if (absl::Status open = doors_.migrations->gate().Check(); !open.ok()) co_return open;

  // Step 6: the user agrees to be migrated there (an extension).
  const identity::SystemTable::System& system = *doors_.systems->Find(*partner);
  const absl::StatusOr<token::PrimaryCredential> credential = VerifyCredential(request, system);
  const bool presented = !request.primary_credential.empty();
  const Decision consent = CheckCredential({.required = agreement::RequiresPrimaryCredential(system),
                                            .presented = presented,
                                            .credential = credential,
                                            .leeway = doors_.leeway},
                                           request, doors_.clock->Now());

  migration::Authorize event =
      migration::EventOf(request, *partner, /*through_gateway=*/call.listener == identity::Listener::kInside);
  if (presented && consent.cause == Cause::kNone) {
    event.credential = {.id = credential->id, .until = credential->expires + token::kMaxLeeway};
  }
  absl::StatusOr<Decision> recorded = co_await Record(call, request, consent, std::move(event));
  if (!recorded.ok()) co_return recorded.status();
  // Signed as it is answered: what was recorded earlier is signed anew.
  co_return co_await doors_.signatures.WithGrant(*call.executor, *std::move(recorded), request, *partner,
                                                 doors_.clock->Now());
}

async::Task<absl::StatusOr<Decision>> PrimaryServer::Record(const Call& call, const AuthorizationRequest& request,
                                                            const Decision& consent, migration::Authorize event) {
  for (;; ++event.attempts) {
    const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read(event.key, event.partner_system);
    if (!snapshot.ok()) co_return absl::UnavailableError("the register cannot be read");
    // Only now, so that a wrong credential takes as long for everybody (an extension).
    const bool priority_user = IsPriorityUser(*snapshot, request.profile_index);
    if (absl::Status room = CheckRoom(call, request, priority_user); !room.ok()) co_return room;

    // Step 6: authorization check of this user, that partner MC system and the indicated profile. A refusal is not the
    // answer yet: what step 7 recorded before is told again, also where the credential has expired since.
    event.permission =
        consent.cause != Cause::kNone
            ? consent
            : CheckAuthorization({*snapshot, event.partner_system, request.service, request.profile_index});

    // Step 7: mark the user migrated and record the partner MC system, durably before step 8.
    absl::StatusOr<migration::Plan> plan = Transition(*snapshot, event, doors_.clock->Now(), doors_.policy);
    if (!plan.ok()) co_return WithHint(plan.status(), kMemoryFull);
    if (!plan->mutation.has_value()) co_return plan->decision();
    if (call.cancel->cancelled()) co_return absl::CancelledError("nobody waits any more; nothing was recorded");
    const absl::StatusOr<CommitOutcome> outcome =
        co_await doors_.migrations->Commit(*call.executor, *std::move(plan->mutation));
    if (!outcome.ok()) co_return WithHint(outcome.status(), kStoreBusy);
    if (*outcome == CommitOutcome::kCommitted) co_return plan->decision();
    event.lost = *outcome;
  }
}

}  // namespace mcmig::primary_server
