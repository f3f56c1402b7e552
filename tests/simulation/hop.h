#ifndef TESTS_SIMULATION_HOP_H_
#define TESTS_SIMULATION_HOP_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/border/status.h"
#include "common/protocol/authorization.h"
#include "common/protocol/next_hop.h"
#include "tests/simulation/network.h"

namespace mcmig::simulation {

// The next hop over the simulated network: what common/rpc/next_hop.cc is over gRPC.
class Hop final : public protocol::NextHop {
 public:
  Hop(Network& network, Link link) : network_(network), link_(std::move(link)) {}

  async::Task<absl::StatusOr<protocol::Decision>> AuthorizeMigration(
      const protocol::Call& call, const protocol::AuthorizationRequest& request) override {
    auto answer = co_await Ask<v1::MigrationServiceAuthorizationResponse>(call, "AuthorizeMigration", ToProto(request));
    if (!answer.ok()) co_return answer.status();
    co_return ParseAuthorizationResponse(*answer, request);
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
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_HOP_H_
