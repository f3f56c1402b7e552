#include "common/identity/permissions.h"

#include "absl/strings/match.h"

namespace mcmig::identity {
namespace {

// Sets of listeners and of roles, one bit each.
constexpr unsigned On(Listener listener) { return 1U << static_cast<unsigned>(listener); }
constexpr unsigned As(Role role) { return 1U << static_cast<unsigned>(role); }

constexpr unsigned kProbed = On(Listener::kClient) | On(Listener::kInside) | On(Listener::kOperators);
constexpr unsigned kAnyRole = As(Role::kApplication) | As(Role::kClient) | As(Role::kPartnerServer) |
                              As(Role::kPrimaryServer) | As(Role::kGateway) | As(Role::kReader) | As(Role::kOperator) |
                              As(Role::kSecurity);
constexpr unsigned kMayLook = As(Role::kReader) | As(Role::kOperator) | As(Role::kSecurity);
constexpr unsigned kAskers = As(Role::kGateway) | As(Role::kPartnerServer);

struct Rule {
  absl::string_view method;
  unsigned listeners;
  unsigned own_roles;   // of the own MC system
  unsigned peer_roles;  // of every other MC system in the table
};

constexpr Rule kRules[] = {
    {"mcmig.v1.McServiceClient/Migrate", On(Listener::kClient), As(Role::kApplication), 0},
    {"mcmig.v1.PartnerMcServiceServer/AuthorizeMigration", On(Listener::kClient), As(Role::kClient), As(Role::kClient)},
    {"mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration", On(Listener::kInside), As(Role::kPartnerServer), 0},
    {"mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration", On(Listener::kOutside), 0, kAskers},
    {"mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration", On(Listener::kInside), As(Role::kGateway), 0},
    {"mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration", On(Listener::kOutside), 0, kAskers},
    {"mcmig.v1.PrimaryAdmin/ImportUserProfiles", On(Listener::kOperators), As(Role::kOperator), 0},
    {"mcmig.v1.PrimaryAdmin/GetUserProfiles", On(Listener::kOperators), kMayLook, 0},
    {"mcmig.v1.PrimaryAdmin/GetMigration", On(Listener::kOperators), kMayLook, 0},
    {"mcmig.v1.PrimaryAdmin/ListMigrations", On(Listener::kOperators), kMayLook, 0},
    {"mcmig.v1.PartnerAdmin/ImportExpectedVisitors", On(Listener::kOperators), As(Role::kOperator), 0},
    {"mcmig.v1.PartnerAdmin/ListExpectedVisitors", On(Listener::kOperators), kMayLook, 0},
    {"mcmig.v1.PartnerAdmin/ListVisitors", On(Listener::kOperators), kMayLook, 0},
    {"grpc.health.v1.Health/Check", kProbed, kAnyRole, kAnyRole},
    {"grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", kProbed, kAnyRole, kAnyRole},
};

}  // namespace

bool MayCall(absl::string_view method, Listener listener, const Peer& peer) {
  for (const Rule& rule : kRules) {
    const unsigned roles = peer.own ? rule.own_roles : rule.peer_roles;
    if (rule.method == method && (rule.listeners & On(listener)) != 0 && (roles & As(peer.role)) != 0) return true;
  }
  return false;
}

}  // namespace mcmig::identity
