#ifndef SERVICES_CLIENT_USERS_H_
#define SERVICES_CLIENT_USERS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::client {

// A user of this agent at one partner MC system.
struct Partner {
  // Assigned by the partner's identity management server (Table 10.6.3.2.1-1, NOTE 1).
  identity::McServiceId partner_mc_service_id;
  config::v1::AgentPartner config;
};

// A user of this agent, for one MC service.
struct User {
  identity::McServiceId primary_mc_service_id;
  uint8_t default_profile_index = 0;
  // By the partner MC system's name.
  absl::flat_hash_map<std::string, Partner> partners;
};

// The users this agent serves, and no others. Immutable; thread-safe.
class Users {
 public:
  // INVALID_ARGUMENT, with the entry's path, where an entry is malformed or there twice.
  static absl::StatusOr<Users> Create(const google::protobuf::RepeatedPtrField<config::v1::AgentUser>& configured);

  // The user at `partner_system`; NOT_FOUND, without identities, where either is not configured.
  struct Found {
    const User& user;
    const Partner& partner;
  };
  [[nodiscard]] absl::StatusOr<Found> Find(const identity::McServiceId& primary_mc_service_id,
                                           protocol::McService service, absl::string_view partner_system) const;

 private:
  using Key = std::pair<std::string, protocol::McService>;  // canonical ID
  explicit Users(absl::flat_hash_map<Key, User> users) : users_(std::move(users)) {}

  absl::flat_hash_map<Key, User> users_;
};

}  // namespace mcmig::client

#endif  // SERVICES_CLIENT_USERS_H_
