#include "tests/simulation/servers.h"

#include <utility>

#include "tests/simulation/observed_stores.h"

namespace mcmig::simulation {
namespace {

using identity::Listener;
using protocol::Call;
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

PrimaryLife::PrimaryLife(Process& process, Surroundings& around, bool restored)
    : store_(Observe(*process.disk().OpenMigrations(), around.model, restored)),
      migrations_(*store_, migration::MigrationRegister::kMaxWaiting, nullptr, process.Writer()),
      server_({.systems = around.setting.systems("north"),
               .migrations = &migrations_,
               .policy = PolicyOf(around, *store_),
               .clock = &process.executor(),
               .log = &around.log}) {
  for (const Listener listener : {Listener::kInside, Listener::kOutside}) {
    Serve<Request>(
        listener, "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration",
        [this](const Call& call, const Request& request) { return server_.AuthorizeMigration(call, request); });
  }
}

PartnerLife::PartnerLife(Process& process, Surroundings& around, protocol::NextHop* gateway, NextHops entries)
    : store_(Observe(*process.disk().OpenVisitors(), around.model, process.system())),
      visitors_(*store_, migration::VisitorRegister::kMaxWaiting, nullptr, process.Writer()),
      server_({.systems = around.setting.systems(process.system()),
               .tokens = &around.setting.tokens(),
               .leeway = absl::Seconds(30),
               .visitors = &visitors_,
               .gateway = gateway,
               .entries = std::move(entries),
               .random = &process.run().dice,
               .clock = &process.executor(),
               .log = &around.log,
               .retry = {}}) {
  Serve<Request>(
      Listener::kClient, "mcmig.v1.PartnerMcServiceServer/AuthorizeMigration",
      [this](const Call& call, const Request& request) { return server_.AuthorizeMigration(call, request); });
}

GatewayLife::GatewayLife(Process& process, Surroundings& around, NextHops entries, protocol::NextHop* server)
    : way_out_({.systems = around.setting.systems(process.system()),
                .entries = std::move(entries),
                .clock = &process.executor(),
                .log = &around.log}) {
  Serve<Request>(
      Listener::kInside, "mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration",
      [this](const Call& call, const Request& request) { return way_out_.AuthorizeMigration(call, request); });
  if (server == nullptr) return;
  way_in_ = std::make_unique<gateway::PrimaryGateway>(
      gateway::PrimaryGatewayDoors{.systems = around.setting.systems(process.system()),
                                   .assignments = EverybodyOfNorth(),
                                   .servers = {server, server},
                                   .clock = &process.executor(),
                                   .log = &around.log});
  Serve<Request>(
      Listener::kOutside, "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration",
      [this](const Call& call, const Request& request) { return way_in_->AuthorizeMigration(call, request); });
}

}  // namespace mcmig::simulation
