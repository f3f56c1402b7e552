#include "common/identity/peer.h"

namespace mcmig::identity {

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kApplication:
      return "application";
    case Role::kClient:
      return "client";
    case Role::kPartnerServer:
      return "partner_server";
    case Role::kPrimaryServer:
      return "primary_server";
    case Role::kGateway:
      return "gateway";
    case Role::kReader:
      return "reader";
    case Role::kOperator:
      return "operator";
    case Role::kSecurity:
      return "security";
    case Role::kDirectoryReader:
      return "directory_reader";
  }
  return "none";
}

Role RoleOf(config::v1::Role role) {
  switch (role) {
    case config::v1::ROLE_APPLICATION:
      return Role::kApplication;
    case config::v1::ROLE_CLIENT:
      return Role::kClient;
    case config::v1::ROLE_PARTNER_SERVER:
      return Role::kPartnerServer;
    case config::v1::ROLE_PRIMARY_SERVER:
      return Role::kPrimaryServer;
    case config::v1::ROLE_GATEWAY:
      return Role::kGateway;
    case config::v1::ROLE_READER:
      return Role::kReader;
    case config::v1::ROLE_OPERATOR:
      return Role::kOperator;
    case config::v1::ROLE_SECURITY:
      return Role::kSecurity;
    case config::v1::ROLE_DIRECTORY_READER:
      return Role::kDirectoryReader;
    default:
      return Role::kNone;
  }
}

absl::string_view ListenerName(Listener listener) {
  switch (listener) {
    case Listener::kClient:
      return "client";
    case Listener::kInside:
      return "inside";
    case Listener::kOutside:
      return "outside";
    case Listener::kOperators:
      return "operators";
  }
  return "none";
}

}  // namespace mcmig::identity
