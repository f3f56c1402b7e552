#include "services/gateway/process.h"

#include <iostream>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/admin/peer_admin.h"
#include "common/async/clock.h"
#include "common/audit/open_trail.h"
#include "common/config/duration.h"
#include "common/config/load.h"
#include "common/ops/instruments.h"
#include "common/ops/metrics_server.h"
#include "common/rpc/bind.h"
#include "common/rpc/credentials.h"
#include "common/rpc/entry.h"
#include "common/rpc/next_hop.h"
#include "common/rpc/partner_hop.h"
#include "common/rpc/peer_admin_service.h"
#include "common/rpc/process.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "services/gateway/assignments.h"
#include "services/gateway/partner_gateway.h"
#include "services/gateway/primary_gateway.h"

namespace mcmig::gateway {
namespace {

using PartnerService = v1::PartnerMcGatewayServer::AsyncService;
using PrimaryService = v1::PrimaryMcGatewayServer::AsyncService;

// The own MC service servers, primary side: one next hop for each server, however many assignments it has.
struct PrimaryServers {
  std::vector<std::unique_ptr<protocol::PrimaryHop>> hops;
  std::vector<protocol::PrimaryHop*> every;
  std::vector<protocol::PrimaryHop*> by_assignment;
};
absl::StatusOr<PrimaryServers> ConnectPrimaryServers(const config::v1::GatewayConfig& config, const std::string& own,
                                                     const std::shared_ptr<const rpc::Credentials>& credentials,
                                                     ops::Metrics& metrics) {
  PrimaryServers servers;
  absl::flat_hash_map<std::string, protocol::PrimaryHop*> known;
  for (const config::v1::ServerAssignment& assignment : config.assignments()) {
    protocol::PrimaryHop*& hop = known[assignment.server().SerializeAsString()];
    if (hop == nullptr) {
      auto made = rpc::MakeNextHop<rpc::GrpcPrimaryHop<v1::PrimaryMcServiceServer>>(
          credentials, assignment.server(), own, protocol::Leg::kInside, &metrics);
      if (!made.ok()) return made.status();
      hop = made->get();
      servers.every.push_back(hop);
      servers.hops.push_back(*std::move(made));
    }
    servers.by_assignment.push_back(hop);
  }
  return servers;
}

// Both services on both borders of the gateway: the permission table says which method is for whom where.
void HandleAll(PartnerGateway& partner, PartnerService& partner_service, PrimaryGateway& primary,
               PrimaryService& primary_service, rpc::Server& listener) {
  listener.Handle(&partner_service, &PartnerService::RequestAuthorizeMigration,
                  "mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration",
                  rpc::Bind(partner, &PartnerGateway::AuthorizeMigration), rpc::Access::kShare);
  listener.Handle(&partner_service, &PartnerService::RequestEndMigration,
                  "mcmig.v1.PartnerMcGatewayServer/EndMigration", rpc::Bind(partner, &PartnerGateway::EndMigration));
  listener.Handle(&partner_service, &PartnerService::RequestCancelMigration,
                  "mcmig.v1.PartnerMcGatewayServer/CancelMigration",
                  rpc::Bind(partner, &PartnerGateway::CancelMigration));
  listener.Handle(&partner_service, &PartnerService::RequestReconcileMigrations,
                  "mcmig.v1.PartnerMcGatewayServer/ReconcileMigrations",
                  rpc::Bind(partner, &PartnerGateway::ReconcileMigrations));
  listener.Handle(&primary_service, &PrimaryService::RequestAuthorizeMigration,
                  "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration",
                  rpc::Bind(primary, &PrimaryGateway::AuthorizeMigration), rpc::Access::kShare);
  listener.Handle(&primary_service, &PrimaryService::RequestEndMigration,
                  "mcmig.v1.PrimaryMcGatewayServer/EndMigration", rpc::Bind(primary, &PrimaryGateway::EndMigration));
  listener.Handle(&primary_service, &PrimaryService::RequestCancelMigration,
                  "mcmig.v1.PrimaryMcGatewayServer/CancelMigration",
                  rpc::Bind(primary, &PrimaryGateway::CancelMigration));
  listener.Handle(&primary_service, &PrimaryService::RequestReconcileMigrations,
                  "mcmig.v1.PrimaryMcGatewayServer/ReconcileMigrations",
                  rpc::Bind(primary, &PrimaryGateway::ReconcileMigrations));
}

absl::Status Serve(const std::string& config_path, const std::string& ready_file) {
  // What others point to comes first, so that it goes last: the servers end before their handlers and next hops.
  const auto loaded = config::Load<config::v1::GatewayConfig>(config_path);
  if (!loaded.ok()) return loaded.status();
  const config::v1::GatewayConfig& config = loaded->config;
  const async::SystemClock clock;
  ops::Instruments instruments;
  const auto credentials = rpc::Credentials::Create(loaded->systems, config.certificate(), loaded->directory);
  if (!credentials.ok()) return credentials.status();
  (*credentials)->MeasureExpiry(instruments.metrics);
  const auto trail = audit::OpenTrail(config, "gateway", instruments.metrics);
  if (!trail.ok()) return trail.status();

  const std::string& own = loaded->systems->own();

  // The partner's side: out to the entries of primary MC systems, in to the own server.
  const auto entries = rpc::MakeEntries(*credentials, *loaded->systems, &instruments.metrics);
  if (!entries.ok()) return entries.status();
  std::unique_ptr<protocol::PartnerHop> partner_server;
  if (config.has_partner_server()) {
    auto made = rpc::MakeNextHop<rpc::GrpcPartnerHop<v1::PartnerMcServiceServer>>(
        *credentials, config.partner_server(), own, protocol::Leg::kInside, &instruments.metrics);
    if (!made.ok()) return made.status();
    partner_server = *std::move(made);
  }
  PartnerGateway partner({.systems = loaded->systems,
                          .entries = entries->by_system(),
                          .server = partner_server.get(),
                          .clock = &clock,
                          .log = &instruments.decisions});

  // The primary's side: in to the own servers by assignment, out to partner MC systems.
  const auto assignments = Assignments::Create(config.assignments());
  if (!assignments.ok()) return assignments.status();
  const auto primary_servers = ConnectPrimaryServers(config, own, *credentials, instruments.metrics);
  if (!primary_servers.ok()) return primary_servers.status();
  const auto visitors_entries = rpc::MakeVisitorsEntries(*credentials, *loaded->systems, &instruments.metrics);
  if (!visitors_entries.ok()) return visitors_entries.status();
  PrimaryGateway primary({.systems = loaded->systems,
                          .assignments = *assignments,
                          .servers = primary_servers->by_assignment,
                          .every_server = primary_servers->every,
                          .visitors_entries = visitors_entries->by_system(),
                          .clock = &clock,
                          .log = &instruments.decisions});

  admin::PeerAdmin peers;
  peers.Add(entries->servers());
  peers.Add(visitors_entries->servers());

  PartnerService inside_partner;
  PrimaryService inside_primary;
  PartnerService outside_partner;
  PrimaryService outside_primary;
  rpc::PeerAdminService operators_peers;
  rpc::Process process(*credentials, &instruments.metrics, trail->get());
  process.KeepCertificates(*credentials, loaded->systems, config.system_table_file());
  if (config.has_inside_listener()) {
    auto inside = process.Listen(identity::Listener::kInside, config.inside_listener());
    if (!inside.ok()) return inside.status();
    HandleAll(partner, inside_partner, primary, inside_primary, **inside);
  }
  if (config.has_outside_listener()) {
    auto outside = process.Listen(identity::Listener::kOutside, config.outside_listener());
    if (!outside.ok()) return outside.status();
    HandleAll(partner, outside_partner, primary, outside_primary, **outside);
  }
  if (config.has_operators_listener()) {
    auto operators = process.Listen(identity::Listener::kOperators, config.operators_listener());
    if (!operators.ok()) return operators.status();
    operators_peers.Handle(peers, **operators);
  }
  process.ListenForHealth(config.health_address());
  ops::MetricsServer metrics(instruments.metrics, config.metrics_address());
  return process.RunUntilSignal(config::ToDuration(config.drain_grace()), ready_file, &metrics);
}

}  // namespace

int RunGateway(const std::string& config_path, const std::string& ready_file) {
  rpc::BlockSignals();
  const absl::Status status = Serve(config_path, ready_file);
  if (status.ok()) return 0;
  std::cerr << "mcmig gateway: " << status.message() << '\n';
  return 1;
}

}  // namespace mcmig::gateway
