#include "tests/border/wire.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "glog/logging.h"

namespace mcmig::border {
namespace {

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return "";
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

template <class Map>
Metadata MetadataOf(const Map& map) {
  Metadata metadata;
  for (const auto& [key, value] : map) {
    metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return metadata;
}

}  // namespace

Pending::Pending(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& message,
                 const CallOptions& options)
    : request_(BufferOf(message)), stub_(channel), method_(absl::StrCat("/", method)) {
  context_.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  for (const auto& [key, value] : options.metadata) context_.AddMetadata(key, value);
  stub_.UnaryCall(&context_, method_, {}, &request_, &response_, [this](const grpc::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    done_ = true;
    ended_.notify_one();
  });
}

Sent Pending::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  ended_.wait(lock, [this] { return done_; });
  return {.method = std::string(absl::StripPrefix(method_, "/")),
          .authority = {},
          .initial = MetadataOf(context_.GetServerInitialMetadata()),
          .trailing = MetadataOf(context_.GetServerTrailingMetadata()),
          .status = status_,
          .message = BytesOf(response_)};
}

Sent Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& message,
          const CallOptions& options) {
  return Pending(channel, method, message, options).Wait();
}

// One call of the peer gateway: reads the request, answers as the script says.
class PeerGateway::Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(PeerGateway& gateway, grpc::GenericCallbackServerContext& context) : gateway_(gateway), context_(context) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End({grpc::StatusCode::INTERNAL, "no request"});
    Sent sent{.method = std::string(absl::StripPrefix(context_.method(), "/")),
              .authority = context_.host(),
              .initial = MetadataOf(context_.client_metadata()),
              .trailing = {},
              .status = {},
              .message = BytesOf(request_)};
    reply_ = gateway_.Answer(sent);
    if (reply_.silent && !context_.IsCancelled()) return;  // until OnCancel
    for (const auto& [key, value] : reply_.initial) context_.AddInitialMetadata(key, value);
    for (const auto& [key, value] : reply_.trailing) context_.AddTrailingMetadata(key, value);
    if (!reply_.status.ok()) return End(reply_.status);
    response_ = BufferOf(reply_.message);
    StartWrite(&response_);
  }
  void OnWriteDone(bool /*ok*/) override { End(grpc::Status::OK); }
  void OnCancel() override {
    if (reply_.silent) End(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  void End(const grpc::Status& status) {
    if (!ended_.exchange(true)) Finish(status);
  }

  PeerGateway& gateway_;
  grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  Reply reply_;
  std::atomic<bool> ended_ = false;
};

PeerGateway::PeerGateway(Script script) : script_(std::move(script)) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
  CHECK(server_ != nullptr && port > 0);
  address_ = absl::StrCat("127.0.0.1:", port);
}

PeerGateway::~PeerGateway() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

void PeerGateway::Set(Script script) {
  const std::lock_guard<std::mutex> lock(mutex_);
  script_ = std::move(script);
}

std::vector<Sent> PeerGateway::Requests() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

bool PeerGateway::WaitForRequests(size_t count) {
  std::unique_lock<std::mutex> lock(mutex_);
  return asked_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_.size() >= count; });
}

grpc::ServerGenericBidiReactor* PeerGateway::CreateReactor(grpc::GenericCallbackServerContext* context) {
  return new Reactor(*this, *context);
}

Reply PeerGateway::Answer(const Sent& request) {
  Script script;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request);
    asked_.notify_all();
    script = script_;
  }
  return script(request);
}

}  // namespace mcmig::border
