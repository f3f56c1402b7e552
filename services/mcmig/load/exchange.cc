#include "services/mcmig/load/exchange.h"

#include <grpcpp/support/async_unary_call.h>

#include <optional>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/border/metadata.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "common/protocol/cause.h"
#include "google/protobuf/util/time_util.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"

namespace mcmig::load {
namespace {

using Response = v1::MigrationServiceAuthorizationResponse;

// Sets request_id and issued_at, as a client does that wants to be able to repeat the request.
template <class Request>
void Name(absl::BitGen& random, Request& request) {
  protocol::RequestId id;
  for (uint8_t& byte : id.bytes) byte = absl::Uniform<uint8_t>(random);
  request.set_request_id(id.ToBytes());
  *request.mutable_issued_at() =
      google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(absl::Now()));
}

std::string EndOf(const grpc::Status& status) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

// `sent` has the IDs that the answer must repeat.
template <class Sent>
std::string EndOf(const Sent& sent, const std::string& request_id, const Response& answer) {
  if (answer.primary_mc_service_id() != sent.primary_mc_service_id ||
      answer.partner_mc_service_id() != sent.partner_mc_service_id || answer.request_id() != request_id) {
    return kAnswerDoesNotFit;
  }
  if (answer.result() == v1::MIGRATION_RESULT_FAILURE) {
    return std::string(protocol::InfoOf(protocol::CauseOfNumber(answer.refusal_cause())).name);
  }
  const bool success = answer.result() == v1::MIGRATION_RESULT_SUCCESS && answer.has_epoch();
  return success ? std::string() : kAnswerDoesNotFit;
}

// Of one generated service; kinds say what is sent and what the answer is.
template <class Kind>
class UnaryExchange final : public Exchange {
 public:
  UnaryExchange(const std::shared_ptr<grpc::Channel>& channel, const std::vector<typename Kind::Entry>& entries)
      : stub_(Kind::Service::NewStub(channel)), entries_(entries) {}

  void Start(uint64_t number, absl::Duration timeout, grpc::CompletionQueue* queue, void* tag) override {
    entry_ = &entries_[number % entries_.size()];
    context_.emplace();
    context_->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    Kind::Fill(*entry_, request_, *context_);
    Name(random_, request_);
    reader_ = Kind::Prepare(*stub_, &*context_, request_, queue);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, tag);
  }

  std::string Finish() override {
    std::string end = status_.ok() ? Kind::EndOf(*entry_, request_.request_id(), response_) : EndOf(status_);
    reader_.reset();
    response_.Clear();
    return end;
  }

 private:
  const std::unique_ptr<typename Kind::Service::Stub> stub_;
  const std::vector<typename Kind::Entry>& entries_;
  absl::BitGen random_;
  const typename Kind::Entry* entry_ = nullptr;
  typename Kind::Request request_;
  typename Kind::Response response_;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<typename Kind::Response>> reader_;
  grpc::Status status_;
};

struct PartnerServerKind {
  using Service = v1::PartnerMcServiceServer;
  using Entry = Visit;
  using Request = v1::MigrationServiceAuthorizationRequest;
  using Response = v1::MigrationServiceAuthorizationResponse;

  static void Fill(const Visit& visit, Request& request, grpc::ClientContext& context) {
    request = visit.request;
    context.AddMetadata("authorization", visit.authorization);
  }
  static auto Prepare(Service::Stub& stub, grpc::ClientContext* context, const Request& request,
                      grpc::CompletionQueue* queue) {
    return stub.PrepareAsyncAuthorizeMigration(context, request, queue);
  }
  static std::string EndOf(const Visit& visit, const std::string& request_id, const Response& response) {
    const struct {
      const std::string& primary_mc_service_id;
      const std::string& partner_mc_service_id;
    } sent{visit.request.primary_mc_service_id(), visit.request.partner_mc_service_id()};
    return load::EndOf(sent, request_id, response);
  }
};

struct ClientAgentKind {
  using Service = v1::McServiceClient;
  using Entry = AgentMigration;
  using Request = v1::MigrateRequest;
  using Response = v1::MigrateResponse;

  static void Fill(const AgentMigration& migration, Request& request, grpc::ClientContext& /*context*/) {
    request.set_primary_mc_service_id(migration.primary_mc_service_id);
    request.set_partner_system(migration.partner_system);
    request.set_mc_service(migration.service);
  }
  static auto Prepare(Service::Stub& stub, grpc::ClientContext* context, const Request& request,
                      grpc::CompletionQueue* queue) {
    return stub.PrepareAsyncMigrate(context, request, queue);
  }
  static std::string EndOf(const AgentMigration& sent, const std::string& request_id, const Response& response) {
    return load::EndOf(sent, request_id, response.authorization());
  }
};

template <class Kind>
MakeExchange Make(std::shared_ptr<grpc::Channel> channel, const std::vector<typename Kind::Entry>& entries) {
  return [channel = std::move(channel), &entries] { return std::make_unique<UnaryExchange<Kind>>(channel, entries); };
}

}  // namespace

absl::StatusOr<Visit> VisitOf(const config::v1::LoadUser& user) {
  for (const auto& [field, id] : {std::pair("primary_mc_service_id", &user.primary_mc_service_id()),
                                  std::pair("partner_mc_service_id", &user.partner_mc_service_id())}) {
    if (const auto parsed = identity::McServiceId::Parse(*id); !parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(field, ": ", parsed.status().message()));
    }
  }
  if (user.service() == config::v1::SERVICE_UNSPECIFIED) return absl::InvalidArgumentError("service: missing");
  if (!user.has_profile_index()) return absl::InvalidArgumentError("profile_index: missing");
  Visit visit;
  visit.request.set_primary_mc_service_id(user.primary_mc_service_id());
  visit.request.set_partner_mc_service_id(user.partner_mc_service_id());
  visit.request.set_mc_service(static_cast<v1::McService>(user.service()));
  visit.request.set_mc_service_user_profile_index(user.profile_index());
  protocol::Call call;
  call.bearer_token = user.access_token();
  for (auto& [key, value] : border::OutgoingMetadata(protocol::Leg::kClient, call)) {
    if (key == "authorization") visit.authorization = std::move(value);
  }
  if (visit.authorization.empty()) return absl::InvalidArgumentError("access_token: missing, or no token");
  return visit;
}

MakeExchange AskPartnerServer(std::shared_ptr<grpc::Channel> channel, const std::vector<Visit>& visits) {
  return Make<PartnerServerKind>(std::move(channel), visits);
}

MakeExchange AskClientAgent(std::shared_ptr<grpc::Channel> channel, const std::vector<AgentMigration>& migrations) {
  return Make<ClientAgentKind>(std::move(channel), migrations);
}

}  // namespace mcmig::load
