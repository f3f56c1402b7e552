#include "common/token/access_token_check.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mcmig::token {
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

ServiceClaims ClaimsFor(McService service, const AccessToken& token) {
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

Decision Refuse(Cause cause, const char* rule) { return {cause, rule, std::nullopt}; }

}  // namespace

Decision CheckAccessToken(const Credential& credential, const Holder& holder, absl::Time now) {
  if (!credential.presented) return Refuse(Cause::kAccessTokenMissing, "access_token.present");
  if (!credential.token.ok()) return Refuse(Cause::kAccessTokenInvalid, "access_token.valid");
  const AccessToken& token = *credential.token;

  const absl::Duration leeway = std::clamp(credential.leeway, absl::ZeroDuration(), kMaxLeeway);
  if (now >= token.expires + leeway) return Refuse(Cause::kAccessTokenExpired, "access_token.not_expired");
  if (now < token.not_before - leeway) return Refuse(Cause::kAccessTokenExpired, "access_token.not_before");

  const ServiceClaims claims = ClaimsFor(holder.service, token);
  if (std::find(token.scopes.begin(), token.scopes.end(), claims.scope) == token.scopes.end()) {
    return Refuse(Cause::kAccessTokenScopeMissing, "access_token.scope");
  }
  if (Cause cause = CompareClaim(claims.id, holder.mc_service_id); cause != Cause::kNone) {
    return Refuse(cause, "access_token.names_mc_service_id");
  }
  if (holder.primary_mc_service_id == nullptr) return {Cause::kNone, "access_token.holder", std::nullopt};
  if (Cause cause = CompareClaim(token.primary_id, *holder.primary_mc_service_id); cause != Cause::kNone) {
    return Refuse(cause, "access_token.names_primary_mc_service_id");
  }
  return {Cause::kNone, "access_token.holder", std::nullopt};
}

}  // namespace mcmig::token
