#ifndef COMMON_IDENTITY_PEER_H_
#define COMMON_IDENTITY_PEER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::identity {

// Name of an MC system, as in the system table, e.g. "north". 1 to 64 bytes of [a-z0-9.-].
using SystemName = std::string;

// What a certificate says its holder is, within its MC system.
enum class Role {
  kNone,             // no entry in the table: may call nothing
  kApplication,      // local application of a client agent
  kClient,           // MC service client
  kPartnerServer,    // MC service server, partner side
  kPrimaryServer,    // MC service server, primary side
  kGateway,          // MC gateway server
  kReader,           // operator who may look
  kOperator,         // operator who may also change
  kSecurity,         // operator who may also change trust
  kDirectoryReader,  // server, such as call control, that asks where users are served
};

// For messages: "gateway", "primary_server", ...
absl::string_view RoleName(Role role);

// The role that a configuration file names; kNone for an unset or unknown one.
Role RoleOf(config::v1::Role role);

// The kinds of listener a call can come in on; together with the peer it decides what the call may do (permissions.h).
enum class Listener { kClient, kInside, kOutside, kOperators };

// For messages: "client", "inside", "outside", "operators".
absl::string_view ListenerName(Listener listener);

// The authenticated other end of a connection. Never made from anything a message says.
struct Peer {
  SystemName system;
  Role role = Role::kNone;
  // True where `system` is the MC system this process belongs to.
  bool own = false;
  // The certificate's name by which it was identified, as the system table compares them; empty where the listener is
  // insecure. For the audit log: nothing is decided by it.
  std::string name = {};  // NOLINT(readability-redundant-member-init): so that a use need not name it
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_PEER_H_
