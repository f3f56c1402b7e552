#include "common/identity/permissions.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "mcmig/v1/admin.pb.h"
#include "mcmig/v1/mc_service_client.pb.h"
#include "mcmig/v1/migration_directory.pb.h"
#include "mcmig/v1/partner_mc_gateway_server.pb.h"
#include "mcmig/v1/partner_mc_service_server.pb.h"
#include "mcmig/v1/peer_admin.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.pb.h"
#include "mcmig/v1/primary_mc_service_server.pb.h"
#include "mcmig/v1/register_admin.pb.h"

namespace mcmig::identity {
namespace {

constexpr Listener kListeners[] = {Listener::kClient, Listener::kInside, Listener::kOutside, Listener::kOperators};
constexpr Role kRoles[] = {Role::kNone,          Role::kApplication,    Role::kClient, Role::kPartnerServer,
                           Role::kPrimaryServer, Role::kGateway,        Role::kReader, Role::kOperator,
                           Role::kSecurity,      Role::kDirectoryReader};

// "METHOD LISTENER own|peer ROLE", for each cell that is allowed.
using Cells = std::set<std::string>;

std::string Cell(absl::string_view method, absl::string_view listener, absl::string_view side, absl::string_view role) {
  return absl::StrCat(method, " ", listener, " ", side, " ", role);
}

// Every RPC of the contract, and of the two services that every server has beside it.
std::set<std::string> Methods() {
  std::set<std::string> methods = {"grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch",
                                   "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
  for (const char* name :
       {"admin", "mc_service_client", "migration_directory", "partner_mc_gateway_server", "partner_mc_service_server",
        "peer_admin", "primary_mc_gateway_server", "primary_mc_service_server", "register_admin"}) {
    const auto* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(absl::StrCat("mcmig/v1/", name, ".proto"));
    if (file == nullptr) {
      ADD_FAILURE() << "no such file of the contract: " << name;
      continue;
    }
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.insert(absl::StrCat(file->service(i)->full_name(), "/", file->service(i)->method(j)->name()));
      }
    }
  }
  return methods;
}

// What MayCall allows of `methods`.
Cells Allowed(const std::set<std::string>& methods) {
  Cells cells;
  for (const std::string& method : methods) {
    for (const Listener listener : kListeners) {
      for (const Role role : kRoles) {
        for (const bool own : {true, false}) {
          const Peer peer = {.system = own ? "north" : "south", .role = role, .own = own};
          if (!MayCall(method, listener, peer)) continue;
          cells.insert(Cell(method, ListenerName(listener), own ? "own" : "peer", RoleName(role)));
        }
      }
    }
  }
  return cells;
}

// Written from the design, not from the table in permissions.cc.
Cells Expected() {
  Cells cells = {
      "mcmig.v1.McServiceClient/Migrate client own application",
      "mcmig.v1.PartnerMcServiceServer/AuthorizeMigration client own client",
      "mcmig.v1.PartnerMcServiceServer/AuthorizeMigration client peer client",
      "mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration inside own partner_server",
      "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration outside peer gateway",
      "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration outside peer partner_server",
      "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration inside own gateway",
      "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration outside peer gateway",
      "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration outside peer partner_server",
      "mcmig.v1.McServiceClient/EndMigration client own application",
      "mcmig.v1.McServiceClient/GetMigrationStatus client own application",
      "mcmig.v1.PartnerMcServiceServer/EndMigration client own client",
      "mcmig.v1.PartnerMcServiceServer/EndMigration client peer client",
      "mcmig.v1.PartnerMcServiceServer/GetMigrationStatus client own client",
      "mcmig.v1.PartnerMcServiceServer/GetMigrationStatus client peer client",
      "mcmig.v1.PrimaryMcServiceServer/AuthorizeService client own client",
      "mcmig.v1.MigrationDirectory/LookupServingSystem inside own directory_reader",
      "mcmig.v1.MigrationDirectory/WatchMigrations inside own directory_reader",
      "mcmig.v1.PrimaryAdmin/ImportUserProfiles operators own operator",
      "mcmig.v1.PrimaryAdmin/RemoveUserProfiles operators own operator",
      "mcmig.v1.PrimaryAdmin/RevokeMigration operators own operator",
      "mcmig.v1.RegisterAdmin/ReconcileRegister operators own operator",
      "mcmig.v1.RegisterAdmin/ExportBackup operators own security",
      "mcmig.v1.PeerAdmin/ResetPeerServers operators own operator",
      "mcmig.v1.PartnerAdmin/ImportExpectedVisitors operators own operator",
  };
  // Towards the primary: what a migration is authorized with, it is ended and compared with.
  for (const char* method : {"EndMigration", "ReconcileMigrations"}) {
    cells.insert(absl::StrCat("mcmig.v1.PartnerMcGatewayServer/", method, " inside own partner_server"));
    cells.insert(absl::StrCat("mcmig.v1.PrimaryMcGatewayServer/", method, " outside peer gateway"));
    cells.insert(absl::StrCat("mcmig.v1.PrimaryMcGatewayServer/", method, " outside peer partner_server"));
    cells.insert(absl::StrCat("mcmig.v1.PrimaryMcServiceServer/", method, " inside own gateway"));
    cells.insert(absl::StrCat("mcmig.v1.PrimaryMcServiceServer/", method, " outside peer gateway"));
    cells.insert(absl::StrCat("mcmig.v1.PrimaryMcServiceServer/", method, " outside peer partner_server"));
  }
  // Towards the partner.
  for (const char* method : {"CancelMigration", "ReconcileMigrations"}) {
    cells.insert(absl::StrCat("mcmig.v1.PrimaryMcGatewayServer/", method, " inside own primary_server"));
    cells.insert(absl::StrCat("mcmig.v1.PartnerMcGatewayServer/", method, " outside peer gateway"));
    cells.insert(absl::StrCat("mcmig.v1.PartnerMcGatewayServer/", method, " outside peer primary_server"));
    cells.insert(absl::StrCat("mcmig.v1.PartnerMcServiceServer/", method, " inside own gateway"));
    cells.insert(absl::StrCat("mcmig.v1.PartnerMcServiceServer/", method, " outside peer gateway"));
    cells.insert(absl::StrCat("mcmig.v1.PartnerMcServiceServer/", method, " outside peer primary_server"));
  }
  for (const char* role : {"reader", "operator", "security"}) {
    for (const char* method :
         {"PrimaryAdmin/GetUserProfiles", "PrimaryAdmin/GetMigration", "PrimaryAdmin/ListMigrations",
          "PrimaryAdmin/GetMigrationHistory", "RegisterAdmin/VerifyRegister", "PartnerAdmin/ListExpectedVisitors",
          "PartnerAdmin/ListVisitors", "PeerAdmin/ListPeerServers"}) {
      cells.insert(absl::StrCat("mcmig.v1.", method, " operators own ", role));
    }
  }
  for (const char* role : {"application", "client", "partner_server", "primary_server", "gateway", "reader", "operator",
                           "security", "directory_reader"}) {
    for (const char* listener : {"client", "inside", "operators"}) {
      for (const char* method : {"grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch",
                                 "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
        cells.insert(absl::StrCat(method, " ", listener, " own ", role));
        cells.insert(absl::StrCat(method, " ", listener, " peer ", role));
      }
    }
  }
  return cells;
}

// The roles that a column of docs/permissions.md names.
std::vector<std::string> RolesIn(absl::string_view column) {
  if (column == "nobody") return {};
  if (column != "any role") return absl::StrSplit(column, ", ");
  std::vector<std::string> roles;
  for (const Role role : kRoles) {
    if (role != Role::kNone) roles.emplace_back(RoleName(role));
  }
  return roles;
}

struct Documented {
  std::set<std::string> methods;
  Cells cells;
};

Documented ReadDocument() {
  Documented documented;
  std::ifstream file("docs/permissions.md");
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, "| `")) continue;
    std::vector<std::string> columns = absl::StrSplit(line, '|');
    if (columns.size() != 6) {
      ADD_FAILURE() << "not four columns: " << line;
      continue;
    }
    for (std::string& column : columns) absl::StripAsciiWhitespace(&column);
    const std::string method = absl::StrReplaceAll(columns[1], {{"`", ""}});
    documented.methods.insert(method);
    for (const absl::string_view listener : absl::StrSplit(columns[2], ", ")) {
      for (const std::string& role : RolesIn(columns[3])) {
        documented.cells.insert(Cell(method, listener, "own", role));
      }
      for (const std::string& role : RolesIn(columns[4])) {
        documented.cells.insert(Cell(method, listener, "peer", role));
      }
    }
  }
  return documented;
}

