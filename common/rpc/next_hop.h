#ifndef COMMON_RPC_NEXT_HOP_H_
#define COMMON_RPC_NEXT_HOP_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ops/metrics.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"
#include "common/rpc/call_metrics.h"
#include "common/rpc/credentials.h"
#include "mcmig/config/v1/common.pb.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::rpc {

// AuthorizeMigration of one generated service on one channel.
class AuthorizeStub {
 public:
  using Reader = grpc::ClientAsyncResponseReader<v1::MigrationServiceAuthorizationResponse>;
  virtual ~AuthorizeStub() = default;
  virtual std::unique_ptr<Reader> Prepare(grpc::ClientContext* context,
                                          const v1::MigrationServiceAuthorizationRequest& request,
                                          grpc::CompletionQueue* queue) = 0;
};
using MakeAuthorizeStub = std::function<std::unique_ptr<AuthorizeStub>(std::shared_ptr<grpc::Channel>)>;

// As the template below, for the stubs that `make_stub` makes. `calls`: where they are counted, may be null.
absl::StatusOr<std::unique_ptr<protocol::NextHop>> MakeNextHopOf(MakeAuthorizeStub make_stub,
                                                                 std::shared_ptr<const Credentials> credentials,
                                                                 const config::v1::Endpoint& endpoint,
                                                                 absl::string_view system, protocol::Leg leg,
                                                                 std::unique_ptr<CallMetrics> calls);

// The next hop at `endpoint`, a server of `system` that serves `Service` (a generated service with AuthorizeMigration,
// e.g. v1::PartnerMcGatewayServer). Each call goes out on the loop of its Call::executor, which is an rpc::Loop, over a
// channel that only this loop uses; beside the message goes what border::OutgoingMetadata lets on `leg`. The channel
// does not wait for a server that is away: UNAVAILABLE at once. Connects with the first call. INVALID_ARGUMENT as
// Credentials::ForEndpoint. `metrics`, where calls are counted (nowhere where null), outlives the next hop.
template <class Service>
absl::StatusOr<std::unique_ptr<protocol::NextHop>> MakeNextHop(std::shared_ptr<const Credentials> credentials,
                                                               const config::v1::Endpoint& endpoint,
                                                               absl::string_view system, protocol::Leg leg,
                                                               ops::Metrics* metrics = nullptr) {
  class Stub final : public AuthorizeStub {
   public:
    explicit Stub(const std::shared_ptr<grpc::Channel>& channel) : stub_(Service::NewStub(channel)) {}
    std::unique_ptr<Reader> Prepare(grpc::ClientContext* context,
                                    const v1::MigrationServiceAuthorizationRequest& request,
                                    grpc::CompletionQueue* queue) override {
      return stub_->PrepareAsyncAuthorizeMigration(context, request, queue);
    }

   private:
    const std::unique_ptr<typename Service::Stub> stub_;
  };
  const std::string method = std::string(Service::service_full_name()) + "/AuthorizeMigration";
  return MakeNextHopOf([](const std::shared_ptr<grpc::Channel>& channel) { return std::make_unique<Stub>(channel); },
                       std::move(credentials), endpoint, system, leg,
                       metrics == nullptr ? nullptr : CallMetrics::OfClient(*metrics, method, std::string(system)));
}

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_NEXT_HOP_H_
