#include "common/rpc/authorize_channel.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/border/metadata.h"
#include "common/border/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "common/rpc/unary_call.h"

namespace mcmig::rpc {

using Response = v1::MigrationServiceAuthorizationResponse;

absl::StatusOr<std::unique_ptr<AuthorizeChannel>> AuthorizeChannel::Create(
    MakeAuthorizeStub make_stub, std::shared_ptr<const Credentials> credentials, const config::v1::Endpoint& endpoint,
    absl::string_view system, protocol::Leg leg, std::unique_ptr<CallMetrics> calls) {
  // Checked here, so that making it again for another loop cannot fail.
  if (const auto checked = credentials->ForEndpoint(endpoint, system); !checked.ok()) return checked.status();
  auto make_channel = [credentials = std::move(credentials), endpoint, system = std::string(system)] {
    return *MakeChannel(*credentials, endpoint, system);
  };
  return std::unique_ptr<AuthorizeChannel>(
      new AuthorizeChannel(std::move(make_stub), std::move(make_channel), leg, std::move(calls)));
}

AuthorizeChannel::AuthorizeChannel(MakeAuthorizeStub make_stub,
                                   std::function<std::shared_ptr<grpc::Channel>()> make_channel, protocol::Leg leg,
                                   std::unique_ptr<CallMetrics> calls)
    : make_stub_(std::move(make_stub)), make_channel_(std::move(make_channel)), leg_(leg), calls_(std::move(calls)) {}

async::Task<absl::StatusOr<Response>> AuthorizeChannel::Ask(const protocol::Call& call,
                                                            const v1::MigrationServiceAuthorizationRequest& request) {
  // The contract of common/rpc: handlers run on loops.
  auto& loop = static_cast<Loop&>(*call.executor);
  Response response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(call.deadline));
  for (const auto& [key, value] : border::OutgoingMetadata(leg_, call)) context.AddMetadata(key, value);
  UnaryCall<Response> unary(context, &response, call.cancel, [&](grpc::ClientContext* prepared) {
    return StubOf(loop).Prepare(prepared, request, loop.queue());
  });
  CallTimer timer(calls_.get());
  const grpc::Status status = co_await unary;
  timer.End(status.error_code());
  if (!status.ok()) co_return StatusOf(status, context, call);
  co_return response;
}

// A process has a loop per listener: few enough to look through.
AuthorizeStub& AuthorizeChannel::StubOf(const Loop& loop) {
  const async::MutexLock lock(mutex_);
  for (const OfLoop& known : stubs_) {
    if (known.loop == &loop) return *known.stub;
  }
  stubs_.push_back({&loop, make_stub_(make_channel_())});
  return *stubs_.back().stub;
}

absl::Status AuthorizeChannel::StatusOf(const grpc::Status& status, const grpc::ClientContext& context,
                                        const protocol::Call& call) const {
  absl::Status ours = FromGrpc(status, context, call.cancel != nullptr && call.cancel->cancelled());
  return leg_ == protocol::Leg::kOutside ? border::StatusFromOutside(ours) : ours;
}

}  // namespace mcmig::rpc