TEST(PermissionsTest, EveryCellIsAsDesigned) { EXPECT_EQ(Allowed(Methods()), Expected()); }

TEST(PermissionsTest, EveryCellIsAsDocumented) {
  const Documented documented = ReadDocument();
  EXPECT_EQ(documented.methods, Methods());
  EXPECT_EQ(Allowed(Methods()), documented.cells);
}

TEST(PermissionsTest, EveryRpcOfTheContractHasSomeoneWhoMayCallIt) {
  for (const std::string& method : Methods()) EXPECT_FALSE(Allowed({method}).empty()) << method;
}

TEST(PermissionsTest, WhoeverHasNoRoleMayCallNothing) {
  for (const std::string& cell : Allowed(Methods())) EXPECT_FALSE(absl::EndsWith(cell, " none")) << cell;
  for (const std::string& method : Methods()) {
    for (const Listener listener : kListeners) EXPECT_FALSE(MayCall(method, listener, Peer{})) << method;
  }
}

TEST(PermissionsTest, UnknownMethodsMayBeCalledByNobody) {
  EXPECT_EQ(Allowed({"", "/", "mcmig.v1.McServiceClient", "mcmig.v1.McServiceClient/",
                     "mcmig.v1.McServiceClient/migrate", "/mcmig.v1.McServiceClient/Migrate",
                     "mcmig.v1.McServiceClient/Migrate/", "mcmig.v1.PrimaryAdmin/DeleteEverything",
                     "grpc.health.v1.Health/List", "grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "*"}),
            Cells{});
}

TEST(PermissionsTest, OutsideListenerHasNeitherAdministrationNorReflectionNorHealth) {
  for (const std::string& cell : Allowed(Methods())) {
    if (!absl::StrContains(cell, " outside ")) continue;
    EXPECT_TRUE(absl::StrContains(cell, "Migration outside peer ") ||
                absl::StrContains(cell, "/ReconcileMigrations outside peer "))
        << cell;
  }
}

}  // namespace
}  // namespace mcmig::identity
