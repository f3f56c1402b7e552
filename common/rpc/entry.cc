#include "common/rpc/entry.h"

#include <algorithm>
#include <utility>

#include "common/rpc/next_hop.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"

namespace mcmig::rpc {
namespace {

bool IsPrimaryServer(const config::v1::System& system) {
  return std::any_of(system.identities().begin(), system.identities().end(), [&system](const auto& identity) {
    return identity.san() == system.entry().server_name() && identity.role() == config::v1::ROLE_PRIMARY_SERVER;
  });
}

}  // namespace

absl::StatusOr<Entries> Entries::Create(const std::shared_ptr<const Credentials>& credentials,
                                        const identity::SystemTable& systems, ops::Metrics* metrics) {
  Entries entries;
  for (const identity::SystemTable::System& system : systems.systems()) {
    if (!system.config.has_entry()) continue;
    const auto make = IsPrimaryServer(system.config) ? MakeNextHop<v1::PrimaryMcServiceServer>
                                                     : MakeNextHop<v1::PrimaryMcGatewayServer>;
    auto hop = make(credentials, system.config.entry(), system.config.name(), protocol::Leg::kOutside, metrics);
    if (!hop.ok()) return hop.status();
    entries.by_system_.emplace(system.config.name(), hop->get());
    entries.hops_.push_back(*std::move(hop));
  }
  return entries;
}

}  // namespace mcmig::rpc
