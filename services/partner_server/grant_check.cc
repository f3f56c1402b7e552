#include "services/partner_server/grant_check.h"

namespace mcmig::partner_server {
namespace {

using protocol::AuthorizationRequest;
using token::Grant;
using token::SignedCancel;

Standing Falls(const char* rule) { return {.stands = false, .rule = rule}; }

absl::Time WholeSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

bool Same(const identity::McServiceId& a, const identity::McServiceId& b) { return a.canonical() == b.canonical(); }

Standing CheckSubject(const Grant& grant, const AuthorizationRequest& request) {
  if (!Same(grant.primary_mc_service_id, request.primary_mc_service_id)) return Falls("grant.primary_mc_service_id");
  if (!Same(grant.partner_mc_service_id, request.partner_mc_service_id)) return Falls("grant.partner_mc_service_id");
  if (grant.service != request.service) return Falls("grant.mc_service");
  if (grant.profile_index != request.profile_index) return Falls("grant.profile_index");
  return {.stands = true, .rule = "grant.subject"};
}

}  // namespace

Standing CheckGrant(const Presented<Grant>& grant, const AuthorizationRequest& request, const std::string& audience,
                    const protocol::Decision& success, const AnswerTimes& times) {
  if (!grant.presented) return Falls("grant.presented");
  if (!grant.claims.ok()) return Falls("grant.valid");
  const Grant& claims = *grant.claims;
  if (claims.issued < WholeSecond(times.asked - times.clock_skew)) return Falls("grant.issued_since_asked");
  if (claims.issued > times.now + times.clock_skew) return Falls("grant.issued_by_now");
  if (const Standing subject = CheckSubject(claims, request); !subject.stands) return subject;
  if (claims.request_id != request.request_id) return Falls("grant.request_id");
  if (claims.request_digest != DigestOf(request, audience)) return Falls("grant.request_digest");
  if (claims.epoch != success.epoch) return Falls("grant.epoch");
  if (claims.authorized_until != success.authorized_until) return Falls("grant.authorized_until");
  return {.stands = true, .rule = "grant.stands"};
}

bool IsEpochOf(const Grant& grant, const AuthorizationRequest& request) {
  return Same(grant.primary_mc_service_id, request.primary_mc_service_id) && grant.service == request.service &&
         grant.request_id == request.request_id;
}

Standing CheckSignedCancel(const Presented<SignedCancel>& cancel, const Cancelled& cancelled) {
  if (!cancel.presented) return Falls("cancel.presented");
  if (!cancel.claims.ok()) return Falls("cancel.valid");
  const SignedCancel& claims = *cancel.claims;
  if (!Same(claims.primary_mc_service_id, cancelled.primary_mc_service_id))
    return Falls("cancel.primary_mc_service_id");
  if (claims.service != cancelled.service) return Falls("cancel.mc_service");
  if (claims.epoch != cancelled.epoch) return Falls("cancel.epoch");
  return {.stands = true, .rule = "cancel.stands"};
}

}  // namespace mcmig::partner_server
