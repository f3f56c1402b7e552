#ifndef COMMON_RPC_TESTING_LISTENER_H_
#define COMMON_RPC_TESTING_LISTENER_H_

#include <glog/logging.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/async/mutex.h"
#include "common/async/task.h"
#include "common/audit/trail.h"
#include "common/ops/metrics.h"
#include "common/protocol/call.h"
#include "common/rpc/health.h"
#include "common/rpc/loop.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/two_systems.h"
#include "mcmig/config/v1/common.pb.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"

namespace mcmig::rpc::testing {

using Request = v1::MigrationServiceAuthorizationRequest;
using Response = v1::MigrationServiceAuthorizationResponse;
using Answer = absl::StatusOr<Response>;

// A value that a handler leaves for the test. Any thread.
template <class T>
class Left {
 public:
  void Set(const T& value) {
    const async::MutexLock lock(mutex_);
    value_ = value;
  }
  [[nodiscard]] T Get() const {
    const async::MutexLock lock(mutex_);
    return value_;
  }

 private:
  mutable async::Mutex mutex_;
  T value_ ABSL_GUARDED_BY(mutex_) = {};
};

// The request as answer: both IDs, success.
inline Response Echo(const Request& request) {
  Response response;
  response.set_partner_mc_service_id(request.partner_mc_service_id());
  response.set_primary_mc_service_id(request.primary_mc_service_id());
  response.set_result(v1::MIGRATION_RESULT_SUCCESS);
  response.mutable_epoch()->set_incarnation(1);
  response.mutable_epoch()->set_counter(1);
  response.set_request_id(request.request_id());
  return response;
}

// Handlers that answer at once.
inline async::Task<Answer> AnswerWith(Answer answer) { co_return answer; }
inline async::Task<Answer> AnswerEcho(const Request& request) { co_return Echo(request); }

// A started listener that serves AuthorizeMigration of one service.
template <class Service>
class Listener {
 public:
  template <class Handler>
  Listener(identity::Listener kind, const config::v1::Listener& config, std::shared_ptr<const Credentials> credentials,
           Handler handler, audit::Trail* trail = nullptr) {
    auto created =
        Server::Create(std::make_shared<LoopThread>(), kind, config, std::move(credentials), health, &metrics);
    CHECK(created.ok()) << created.status();
    server = *std::move(created);
    server->Handle(&service, &Service::AsyncService::RequestAuthorizeMigration,
                   std::string(Service::service_full_name()) + "/AuthorizeMigration", std::move(handler));
    server->AuditTo(trail);
    const absl::Status started = server->Start();
    CHECK(started.ok()) << started;
    health->SetServing(true);
  }

  ops::Metrics metrics;
  std::shared_ptr<Health> health = std::make_shared<Health>();
  typename Service::AsyncService service;
  std::unique_ptr<Server> server;
};

// One blocking call; `context` may carry a deadline and metadata.
template <class Service>
grpc::Status Authorize(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& context,
                       const Request& request = {}, Response* response = nullptr) {
  Response ignored;
  return Service::NewStub(channel)->AuthorizeMigration(&context, request, response != nullptr ? response : &ignored);
}

}  // namespace mcmig::rpc::testing

#endif  // COMMON_RPC_TESTING_LISTENER_H_
