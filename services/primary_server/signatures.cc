#include "services/primary_server/signatures.h"

#include <utility>

#include "absl/status/status.h"
#include "common/agreement/agreement.h"

namespace mcmig::primary_server {
namespace {

// `iat` has whole seconds.
absl::Time WholeSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

}  // namespace

async::Task<absl::StatusOr<protocol::Decision>> Signatures::WithGrant(async::Executor& executor,
                                                                      protocol::Decision decision,
                                                                      const protocol::AuthorizationRequest& request,
                                                                      identity::SystemName partner,
                                                                      absl::Time now) const {
  if (signer_ == nullptr || decision.cause != protocol::Cause::kNone || !decision.epoch) co_return decision;
  const identity::SystemTable::System* system = systems_->Find(partner);
  if (system == nullptr) co_return absl::UnavailableError("outcome unknown: the success could not be signed");
  const std::string& audience = agreement::AudienceOf(*system);
  // As the message says it: a clock may know more than nanoseconds.
  if (decision.authorized_until != absl::InfiniteFuture()) {
    decision.authorized_until = absl::FromUnixNanos(absl::ToUnixNanos(decision.authorized_until));
  }
  token::Grant grant{.primary_mc_service_id = request.primary_mc_service_id,
                     .partner_mc_service_id = request.partner_mc_service_id,
                     .service = request.service,
                     .profile_index = request.profile_index,
                     .epoch = *decision.epoch,
                     .authorized_until = decision.authorized_until,
                     .request_id = *request.request_id,
                     .request_digest = DigestOf(request, audience),
                     .issued = WholeSecond(now)};
  absl::StatusOr<std::string> text = co_await grants_->Sign(executor, std::move(grant), audience);
  if (!text.ok()) co_return absl::UnavailableError("outcome unknown: the success could not be signed");
  decision.grant = *std::move(text);
  co_return decision;
}

absl::StatusOr<std::string> Signatures::OfCancel(const identity::McServiceId& user, protocol::McService service,
                                                 protocol::Epoch epoch, const identity::SystemName& partner,
                                                 absl::Time now) const {
  if (signer_ == nullptr) return "";
  const identity::SystemTable::System* system = systems_->Find(partner);
  if (system == nullptr) return absl::UnavailableError("a cancel could not be signed: an MC system that is not known");
  const token::SignedCancel cancel{
      .primary_mc_service_id = user, .service = service, .epoch = epoch, .issued = WholeSecond(now)};
  absl::StatusOr<std::string> text = signer_->Sign(cancel, agreement::AudienceOf(*system));
  if (!text.ok()) return absl::UnavailableError("a cancel could not be signed");
  return text;
}

}  // namespace mcmig::primary_server
