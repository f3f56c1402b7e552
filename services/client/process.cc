#include "services/client/process.h"

#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "common/async/clock.h"
#include "common/async/random.h"
#include "common/audit/open_trail.h"
#include "common/config/duration.h"
#include "common/config/load.h"
#include "common/ops/instruments.h"
#include "common/ops/metrics_server.h"
#include "common/rpc/bind.h"
#include "common/rpc/credentials.h"
#include "common/rpc/next_hop.h"
#include "common/rpc/process.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "services/client/client_agent.h"
#include "services/client/token_source.h"
#include "services/client/users.h"

namespace mcmig::client {
namespace {

using Service = v1::McServiceClient::AsyncService;

// The partner MC service servers of all users; one next hop for each server, however many users share it.
using Servers = absl::flat_hash_map<std::string, std::unique_ptr<protocol::PartnerServerHop>>;
absl::StatusOr<Servers> ConnectServers(const config::v1::ClientAgentConfig& config,
                                       const std::shared_ptr<const rpc::Credentials>& credentials,
                                       ops::Metrics& metrics) {
  Servers servers;
  for (const config::v1::AgentUser& user : config.users()) {
    for (const config::v1::AgentPartner& partner : user.partners()) {
      const std::string key = ServerKey(partner);
      if (servers.contains(key)) continue;
      auto hop = rpc::MakeNextHop<rpc::GrpcPartnerServerHop<v1::PartnerMcServiceServer>>(
          credentials, partner.server(), partner.system(), protocol::Leg::kClient, &metrics);
      if (!hop.ok()) return hop.status();
      servers.emplace(key, *std::move(hop));
    }
  }
  return servers;
}

absl::Status Serve(const std::string& config_path, const std::string& ready_file) {
  // What others point to comes first, so that it goes last: the servers end before their handler and next hops.
  const auto loaded = config::Load<config::v1::ClientAgentConfig>(config_path);
  if (!loaded.ok()) return loaded.status();
  const config::v1::ClientAgentConfig& config = loaded->config;
  const async::SystemClock clock;
  async::SystemRandom random;
  ops::Instruments instruments;
  FileTokenSource tokens;
  const auto credentials = rpc::Credentials::Create(loaded->systems, config.certificate(), loaded->directory);
  if (!credentials.ok()) return credentials.status();
  (*credentials)->MeasureExpiry(instruments.metrics);
  const auto trail = audit::OpenTrail(config, "client", instruments.metrics);
  if (!trail.ok()) return trail.status();
  const auto users = Users::Create(config.users());
  if (!users.ok()) return users.status();

  const absl::StatusOr<Servers> servers = ConnectServers(config, *credentials, instruments.metrics);
  if (!servers.ok()) return servers.status();
  ClientDoors doors{.users = *users,
                    .servers = {},
                    .tokens = &tokens,
                    .random = &random,
                    .clock = &clock,
                    .log = &instruments.decisions,
                    .retry = {}};
  for (const auto& [key, hop] : *servers) doors.servers.emplace(key, hop.get());
  ClientAgent agent(std::move(doors));

  Service service;
  rpc::Process process(*credentials, &instruments.metrics, trail->get());
  process.KeepCertificates(*credentials, loaded->systems, config.system_table_file());
  auto applications = process.Listen(identity::Listener::kClient, config.client_listener());
  if (!applications.ok()) return applications.status();
  (*applications)
      ->Handle(&service, &Service::RequestMigrate, "mcmig.v1.McServiceClient/Migrate",
               rpc::Bind(agent, &ClientAgent::Migrate));
  (*applications)
      ->Handle(&service, &Service::RequestEndMigration, "mcmig.v1.McServiceClient/EndMigration",
               rpc::Bind(agent, &ClientAgent::EndMigration));
  (*applications)
      ->Handle(&service, &Service::RequestGetMigrationStatus, "mcmig.v1.McServiceClient/GetMigrationStatus",
               rpc::Bind(agent, &ClientAgent::GetMigrationStatus));
  process.ListenForHealth(config.health_address());
  ops::MetricsServer metrics(instruments.metrics, config.metrics_address());
  return process.RunUntilSignal(config::ToDuration(config.drain_grace()), ready_file, &metrics);
}

}  // namespace

int RunClientAgent(const std::string& config_path, const std::string& ready_file) {
  rpc::BlockSignals();
  const absl::Status status = Serve(config_path, ready_file);
  if (status.ok()) return 0;
  std::cerr << "mcmig client-agent: " << status.message() << '\n';
  return 1;
}

}  // namespace mcmig::client
