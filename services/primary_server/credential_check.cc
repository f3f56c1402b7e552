#include "services/primary_server/credential_check.h"

#include <algorithm>
#include <optional>
#include <string>

#include "common/token/access_token_check.h"

namespace mcmig::primary_server {
namespace {

using protocol::Cause;
using protocol::Decision;
using protocol::McService;

const std::string& IdFor(McService service, const token::PrimaryCredential& credential) {
  switch (service) {
    case McService::kMcvideo:
      return credential.mcvideo_id;
    case McService::kMcdata:
      return credential.mcdata_id;
    case McService::kMcptt:
      break;
  }
  return credential.mcptt_id;
}

int ServicesOf(const token::PrimaryCredential& credential) {
  return static_cast<int>(!credential.mcptt_id.empty()) + static_cast<int>(!credential.mcvideo_id.empty()) +
         static_cast<int>(!credential.mcdata_id.empty());
}

// An absent claim names nobody.
bool Names(const std::string& claim, const identity::McServiceId& id) {
  const absl::StatusOr<identity::McServiceId> claimed = identity::McServiceId::Parse(claim);
  return claimed.ok() && *claimed == id;
}

Decision Invalid(const char* rule) { return {Cause::kPrimaryCredentialInvalid, rule, std::nullopt}; }

}  // namespace

Decision CheckCredential(const PresentedCredential& presented, const protocol::AuthorizationRequest& request,
                         absl::Time now) {
  if (!presented.presented) {
    if (presented.required) {
      return {Cause::kPrimaryCredentialMissing, "step6.primary_credential_present", std::nullopt};
    }
    return {Cause::kNone, "step6.primary_credential_not_required", std::nullopt};
  }
  if (!presented.credential.ok()) return Invalid("step6.primary_credential_valid");
  const token::PrimaryCredential& credential = *presented.credential;

  if (credential.expires - credential.issued > kMaxCredentialLifetime) {
    return Invalid("step6.primary_credential_lifetime");
  }
  const absl::Duration leeway = std::clamp(presented.leeway, absl::ZeroDuration(), token::kMaxLeeway);
  if (now >= credential.expires + leeway) return Invalid("step6.primary_credential_not_expired");
  if (now < std::max(credential.not_before, credential.issued) - leeway) {
    return Invalid("step6.primary_credential_not_before");
  }
  // Its use is remembered with the user's record of one service: in another one it would be good once more.
  if (ServicesOf(credential) > 1) return Invalid("step6.primary_credential_of_one_service");
  if (!Names(IdFor(request.service, credential), request.primary_mc_service_id)) {
    return Invalid("step6.primary_credential_names_user");
  }
  if (credential.profile_index.value_or(request.profile_index) != request.profile_index) {
    return Invalid("step6.primary_credential_names_profile");
  }
  return {Cause::kNone, "step6.primary_credential", std::nullopt};
}

}  // namespace mcmig::primary_server
