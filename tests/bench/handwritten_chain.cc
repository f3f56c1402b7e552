// A yardstick that does not move (docs/performance.md): what somebody would write with gRPC's completion queue and
// nothing else – no coroutines, no runtime of ours, one state machine a call – to carry the same messages over the same
// hops. It is not to be improved together with the product, or a slower runtime could flatter the product's ratios.
//
// Usage: handwritten_chain --role partner-server|partner-gateway|primary-gateway|primary-server --ready-file FILE
//   [--next HOST:PORT --next-name NAME] [--direct] [--cert FILE --key FILE --client-roots FILE --next-roots FILE]
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>

#include "absl/synchronization/mutex.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/bench/grant_bytes.h"

namespace mcmig::bench {
namespace {

using Request = v1::MigrationServiceAuthorizationRequest;
using Response = v1::MigrationServiceAuthorizationResponse;

// Calls of the method that wait to be accepted.
constexpr int kPosted = 16;

// A call in one of its states. What a tag points at.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Proceed(bool ok) = 0;
};

// Accepts a call; what happens then is the subclass' own. Deletes itself when the answer is out.
template <class Serves>
class Incoming : public Call {
 public:
  Incoming(typename Serves::AsyncService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue), writer_(&context_) {}
  void Accept() { service_.RequestAuthorizeMigration(&context_, &request_, &writer_, &queue_, &queue_, this); }

 protected:
  typename Serves::AsyncService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  Request request_;
  Response response_;
  grpc::ServerAsyncResponseWriter<Response> writer_;
};

// The end of the chain.
template <class Serves>
class Answering final : public Incoming<Serves> {
 public:
  using Incoming<Serves>::Incoming;

  void Proceed(bool ok) override {
    if (!ok || answered_) {
      delete this;
      return;
    }
    (new Answering(this->service_, this->queue_))->Accept();
    answered_ = true;
    this->response_.set_partner_mc_service_id(this->request_.partner_mc_service_id());
    this->response_.set_primary_mc_service_id(this->request_.primary_mc_service_id());
    this->response_.set_result(v1::MIGRATION_RESULT_SUCCESS);
    this->response_.mutable_epoch()->set_incarnation(1);
    this->response_.mutable_epoch()->set_counter(1);
    this->response_.set_request_id(this->request_.request_id());
    this->response_.set_grant(std::string(kGrantBytes, 'g'));
    this->writer_.Finish(this->response_, grpc::Status::OK, this);
  }

 private:
  bool answered_ = false;
};

// A trace context as long as the product's, another one for each call.
std::string NewTraceContext() {
  static uint64_t calls = 0;
  char text[64];
  ++calls;
  std::snprintf(text, sizeof(text), "00-%016llx%016llx-%016llx-01",
                static_cast<unsigned long long>(calls * 0x9E3779B97F4A7C15ULL), static_cast<unsigned long long>(calls),
                static_cast<unsigned long long>(calls));
  return text;
}

template <class Serves, class Asks>
class Forwarding final : public Incoming<Serves> {
 public:
  Forwarding(typename Serves::AsyncService& service, grpc::ServerCompletionQueue& queue, typename Asks::Stub& next,
             bool inside)
      : Incoming<Serves>(service, queue), next_(next), inside_(inside) {}

  void Proceed(bool ok) override {
    switch (state_) {
      case State::kAccepting:
        if (!ok) break;
        (new Forwarding(this->service_, this->queue_, next_, inside_))->Accept();
        Ask();
        return;
      case State::kAsking:
        state_ = State::kAnswering;
        if constexpr (std::is_same_v<Serves, v1::PartnerMcServiceServer>) this->response_.clear_grant();
        this->writer_.Finish(this->response_, status_, this);
        return;
      case State::kAnswering:
        break;
    }
    delete this;
  }

 private:
  enum class State { kAccepting, kAsking, kAnswering };

  void Ask() {
    state_ = State::kAsking;
    // Deadline and cancellation go along.
    outgoing_ = grpc::ClientContext::FromServerContext(this->context_);
    if (inside_) outgoing_->AddMetadata("traceparent", NewTraceContext());
    reader_ = next_.PrepareAsyncAuthorizeMigration(outgoing_.get(), this->request_, &this->queue_);
    reader_->StartCall();
    reader_->Finish(&this->response_, &status_, this);
  }

