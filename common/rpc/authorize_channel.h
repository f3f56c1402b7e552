#ifndef COMMON_RPC_AUTHORIZE_CHANNEL_H_
#define COMMON_RPC_AUTHORIZE_CHANNEL_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/async/mutex.h"
#include "common/async/task.h"
#include "common/protocol/call.h"
#include "common/rpc/call_metrics.h"
#include "common/rpc/credentials.h"
#include "common/rpc/loop.h"
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

// Stubs of `Service`, a generated service with AuthorizeMigration, e.g. v1::PartnerMcGatewayServer.
template <class Service>
std::unique_ptr<AuthorizeStub> MakeStub(const std::shared_ptr<grpc::Channel>& channel) {
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
  return std::make_unique<Stub>(channel);
}

// AuthorizeMigration at one server, message for message: the transport's half of a next hop. Thread-safe.
//
// Each call goes out on the loop of its Call::executor, which is an rpc::Loop, over a channel that only this loop uses;
// beside the message goes what border::OutgoingMetadata lets on the leg. A channel does not wait for a server that is
// away: UNAVAILABLE at once. It connects with the first call.
class AuthorizeChannel {
 public:
  // To the server of `system` at `endpoint`. `calls`: where they are counted, may be null. INVALID_ARGUMENT as
  // Credentials::ForEndpoint.
  static absl::StatusOr<std::unique_ptr<AuthorizeChannel>> Create(MakeAuthorizeStub make_stub,
                                                                  std::shared_ptr<const Credentials> credentials,
                                                                  const config::v1::Endpoint& endpoint,
                                                                  absl::string_view system, protocol::Leg leg,
                                                                  std::unique_ptr<CallMetrics> calls = nullptr);

  // Asks once, within call.deadline and until call.cancel. The answer as it came; else a status as FromGrpc gives it
  // and, from outside, as it may be believed. `request` outlives the task.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> Ask(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& request);

 private:
  struct OfLoop {
    const Loop* loop;
    std::unique_ptr<AuthorizeStub> stub;
  };

  AuthorizeChannel(MakeAuthorizeStub make_stub, std::function<std::shared_ptr<grpc::Channel>()> make_channel,
                   protocol::Leg leg, std::unique_ptr<CallMetrics> calls);
  AuthorizeStub& StubOf(const Loop& loop) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] absl::Status StatusOf(const grpc::Status& status, const grpc::ClientContext& context,
                                      const protocol::Call& call) const;

  const MakeAuthorizeStub make_stub_;
  const std::function<std::shared_ptr<grpc::Channel>()> make_channel_;
  const protocol::Leg leg_;
  const std::unique_ptr<CallMetrics> calls_;
  async::Mutex mutex_;
  std::vector<OfLoop> stubs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_AUTHORIZE_CHANNEL_H_
