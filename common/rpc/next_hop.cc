#include "common/rpc/next_hop.h"

#include <utility>

#include "common/async/task.h"
#include "common/protocol/authorization.h"

namespace mcmig::rpc {
namespace {

class GrpcNextHop final : public protocol::NextHop {
 public:
  explicit GrpcNextHop(std::unique_ptr<AuthorizeChannel> channel) : channel_(std::move(channel)) {}

  async::Task<absl::StatusOr<protocol::Decision>> AuthorizeMigration(
      const protocol::Call& call, const protocol::AuthorizationRequest& request) override {
    const v1::MigrationServiceAuthorizationRequest message = protocol::ToProto(request);
    const absl::StatusOr<v1::MigrationServiceAuthorizationResponse> answer = co_await channel_->Ask(call, message);
    if (!answer.ok()) co_return answer.status();
    co_return protocol::ParseAuthorizationResponse(*answer, request);
  }

 private:
  const std::unique_ptr<AuthorizeChannel> channel_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<protocol::NextHop>> MakeNextHopOf(MakeAuthorizeStub make_stub,
                                                                 std::shared_ptr<const Credentials> credentials,
                                                                 const config::v1::Endpoint& endpoint,
                                                                 absl::string_view system, protocol::Leg leg,
                                                                 std::unique_ptr<CallMetrics> calls) {
  auto channel =
      AuthorizeChannel::Create(std::move(make_stub), std::move(credentials), endpoint, system, leg, std::move(calls));
  if (!channel.ok()) return channel.status();
  return std::make_unique<GrpcNextHop>(*std::move(channel));
}

}  // namespace mcmig::rpc
