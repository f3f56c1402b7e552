#ifndef TESTS_SIMULATION_HOP_H_
#define TESTS_SIMULATION_HOP_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/border/status.h"
#include "common/protocol/authorization.h"
#include "common/protocol/next_hop.h"
#include "tests/simulation/network.h"

namespace mcmig::simulation {

// The next hop over the simulated network: what common/rpc/next_hop.cc is over gRPC.
class Hop final : public protocol::PrimaryHop {
 public:
  // `on_end`, where set, is told of each end before it is sent.
  using OnEnd = std::function<void(const protocol::EndRequest&)>;
  Hop(Network& network, Link link, OnEnd on_end = nullptr)
      : network_(network), link_(std::move(link)), on_end_(std::move(on_end)) {}

  async::Task<absl::StatusOr<protocol::Decision>> AuthorizeMigration(
      const protocol::Call& call, const protocol::AuthorizationRequest& request) override {
    auto answer = co_await Ask<v1::MigrationServiceAuthorizationResponse>(call, "AuthorizeMigration", ToProto(request));
    if (!answer.ok()) co_return answer.status();
    co_return ParseAuthorizationResponse(*answer, request);
  }

  async::Task<absl::StatusOr<protocol::EndAnswer>> EndMigration(const protocol::Call& call,
                                                                const protocol::EndRequest& request) override {
    if (on_end_) on_end_(request);
    auto answer = co_await Ask<v1::EndMigrationResponse>(call, "EndMigration", ToProto(request));
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseEndResponse(*answer);
  }
  async::Task<absl::StatusOr<protocol::ReconcilePage>> ReconcileMigrations(
      const protocol::Call& call, const protocol::ReconcileRequest& request) override {
    auto answer = co_await Ask<v1::ReconcileMigrationsResponse>(call, "ReconcileMigrations", ToProto(request));
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseReconcileResponse(*answer);
  }

  // Any method.
  template <class Response, class Request>
  async::Task<absl::StatusOr<Response>> Ask(const protocol::Call& call, std::string method, Request request) {
    absl::StatusOr<std::string> bytes =
        co_await network_.Ask(link_, call, std::move(method), request.SerializeAsString());
    if (!bytes.ok() && link_.listener == identity::Listener::kOutside) {
      co_return border::StatusFromOutside(bytes.status());
    }
    if (!bytes.ok()) co_return bytes.status();
    Response response;
    if (!response.ParseFromString(*bytes)) co_return absl::InternalError("cannot be parsed");
    co_return response;
  }

  [[nodiscard]] const Link& link() const { return link_; }

 private:
  Network& network_;
  const Link link_;
  const OnEnd on_end_;
};

// The way to a partner MC system over the simulated network.
class PartnerWay final : public protocol::PartnerHop {
 public:
  PartnerWay(Network& network, Link link) : hop_(network, std::move(link)) {}

  async::Task<absl::Status> CancelMigration(const protocol::Call& call,
                                            const protocol::CancelRequest& request) override {
    auto answer = co_await hop_.Ask<v1::CancelMigrationResponse>(call, "CancelMigration", ToProto(request));
    co_return answer.status();
  }
  async::Task<absl::StatusOr<protocol::ReconcilePage>> ReconcileMigrations(
      const protocol::Call& call, const protocol::ReconcileRequest& request) override {
    co_return co_await hop_.ReconcileMigrations(call, request);
  }

 private:
  Hop hop_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_HOP_H_
