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
  }
  return "none";
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
