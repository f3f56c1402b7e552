#include "common/rpc/entry.h"

#include <algorithm>
#include <utility>

#include "common/rpc/next_hop.h"
#include "common/rpc/partner_hop.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"

namespace mcmig::rpc {
namespace {

using config::v1::Endpoint;

bool IsServer(const config::v1::System& system, const Endpoint& endpoint, config::v1::Role role) {
  return std::any_of(system.identities().begin(), system.identities().end(), [&](const auto& identity) {
    return identity.san() == endpoint.server_name() && identity.role() == role;
  });
}

template <class Door, class Hop>
absl::Status AddEntry(const std::shared_ptr<const Credentials>& credentials, const config::v1::System& system,
                      const Endpoint& endpoint, const char* entry, ops::Metrics* metrics, EntriesOf<Door>& entries) {
  absl::StatusOr<ServerAddress> address =
      ServerAddress::Of(credentials, endpoint, system.name(), protocol::Leg::kOutside);
  if (!address.ok()) return address.status();
  auto server = std::make_unique<bulkhead::PeerServer>(
      bulkhead::PeerServer::Name{system.name(), entry, endpoint.address()}, system.limits(), metrics);
  address->Through(*server);
  auto hop = std::make_unique<Hop>(*std::move(address), metrics);
  entries.Add(std::move(server), std::move(hop));
  return absl::OkStatus();
}

// Where `system` is told about visitors; null where it cannot be told.
const Endpoint* VisitorsEntryOf(const config::v1::System& system) {
  if (system.has_visitors_entry()) return &system.visitors_entry();
  if (!system.has_entry() || IsServer(system, system.entry(), config::v1::ROLE_PRIMARY_SERVER)) return nullptr;
  return &system.entry();
}

}  // namespace

absl::StatusOr<Entries> MakeEntries(const std::shared_ptr<const Credentials>& credentials,
                                    const identity::SystemTable& systems, ops::Metrics* metrics) {
  Entries entries;
  for (const identity::SystemTable::System& system : systems.systems()) {
    if (!system.config.has_entry()) continue;
    const auto add = IsServer(system.config, system.config.entry(), config::v1::ROLE_PRIMARY_SERVER)
                         ? AddEntry<protocol::PrimaryHop, GrpcPrimaryHop<v1::PrimaryMcServiceServer>>
                         : AddEntry<protocol::PrimaryHop, GrpcPrimaryHop<v1::PrimaryMcGatewayServer>>;
    absl::Status added = add(credentials, system.config, system.config.entry(), "entry", metrics, entries);
    if (!added.ok()) return added;
  }
  return entries;
}

absl::StatusOr<VisitorsEntries> MakeVisitorsEntries(const std::shared_ptr<const Credentials>& credentials,
                                                    const identity::SystemTable& systems, ops::Metrics* metrics) {
  VisitorsEntries entries;
  for (const identity::SystemTable::System& system : systems.systems()) {
    const Endpoint* endpoint = VisitorsEntryOf(system.config);
    if (endpoint == nullptr) continue;
    const auto add = IsServer(system.config, *endpoint, config::v1::ROLE_PARTNER_SERVER)
                         ? AddEntry<protocol::PartnerHop, GrpcPartnerHop<v1::PartnerMcServiceServer>>
                         : AddEntry<protocol::PartnerHop, GrpcPartnerHop<v1::PartnerMcGatewayServer>>;
    if (absl::Status added = add(credentials, system.config, *endpoint, "visitors_entry", metrics, entries);
        !added.ok())
      return added;
  }
  return entries;
}

}  // namespace mcmig::rpc
