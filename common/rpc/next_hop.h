#ifndef COMMON_RPC_NEXT_HOP_H_
#define COMMON_RPC_NEXT_HOP_H_

#include <utility>

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/ops/metrics.h"
#include "common/protocol/next_hop.h"
#include "common/rpc/service_channel.h"

// Next hops over gRPC: each binds one door of common/protocol/next_hop.h to a generated service. `metrics`, where calls
// are counted (nowhere where null), outlives them.
namespace mcmig::rpc {

// AuthorizeMigration and EndMigration of `Service`, behind `Door`: NextHop or what extends it.
template <class Service, class Door>
class GrpcNextHop : public Door {
 public:
  GrpcNextHop(ServerAddress address, ops::Metrics* metrics)
      : channel_(std::move(address)),
        authorize_(channel_, "AuthorizeMigration", &Service::Stub::PrepareAsyncAuthorizeMigration, metrics),
        end_(channel_, "EndMigration", &Service::Stub::PrepareAsyncEndMigration, metrics) {}

  async::Task<absl::StatusOr<protocol::Decision>> AuthorizeMigration(
      const protocol::Call& call, const protocol::AuthorizationRequest& request) override {
    const v1::MigrationServiceAuthorizationRequest message = protocol::ToProto(request);
    const absl::StatusOr<v1::MigrationServiceAuthorizationResponse> answer = co_await authorize_.Ask(call, message);
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseAuthorizationResponse(*answer, request);
  }

  async::Task<absl::StatusOr<protocol::EndAnswer>> EndMigration(const protocol::Call& call,
                                                                const protocol::EndRequest& request) override {
    const v1::EndMigrationRequest message = protocol::ToProto(request);
    const absl::StatusOr<v1::EndMigrationResponse> answer = co_await end_.Ask(call, message);
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseEndResponse(*answer);
  }

 protected:
  ServiceChannel<Service>& channel() { return channel_; }

 private:
  ServiceChannel<Service> channel_;
  ServiceMethod<Service, v1::MigrationServiceAuthorizationRequest, v1::MigrationServiceAuthorizationResponse>
      authorize_;
  ServiceMethod<Service, v1::EndMigrationRequest, v1::EndMigrationResponse> end_;
};

// `Service`: v1::PartnerMcGatewayServer, v1::PrimaryMcGatewayServer or v1::PrimaryMcServiceServer.
template <class Service>
class GrpcPrimaryHop final : public GrpcNextHop<Service, protocol::PrimaryHop> {
 public:
  GrpcPrimaryHop(ServerAddress address, ops::Metrics* metrics)
      : GrpcNextHop<Service, protocol::PrimaryHop>(std::move(address), metrics),
        reconcile_(this->channel(), "ReconcileMigrations", &Service::Stub::PrepareAsyncReconcileMigrations, metrics) {}

  async::Task<absl::StatusOr<protocol::ReconcilePage>> ReconcileMigrations(
      const protocol::Call& call, const protocol::ReconcileRequest& request) override {
    const v1::ReconcileMigrationsRequest message = protocol::ToProto(request);
    const absl::StatusOr<v1::ReconcileMigrationsResponse> answer = co_await reconcile_.Ask(call, message);
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseReconcileResponse(*answer);
  }

 private:
  ServiceMethod<Service, v1::ReconcileMigrationsRequest, v1::ReconcileMigrationsResponse> reconcile_;
};

// `Service`: v1::PartnerMcServiceServer.
template <class Service>
class GrpcPartnerServerHop final : public GrpcNextHop<Service, protocol::PartnerServerHop> {
 public:
  GrpcPartnerServerHop(ServerAddress address, ops::Metrics* metrics)
      : GrpcNextHop<Service, protocol::PartnerServerHop>(std::move(address), metrics),
        status_(this->channel(), "GetMigrationStatus", &Service::Stub::PrepareAsyncGetMigrationStatus, metrics) {}

  async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> GetMigrationStatus(
      const protocol::Call& call, const protocol::MigratingUser& user) override {
    const v1::GetMigrationStatusRequest message = protocol::ToStatusRequest(user);
    co_return co_await status_.Ask(call, message);
  }

 private:
  ServiceMethod<Service, v1::GetMigrationStatusRequest, v1::GetMigrationStatusResponse> status_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_NEXT_HOP_H_
