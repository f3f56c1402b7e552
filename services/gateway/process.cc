#include "services/gateway/process.h"

#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "common/async/clock.h"
#include "common/config/duration.h"
#include "common/config/load.h"
#include "common/ops/instruments.h"
#include "common/ops/metrics_server.h"
#include "common/rpc/credentials.h"
#include "common/rpc/entry.h"
#include "common/rpc/next_hop.h"
#include "common/rpc/process.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "services/gateway/assignments.h"
#include "services/gateway/partner_gateway.h"
#include "services/gateway/primary_gateway.h"

namespace mcmig::gateway {
namespace {

using protocol::Call;
using Request = v1::MigrationServiceAuthorizationRequest;
using WayOut = v1::PartnerMcGatewayServer::AsyncService;
using WayIn = v1::PrimaryMcGatewayServer::AsyncService;

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

  // The way out: the entries of the primary MC systems.
  const auto entries = rpc::Entries::Create(*credentials, *loaded->systems, &instruments.metrics);
  if (!entries.ok()) return entries.status();
  PartnerGateway way_out(
      {.systems = loaded->systems, .entries = entries->by_system(), .clock = &clock, .log = &instruments.decisions});

  // The way in: the own MC service servers, one for each assignment.
  const auto assignments = Assignments::Create(config.assignments());
  if (!assignments.ok()) return assignments.status();
  std::vector<std::unique_ptr<protocol::NextHop>> servers;
  std::vector<protocol::NextHop*> server_pointers;
  for (const config::v1::ServerAssignment& assignment : config.assignments()) {
    auto hop = rpc::MakeNextHop<v1::PrimaryMcServiceServer>(*credentials, assignment.server(), loaded->systems->own(),
                                                            protocol::Leg::kInside, &instruments.metrics);
    if (!hop.ok()) return hop.status();
    server_pointers.push_back(hop->get());
    servers.push_back(*std::move(hop));
  }
  PrimaryGateway way_in({.systems = loaded->systems,
                         .assignments = *assignments,
                         .servers = server_pointers,
                         .clock = &clock,
                         .log = &instruments.decisions});

  WayOut way_out_service;
  WayIn way_in_service;
  rpc::Process process(*credentials, &instruments.metrics);
  if (config.has_inside_listener()) {
    auto inside = process.Listen(identity::Listener::kInside, config.inside_listener());
    if (!inside.ok()) return inside.status();
    (*inside)->Handle(
        &way_out_service, &WayOut::RequestAuthorizeMigration, "mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration",
        [&way_out](const Call& call, const Request& request) { return way_out.AuthorizeMigration(call, request); });
  }
  if (config.has_outside_listener()) {
    auto outside = process.Listen(identity::Listener::kOutside, config.outside_listener());
    if (!outside.ok()) return outside.status();
    (*outside)->Handle(
        &way_in_service, &WayIn::RequestAuthorizeMigration, "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration",
        [&way_in](const Call& call, const Request& request) { return way_in.AuthorizeMigration(call, request); });
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
