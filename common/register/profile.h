#ifndef COMMON_REGISTER_PROFILE_H_
#define COMMON_REGISTER_PROFILE_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/identity/peer.h"
#include "common/protocol/authorization.h"

// What step 6 reads of the primary's users and agreements.
namespace mcmig::migration {

// One MC service user profile (TS 23.379 Annex A.3), as far as step 6 reads it.
struct Profile {
  uint8_t index = 0;
  std::string name;
  bool enabled = false;
  bool pre_selected = false;
  std::string organization;
  struct PartnerSystem {
    identity::SystemName system;
    std::string access_information;
  };
  std::vector<PartnerSystem> partner_systems;
  bool user_disabled = false;
  bool priority = false;  // may take of the emergency share
};

// All profiles of one user and service. `version` changes with every change of any of them.
struct UserProfiles {
  uint64_t version = 0;
  std::string mc_service_id;  // as imported
  std::vector<Profile> profiles;
};

// Puts `profile` in the place of the one with its index, or at the end.
inline void PutProfile(const Profile& profile, UserProfiles* user) {
  const auto same = std::find_if(user->profiles.begin(), user->profiles.end(),
                                 [&profile](const Profile& known) { return known.index == profile.index; });
  if (same == user->profiles.end()) {
    user->profiles.push_back(profile);
  } else {
    *same = profile;
  }
}

// A migration agreement, in the direction "own users to that partner MC system". `version` changes with its content.
struct Agreement {
  uint64_t version = 0;
  std::vector<protocol::McService> services;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_PROFILE_H_
