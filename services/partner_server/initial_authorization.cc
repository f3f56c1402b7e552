#include "services/partner_server/initial_authorization.h"

#include <algorithm>
#include <string>

#include "common/agreement/agreement.h"
#include "common/identity/mc_service_id.h"

namespace mcmig::partner_server {
namespace {

using identity::McServiceId;
using protocol::Cause;
using protocol::Decision;
using protocol::McService;

// Scope and service ID claim of one MC service (TS 33.180 Annex B).
struct ServiceClaims {
  absl::string_view scope;
  const std::string& id;
};

ServiceClaims ClaimsFor(McService service, const token::AccessToken& token) {
  switch (service) {
    case McService::kMcvideo:
      return {"3gpp:mc:video_service", token.mcvideo_id};
    case McService::kMcdata:
      return {"3gpp:mc:data_service", token.mcdata_id};
    case McService::kMcptt:
      break;
  }
  return {"3gpp:mc:ptt_service", token.mcptt_id};
}

// kNone where `claim` is `id`.
Cause CompareClaim(const std::string& claim, const McServiceId& id) {
  if (claim.empty()) return Cause::kAccessTokenOfAnotherUser;
  absl::StatusOr<McServiceId> claimed = McServiceId::Parse(claim);
  if (!claimed.ok()) return Cause::kAccessTokenInvalid;
  return *claimed == id ? Cause::kNone : Cause::kAccessTokenOfAnotherUser;
}

Decision Permit(const char* rule) { return {Cause::kNone, rule, std::nullopt}; }
Decision Refuse(Cause cause, const char* rule) { return {cause, rule, std::nullopt}; }

Decision CheckHolder(const Credential& credential, const McServiceId& partner_mc_service_id,
                     const McServiceId& primary_mc_service_id, McService service, absl::Time now) {
  if (!credential.presented) return Refuse(Cause::kAccessTokenMissing, "step2.access_token_present");
  if (!credential.token.ok()) return Refuse(Cause::kAccessTokenInvalid, "step2.access_token_valid");
  const token::AccessToken& token = *credential.token;

  const absl::Duration leeway = std::clamp(credential.leeway, absl::ZeroDuration(), kMaxLeeway);
  if (now >= token.expires + leeway) return Refuse(Cause::kAccessTokenExpired, "step2.access_token_not_expired");
  if (now < token.not_before - leeway) return Refuse(Cause::kAccessTokenExpired, "step2.access_token_not_before");

  const ServiceClaims claims = ClaimsFor(service, token);
  if (std::find(token.scopes.begin(), token.scopes.end(), claims.scope) == token.scopes.end()) {
    return Refuse(Cause::kAccessTokenScopeMissing, "step2.access_token_scope");
  }
  if (Cause cause = CompareClaim(claims.id, partner_mc_service_id); cause != Cause::kNone) {
    return Refuse(cause, "step2.access_token_names_partner_mc_service_id");
  }
  if (Cause cause = CompareClaim(token.primary_id, primary_mc_service_id); cause != Cause::kNone) {
    return Refuse(cause, "step2.access_token_names_primary_mc_service_id");
  }
  return Permit("step2.access_token");
}

}  // namespace

Decision CheckAccessToken(const Credential& credential, const protocol::AuthorizationRequest& request, absl::Time now) {
  return CheckHolder(credential, request.partner_mc_service_id, request.primary_mc_service_id, request.service, now);
}

Decision CheckAccessToken(const Credential& credential, const protocol::MigratingUser& user, absl::Time now) {
  return CheckHolder(credential, user.partner_mc_service_id, user.primary_mc_service_id, user.service, now);
}

Decision CheckInitialAuthorization(const InitialCheck& check, absl::Time now) {
  if (check.primary_system == nullptr) return Refuse(Cause::kUnknownPrimarySystem, "step3.primary_system_known");
  if (check.primary_system->own) return Refuse(Cause::kOwnSystem, "step3.primary_system_not_own");
  if (!agreement::VisitorsAllowed(*check.primary_system, check.service)) {
    return Refuse(Cause::kNoAgreement, "step2.agreement_visitors_from");
  }
  for (const migration::ExpectedVisitor& entry : check.expected) {
    if (entry.from <= now && now < entry.until) return Permit("step2.visitor_expected");
  }
  return Refuse(Cause::kVisitorNotExpected, "step2.visitor_expected");
}

}  // namespace mcmig::partner_server
