#include "tests/simulation/servers.h"

#include <utility>

#include "common/rpc/bind.h"
#include "tests/simulation/observed_stores.h"

namespace mcmig::simulation {
namespace {

using identity::Listener;
using Request = v1::MigrationServiceAuthorizationRequest;

gateway::Assignments EverybodyOfNorth() {
  config::v1::GatewayConfig config;
  for (const config::v1::Service service : {config::v1::MCPTT, config::v1::MCVIDEO}) {
    config::v1::ServerAssignment& entry = *config.add_assignments();
    entry.set_service(service);
    entry.set_domain("north.example");
  }
  return *gateway::Assignments::Create(config.assignments());
}

migration::Policy PolicyOf(const Surroundings& around, const migration::MigrationStore& store) {
  migration::Policy policy = around.policy;
  policy.incarnation = store.incarnation();
  return policy;
}

}  // namespace

PrimaryLife::PrimaryLife(Process& process, Surroundings& around, PartnerHops partners, bool restored)
    : store_(Observe(*process.disk().OpenMigrations(), around.model, restored)),
      migrations_(*store_, migration::MigrationRegister::kMaxWaiting, nullptr, process.Writer()),
      server_({.systems = around.setting.systems("north"),
               .credentials = &around.setting.credentials().verifier(),
               .leeway = absl::ZeroDuration(),
               .migrations = &migrations_,
               .signatures = {around.setting.systems("north"), &around.setting.grants(), 1},
               .policy = PolicyOf(around, *store_),
               .clock = &process.executor(),
               .log = &around.log}),
      delivery_({.migrations = &migrations_,
                 .partners = {"east", "south"},
                 .ways = {.gateway = nullptr, .entries = partners},
                 .signatures = {around.setting.systems("north"), &around.setting.grants(), 1},
                 .clock = &process.executor()},
                {.idle = absl::Seconds(2), .longest = absl::Seconds(10)}),
      reconciliation_({.migrations = &migrations_,
                       .ways = {.gateway = nullptr, .entries = std::move(partners)},
                       .signatures = {around.setting.systems("north"), &around.setting.grants(), 1},
                       .clock = &process.executor()}),
      expiry_(migrations_, PolicyOf(around, *store_), process.executor()) {
  migrations_.gate().WaitFor({"east", "south"});
  for (const Listener listener : {Listener::kInside, Listener::kOutside}) {
    Serve<Request>(listener, "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration",
                   rpc::Bind(server_, &primary_server::PrimaryServer::AuthorizeMigration));
    Serve<v1::EndMigrationRequest>(listener, "mcmig.v1.PrimaryMcServiceServer/EndMigration",
                                   rpc::Bind(server_, &primary_server::PrimaryServer::EndMigration));
    Serve<v1::ReconcileMigrationsRequest>(listener, "mcmig.v1.PrimaryMcServiceServer/ReconcileMigrations",
                                          rpc::Bind(server_, &primary_server::PrimaryServer::ReconcileMigrations));
  }
  process.executor().Spawn(delivery_.Run(process.executor(), stop_));
  process.executor().Spawn(reconciliation_.Run(process.executor(), stop_));
  process.executor().Spawn(expiry_.Run(process.executor(), stop_));
}

PartnerLife::PartnerLife(Process& process, Surroundings& around, protocol::PrimaryHop* gateway, NextHops entries)
    : store_(Observe(*process.disk().OpenVisitors(), around.model, process.system())),
      visitors_(*store_, migration::VisitorRegister::kMaxWaiting, nullptr, process.Writer()),
      server_({.systems = around.setting.systems(process.system()),
               .tokens = &around.setting.tokens(),
               .leeway = absl::Seconds(30),
               .visitors = &visitors_,
               .gateway = gateway,
               .entries = entries,
               .random = &process.run().dice,
               .clock = &process.executor(),
               .log = &around.log,
               .retry = {},
               .clock_skew = around.policy.clock_skew,
               .grants = around.setting.GrantVerifiersOf(process.system())}),
      reconciliation_(
          {.systems = around.setting.systems(process.system()),
           .visitors = &visitors_,
           .gateway = gateway,
           .entries = std::move(entries),
           .random = &process.run().dice,
           .clock = &process.executor(),
           .grants = around.setting.GrantVerifiersOf(process.system())},
          {.interval = absl::Seconds(40), .orphan_grace = absl::Seconds(30), .clock_skew = around.policy.clock_skew}) {
  using partner_server::PartnerServer;
  Serve<Request>(Listener::kClient, "mcmig.v1.PartnerMcServiceServer/AuthorizeMigration",
                 rpc::Bind(server_, &PartnerServer::AuthorizeMigration));
  Serve<v1::EndMigrationRequest>(Listener::kClient, "mcmig.v1.PartnerMcServiceServer/EndMigration",
                                 rpc::Bind(server_, &PartnerServer::EndMigration));
  for (const Listener listener : {Listener::kInside, Listener::kOutside}) {
    Serve<v1::CancelMigrationRequest>(listener, "mcmig.v1.PartnerMcServiceServer/CancelMigration",
                                      rpc::Bind(server_, &PartnerServer::CancelMigration));
    Serve<v1::ReconcileMigrationsRequest>(listener, "mcmig.v1.PartnerMcServiceServer/ReconcileMigrations",
                                          rpc::Bind(server_, &PartnerServer::ReconcileMigrations));
  }
  process.executor().Spawn(reconciliation_.Run(process.executor(), stop_));
}

GatewayLife::GatewayLife(Process& process, Surroundings& around, NextHops entries, protocol::PartnerHop* server)
    : partner_(std::make_unique<gateway::PartnerGateway>(
          gateway::PartnerGatewayDoors{.systems = around.setting.systems(process.system()),
                                       .entries = std::move(entries),
                                       .server = server,
                                       .clock = &process.executor(),
                                       .log = &around.log})) {
  using gateway::PartnerGateway;
  Serve<Request>(Listener::kInside, "mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration",
                 rpc::Bind(*partner_, &PartnerGateway::AuthorizeMigration));
  Serve<v1::EndMigrationRequest>(Listener::kInside, "mcmig.v1.PartnerMcGatewayServer/EndMigration",
                                 rpc::Bind(*partner_, &PartnerGateway::EndMigration));
  for (const Listener listener : {Listener::kInside, Listener::kOutside}) {
    Serve<v1::ReconcileMigrationsRequest>(listener, "mcmig.v1.PartnerMcGatewayServer/ReconcileMigrations",
                                          rpc::Bind(*partner_, &PartnerGateway::ReconcileMigrations));
  }
  Serve<v1::CancelMigrationRequest>(Listener::kOutside, "mcmig.v1.PartnerMcGatewayServer/CancelMigration",
                                    rpc::Bind(*partner_, &PartnerGateway::CancelMigration));
}

GatewayLife::GatewayLife(Process& process, Surroundings& around, protocol::PrimaryHop* server)
    : primary_(std::make_unique<gateway::PrimaryGateway>(
          gateway::PrimaryGatewayDoors{.systems = around.setting.systems(process.system()),
                                       .assignments = EverybodyOfNorth(),
                                       .servers = {server, server},
                                       .every_server = {server},
                                       .visitors_entries = {},
                                       .clock = &process.executor(),
                                       .log = &around.log})) {
  using gateway::PrimaryGateway;
  Serve<Request>(Listener::kOutside, "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration",
                 rpc::Bind(*primary_, &PrimaryGateway::AuthorizeMigration));
  Serve<v1::EndMigrationRequest>(Listener::kOutside, "mcmig.v1.PrimaryMcGatewayServer/EndMigration",
                                 rpc::Bind(*primary_, &PrimaryGateway::EndMigration));
  Serve<v1::ReconcileMigrationsRequest>(Listener::kOutside, "mcmig.v1.PrimaryMcGatewayServer/ReconcileMigrations",
                                        rpc::Bind(*primary_, &PrimaryGateway::ReconcileMigrations));
}

}  // namespace mcmig::simulation
