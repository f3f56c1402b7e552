#ifndef COMMON_RPC_NEXT_HOP_H_
#define COMMON_RPC_NEXT_HOP_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ops/metrics.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"
#include "common/rpc/authorize_channel.h"
#include "common/rpc/call_metrics.h"
#include "common/rpc/credentials.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::rpc {

// As the template below, for the stubs that `make_stub` makes. `calls`: where they are counted, may be null.
absl::StatusOr<std::unique_ptr<protocol::NextHop>> MakeNextHopOf(MakeAuthorizeStub make_stub,
                                                                 std::shared_ptr<const Credentials> credentials,
                                                                 const config::v1::Endpoint& endpoint,
                                                                 absl::string_view system, protocol::Leg leg,
                                                                 std::unique_ptr<CallMetrics> calls);

// The next hop at `endpoint`, a server of `system` that serves `Service` (a generated service with AuthorizeMigration,
// e.g. v1::PartnerMcGatewayServer), over an AuthorizeChannel. INVALID_ARGUMENT as Credentials::ForEndpoint.
// `metrics`, where calls are counted (nowhere where null), outlives the next hop.
template <class Service>
absl::StatusOr<std::unique_ptr<protocol::NextHop>> MakeNextHop(std::shared_ptr<const Credentials> credentials,
                                                               const config::v1::Endpoint& endpoint,
                                                               absl::string_view system, protocol::Leg leg,
                                                               ops::Metrics* metrics = nullptr) {
  const std::string method = std::string(Service::service_full_name()) + "/AuthorizeMigration";
  return MakeNextHopOf(&MakeStub<Service>, std::move(credentials), endpoint, system, leg,
                       metrics == nullptr ? nullptr : CallMetrics::OfClient(*metrics, method, std::string(system)));
}

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_NEXT_HOP_H_
