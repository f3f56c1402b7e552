#include "services/partner_server/initial_authorization.h"

#include "absl/algorithm/container.h"
#include "common/agreement/agreement.h"

namespace mcmig::partner_server {
namespace {

using protocol::Cause;
using protocol::Decision;

Decision Permit(const char* rule) { return {Cause::kNone, rule, std::nullopt}; }
Decision Refuse(Cause cause, const char* rule) { return {cause, rule, std::nullopt}; }

bool Holds(const migration::ExpectedVisitor& entry, absl::Time now) { return entry.from <= now && now < entry.until; }

}  // namespace

Decision CheckAccessToken(const token::Credential& credential, const protocol::AuthorizationRequest& request,
                          absl::Time now) {
  return CheckAccessToken(credential,
                          {.service = request.service,
                           .mc_service_id = request.partner_mc_service_id,
                           .primary_mc_service_id = &request.primary_mc_service_id},
                          now);
}

Decision CheckAccessToken(const token::Credential& credential, const protocol::MigratingUser& user, absl::Time now) {
  return CheckAccessToken(credential,
                          {.service = user.service,
                           .mc_service_id = user.partner_mc_service_id,
                           .primary_mc_service_id = &user.primary_mc_service_id},
                          now);
}

Decision CheckInitialAuthorization(const InitialCheck& check, absl::Time now) {
  if (check.primary_system == nullptr) return Refuse(Cause::kUnknownPrimarySystem, "step3.primary_system_known");
  if (check.primary_system->own) return Refuse(Cause::kOwnSystem, "step3.primary_system_not_own");
  if (!agreement::VisitorsAllowed(*check.primary_system, check.service)) {
    return Refuse(Cause::kNoAgreement, "step2.agreement_visitors_from");
  }
  for (const migration::ExpectedVisitor& entry : check.expected) {
    if (Holds(entry, now)) return Permit("step2.visitor_expected");
  }
  return Refuse(Cause::kVisitorNotExpected, "step2.visitor_expected");
}

bool IsPriorityUser(absl::Span<const migration::ExpectedVisitor> expected, absl::Time now) {
  return absl::c_any_of(expected, [now](const auto& entry) { return entry.priority && Holds(entry, now); });
}

}  // namespace mcmig::partner_server