  typename Asks::Stub& next_;
  const bool inside_;
  State state_ = State::kAccepting;
  std::unique_ptr<grpc::ClientContext> outgoing_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  grpc::Status status_;
};

struct Options {
  std::string role;
  std::string ready_file;
  std::string next;
  std::string next_name;
  bool direct = false;
  std::string cert_file;
  std::string key_file;
  std::string client_roots_file;
  std::string next_roots_file;
};

std::string ReadFile(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::shared_ptr<grpc::ServerCredentials> ListenerCredentials(const Options& options) {
  if (options.cert_file.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_key_cert_pairs.push_back({ReadFile(options.key_file), ReadFile(options.cert_file)});
  ssl.pem_root_certs = ReadFile(options.client_roots_file);
  return grpc::SslServerCredentials(ssl);
}

// Those of the recipe that also the product has.
template <class Set>
void SetArguments(Set set) {
  set("grpc.enable_channelz", 0);
  set(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  set(GRPC_ARG_HTTP2_BDP_PROBE, 0);
}

std::shared_ptr<grpc::Channel> ChannelToNext(const Options& options) {
  grpc::ChannelArguments arguments;
  SetArguments([&](const char* name, int value) { arguments.SetInt(name, value); });
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
  if (options.cert_file.empty()) {
    return grpc::CreateCustomChannel(options.next, grpc::InsecureChannelCredentials(), arguments);
  }
  arguments.SetSslTargetNameOverride(options.next_name);
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = ReadFile(options.next_roots_file);
  ssl.pem_cert_chain = ReadFile(options.cert_file);
  ssl.pem_private_key = ReadFile(options.key_file);
  return grpc::CreateCustomChannel(options.next, grpc::SslCredentials(ssl), arguments);
}

// In the form of the product's ready file.
void WriteReadyFile(const std::string& name, int port) {
  const std::string unfinished = name + ".unfinished";
  std::ofstream(unfinished) << R"({"pid":)" << getpid() << R"(,"listeners":{"chain":"127.0.0.1:)" << port << "\"}}\n";
  std::rename(unfinished.c_str(), name.c_str());
}

// Serves until the process is killed. `post` makes a call that waits to be accepted.
template <class Serves, class Post>
int Serve(const Options& options, Post post) {
  typename Serves::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  SetArguments([&](const char* name, int value) { builder.AddChannelArgument(name, value); });
  builder.SetMaxReceiveMessageSize(64 << 10);
  builder.AddListeningPort("127.0.0.1:0", ListenerCredentials(options), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  for (int i = 0; i < kPosted; ++i) post(service, *queue);
  WriteReadyFile(options.ready_file, port);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Call*>(tag)->Proceed(ok);
  return 0;
}

template <class Serves, class Asks>
int Forward(const Options& options, bool inside) {
  const std::unique_ptr<typename Asks::Stub> next = Asks::NewStub(ChannelToNext(options));
  return Serve<Serves>(options, [&](auto& service, auto& queue) {
    (new Forwarding<Serves, Asks>(service, queue, *next, inside))->Accept();
  });
}

int Run(const Options& options) {
  if (options.role == "partner-server") {
    return options.direct ? Forward<v1::PartnerMcServiceServer, v1::PrimaryMcServiceServer>(options, false)
                          : Forward<v1::PartnerMcServiceServer, v1::PartnerMcGatewayServer>(options, true);
  }
  if (options.role == "partner-gateway") {
    return Forward<v1::PartnerMcGatewayServer, v1::PrimaryMcGatewayServer>(options, false);
  }
  if (options.role == "primary-gateway") {
    return Forward<v1::PrimaryMcGatewayServer, v1::PrimaryMcServiceServer>(options, true);
  }
  return Serve<v1::PrimaryMcServiceServer>(options, [](auto& service, auto& queue) {
    (new Answering<v1::PrimaryMcServiceServer>(service, queue))->Accept();
  });
}

}  // namespace
}  // namespace mcmig::bench

int main(int argc, char** argv) {
  mcmig::bench::Options options;
  CLI::App app("A chain written by hand on gRPC's completion queue");
  app.add_option("--role", options.role)
      ->required()
      ->check(CLI::IsMember({"partner-server", "partner-gateway", "primary-gateway", "primary-server"}));
  app.add_option("--ready-file", options.ready_file)->required();
  app.add_option("--next", options.next);
  app.add_option("--next-name", options.next_name);
  app.add_flag("--direct", options.direct);
  app.add_option("--cert", options.cert_file);
  app.add_option("--key", options.key_file);
  app.add_option("--client-roots", options.client_roots_file);
  app.add_option("--next-roots", options.next_roots_file);
  CLI11_PARSE(app, argc, argv);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return mcmig::bench::Run(options);
}
