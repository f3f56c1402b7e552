#include "services/primary_server/authorization_check.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace mcmig::primary_server {
namespace {

using migration::Agreement;
using migration::Profile;
using protocol::Cause;
using protocol::Decision;

bool Agreed(const std::optional<Agreement>& agreement, protocol::McService service) {
  return agreement.has_value() &&
         std::find(agreement->services.begin(), agreement->services.end(), service) != agreement->services.end();
}

bool UserDisabled(const std::vector<Profile>& profiles) {
  return std::any_of(profiles.begin(), profiles.end(), [](const Profile& profile) { return profile.user_disabled; });
}

bool ValidFor(const Profile& profile, const identity::SystemName& system) {
  return std::any_of(profile.partner_systems.begin(), profile.partner_systems.end(),
                     [&system](const Profile::PartnerSystem& partner) { return partner.system == system; });
}

Decision Refuse(Cause cause, const char* rule) { return {cause, rule, std::nullopt}; }

}  // namespace

Decision CheckAuthorization(const AuthorizationCheck& check) {
  if (!Agreed(check.snapshot.agreement, check.service)) {
    return Refuse(Cause::kNoAgreement, "step6.agreement_own_users_to");
  }
  const std::optional<migration::UserProfiles>& user = check.snapshot.user;
  if (!user.has_value() || user->profiles.empty()) return Refuse(Cause::kUserUnknown, "step6.user_known");
  if (UserDisabled(user->profiles)) return Refuse(Cause::kUserDisabled, "step6.user_enabled");

  const auto profile = std::find_if(user->profiles.begin(), user->profiles.end(),
                                    [&check](const Profile& each) { return each.index == check.profile_index; });
  if (profile == user->profiles.end()) return Refuse(Cause::kProfileUnknown, "step6.profile_known");
  if (!profile->enabled) return Refuse(Cause::kProfileDisabled, "step6.profile_enabled");
  if (!ValidFor(*profile, check.partner_system)) {
    return Refuse(Cause::kProfileNotValidForPartner, "step6.profile_valid_for_partner");
  }
  return {Cause::kNone, "step6.authorized", std::nullopt};
}

bool IsPriorityUser(const migration::Snapshot& snapshot, uint8_t profile_index) {
  return snapshot.user.has_value() &&
         std::any_of(snapshot.user->profiles.begin(), snapshot.user->profiles.end(),
                     [profile_index](const Profile& each) { return each.index == profile_index && each.priority; });
}

}  // namespace mcmig::primary_server
