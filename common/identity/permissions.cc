#include "common/identity/permissions.h"

#include <cstdint>

namespace mcmig::identity {
namespace {

// Roles, one bit each. Role::kNone is in no set.
using Roles = uint32_t;

constexpr Roles Only(Role role) { return Roles{1} << static_cast<uint32_t>(role); }

constexpr Roles kNobody = 0;
constexpr Roles kApplication = Only(Role::kApplication);
constexpr Roles kClient = Only(Role::kClient);
constexpr Roles kPartnerServer = Only(Role::kPartnerServer);
constexpr Roles kPrimaryServer = Only(Role::kPrimaryServer);
constexpr Roles kGateway = Only(Role::kGateway);
constexpr Roles kOperator = Only(Role::kOperator);
constexpr Roles kSecurity = Only(Role::kSecurity);
constexpr Roles kDirectoryReader = Only(Role::kDirectoryReader);
// Whoever may change something may look; changing trust is no licence to change users.
constexpr Roles kReaders = Only(Role::kReader) | kOperator | kSecurity;
constexpr Roles kAnyone =
    kApplication | kClient | kPartnerServer | kPrimaryServer | kGateway | kReaders | kDirectoryReader;

constexpr Listener kAtClient = Listener::kClient;
constexpr Listener kAtInside = Listener::kInside;
constexpr Listener kAtOutside = Listener::kOutside;
constexpr Listener kAtOperators = Listener::kOperators;

struct Rule {
  absl::string_view method;
  Listener listener = Listener::kClient;
  Roles own = kNobody;   // of the MC system this process belongs to
  Roles peer = kNobody;  // of any other MC system in the system table
};

// What no row allows is denied.
constexpr Rule kRules[] = {
    {"mcmig.v1.McServiceClient/Migrate", kAtClient, kApplication, kNobody},
    {"mcmig.v1.McServiceClient/EndMigration", kAtClient, kApplication, kNobody},
    {"mcmig.v1.McServiceClient/GetMigrationStatus", kAtClient, kApplication, kNobody},
    // A migrating user's client holds a certificate of its primary MC system or of the partner.
    {"mcmig.v1.PartnerMcServiceServer/AuthorizeMigration", kAtClient, kClient, kClient},
    {"mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration", kAtInside, kPartnerServer, kNobody},
    {"mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration", kAtOutside, kNobody, kGateway | kPartnerServer},
    {"mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration", kAtInside, kGateway, kNobody},
    {"mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration", kAtOutside, kNobody, kGateway | kPartnerServer},

    // The end of a migration goes the same way.
    {"mcmig.v1.PartnerMcServiceServer/EndMigration", kAtClient, kClient, kClient},
    {"mcmig.v1.PartnerMcServiceServer/GetMigrationStatus", kAtClient, kClient, kClient},
    {"mcmig.v1.PartnerMcGatewayServer/EndMigration", kAtInside, kPartnerServer, kNobody},
    {"mcmig.v1.PrimaryMcGatewayServer/EndMigration", kAtOutside, kNobody, kGateway | kPartnerServer},
    {"mcmig.v1.PrimaryMcServiceServer/EndMigration", kAtInside, kGateway, kNobody},
    {"mcmig.v1.PrimaryMcServiceServer/EndMigration", kAtOutside, kNobody, kGateway | kPartnerServer},
    // A cancel comes from the primary MC system.
    {"mcmig.v1.PrimaryMcGatewayServer/CancelMigration", kAtInside, kPrimaryServer, kNobody},
    {"mcmig.v1.PartnerMcGatewayServer/CancelMigration", kAtOutside, kNobody, kGateway | kPrimaryServer},
    {"mcmig.v1.PartnerMcServiceServer/CancelMigration", kAtInside, kGateway, kNobody},
    {"mcmig.v1.PartnerMcServiceServer/CancelMigration", kAtOutside, kNobody, kGateway | kPrimaryServer},
    // The partner MC system asks the primary …
    {"mcmig.v1.PartnerMcGatewayServer/ReconcileMigrations", kAtInside, kPartnerServer, kNobody},
    {"mcmig.v1.PrimaryMcGatewayServer/ReconcileMigrations", kAtOutside, kNobody, kGateway | kPartnerServer},
    {"mcmig.v1.PrimaryMcServiceServer/ReconcileMigrations", kAtInside, kGateway, kNobody},
    {"mcmig.v1.PrimaryMcServiceServer/ReconcileMigrations", kAtOutside, kNobody, kGateway | kPartnerServer},
    // … and the primary the partner.
    {"mcmig.v1.PrimaryMcGatewayServer/ReconcileMigrations", kAtInside, kPrimaryServer, kNobody},
    {"mcmig.v1.PartnerMcGatewayServer/ReconcileMigrations", kAtOutside, kNobody, kGateway | kPrimaryServer},
    {"mcmig.v1.PartnerMcServiceServer/ReconcileMigrations", kAtInside, kGateway, kNobody},
    {"mcmig.v1.PartnerMcServiceServer/ReconcileMigrations", kAtOutside, kNobody, kGateway | kPrimaryServer},

    // Users at home.
    {"mcmig.v1.PrimaryMcServiceServer/AuthorizeService", kAtClient, kClient, kNobody},
    // Where users are is for few: no gateway, and no operator by that role alone.
    {"mcmig.v1.MigrationDirectory/LookupServingSystem", kAtInside, kDirectoryReader, kNobody},
    {"mcmig.v1.MigrationDirectory/WatchMigrations", kAtInside, kDirectoryReader, kNobody},

    {"mcmig.v1.PrimaryAdmin/ImportUserProfiles", kAtOperators, kOperator, kNobody},
    {"mcmig.v1.PrimaryAdmin/RemoveUserProfiles", kAtOperators, kOperator, kNobody},
    {"mcmig.v1.PrimaryAdmin/GetUserProfiles", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.PrimaryAdmin/GetMigration", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.PrimaryAdmin/ListMigrations", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.PrimaryAdmin/RevokeMigration", kAtOperators, kOperator, kNobody},
    {"mcmig.v1.PrimaryAdmin/GetMigrationHistory", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.PartnerAdmin/ImportExpectedVisitors", kAtOperators, kOperator, kNobody},
    {"mcmig.v1.PartnerAdmin/ListExpectedVisitors", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.PartnerAdmin/ListVisitors", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.RegisterAdmin/VerifyRegister", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.RegisterAdmin/ReconcileRegister", kAtOperators, kOperator, kNobody},
    // Everything at once, off the server: more than what an operator may look up or change.
    {"mcmig.v1.RegisterAdmin/ExportBackup", kAtOperators, kSecurity, kNobody},

    {"mcmig.v1.PeerAdmin/ListPeerServers", kAtOperators, kReaders, kNobody},
    {"mcmig.v1.PeerAdmin/ResetPeerServers", kAtOperators, kOperator, kNobody},

    {"grpc.health.v1.Health/Check", kAtClient, kAnyone, kAnyone},
    {"grpc.health.v1.Health/Check", kAtInside, kAnyone, kAnyone},
    {"grpc.health.v1.Health/Check", kAtOperators, kAnyone, kAnyone},
    {"grpc.health.v1.Health/Watch", kAtClient, kAnyone, kAnyone},
    {"grpc.health.v1.Health/Watch", kAtInside, kAnyone, kAnyone},
    {"grpc.health.v1.Health/Watch", kAtOperators, kAnyone, kAnyone},
    {"grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", kAtClient, kAnyone, kAnyone},
    {"grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", kAtInside, kAnyone, kAnyone},
    {"grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", kAtOperators, kAnyone, kAnyone},
};

}  // namespace

bool MayCall(absl::string_view method, Listener listener, const Peer& peer) {
  for (const Rule& rule : kRules) {
    if (rule.listener != listener || rule.method != method) continue;
    return ((peer.own ? rule.own : rule.peer) & Only(peer.role)) != 0;
  }
  return false;
}

}  // namespace mcmig::identity
