#ifndef TESTS_BORDER_WIRE_H_
#define TESTS_BORDER_WIRE_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

// The test as another MC system's gateway: gRPC without generated stubs, so that it can send what no gateway would, and
// keeps all of what it gets.
namespace mcmig::border {

using Metadata = std::multimap<std::string, std::string>;

// What the product sent of one call: as the server, its answer; as the client, its request.
struct Sent {
  // "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration"
  std::string method;
  std::string authority;  // of a request
  Metadata initial;
  Metadata trailing;    // of an answer
  grpc::Status status;  // of an answer
  std::string message;
};

// How a call is made, where not as usual.
struct CallOptions {
  absl::Duration timeout = absl::Seconds(20);
  Metadata metadata = {};  // NOLINT(readability-redundant-member-init): so that a use need not name it
};

// One unary call. `message` is sent as it is.
Sent Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& message,
          const CallOptions& options = {});

// The same, in flight: Cancel ends it, Wait is the answer.
class Pending {
 public:
  Pending(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& message,
          const CallOptions& options = {});
  void Cancel() { context_.TryCancel(); }
  Sent Wait();

 private:
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  grpc::GenericStub stub_;
  std::string method_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  grpc::Status status_;
};

// What a server of the test answers.
struct Reply {
  // NOLINTBEGIN(readability-redundant-member-init): so that a use need not name all of them
  std::string message = {};
  grpc::Status status = {};
  Metadata initial = {};
  Metadata trailing = {};
  // NOLINTEND(readability-redundant-member-init)
  // No answer: whoever asks gives up at last.
  bool silent = false;
};

// A server without TLS on the loopback that takes calls of every method.
class PeerGateway final : private grpc::CallbackGenericService {
 public:
  // Called for each request on gRPC's threads.
  using Script = std::function<Reply(const Sent&)>;

  explicit PeerGateway(Script script);
  ~PeerGateway() override;
  // "127.0.0.1:40123".
  [[nodiscard]] const std::string& address() const { return address_; }
  void Set(Script script);
  // All requests so far.
  [[nodiscard]] std::vector<Sent> Requests() const;
  // Whether there have been that many requests, at the latest after 20 s.
  bool WaitForRequests(size_t count);

 private:
  class Reactor;
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;
  Reply Answer(const Sent& request);

  mutable std::mutex mutex_;
  std::condition_variable asked_;
  Script script_;
  std::vector<Sent> requests_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mcmig::border

#endif  // TESTS_BORDER_WIRE_H_
