#ifndef COMMON_RPC_PARTNER_HOP_H_
#define COMMON_RPC_PARTNER_HOP_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/ops/metrics.h"
#include "common/protocol/next_hop.h"
#include "common/rpc/service_channel.h"

namespace mcmig::rpc {

// protocol::PartnerHop over gRPC; as in next_hop.h.
// `Service`: v1::PrimaryMcGatewayServer, v1::PartnerMcGatewayServer or v1::PartnerMcServiceServer.
template <class Service>
class GrpcPartnerHop final : public protocol::PartnerHop {
 public:
  GrpcPartnerHop(ServerAddress address, ops::Metrics* metrics)
      : channel_(std::move(address)),
        cancel_(channel_, "CancelMigration", &Service::Stub::PrepareAsyncCancelMigration, metrics),
        reconcile_(channel_, "ReconcileMigrations", &Service::Stub::PrepareAsyncReconcileMigrations, metrics) {}

  async::Task<absl::Status> CancelMigration(const protocol::Call& call,
                                            const protocol::CancelRequest& request) override {
    const v1::CancelMigrationRequest message = protocol::ToProto(request);
    const absl::StatusOr<v1::CancelMigrationResponse> answer = co_await cancel_.Ask(call, message);
    co_return answer.status();
  }

  async::Task<absl::StatusOr<protocol::ReconcilePage>> ReconcileMigrations(
      const protocol::Call& call, const protocol::ReconcileRequest& request) override {
    const v1::ReconcileMigrationsRequest message = protocol::ToProto(request);
    const absl::StatusOr<v1::ReconcileMigrationsResponse> answer = co_await reconcile_.Ask(call, message);
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseReconcileResponse(*answer);
  }

 private:
  ServiceChannel<Service> channel_;
  ServiceMethod<Service, v1::CancelMigrationRequest, v1::CancelMigrationResponse> cancel_;
  ServiceMethod<Service, v1::ReconcileMigrationsRequest, v1::ReconcileMigrationsResponse> reconcile_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_PARTNER_HOP_H_
