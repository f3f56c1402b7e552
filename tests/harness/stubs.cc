#include "tests/harness/stubs.h"

#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/protocol/authorization.h"
#include "glog/logging.h"

namespace mcmig::harness {
namespace {

constexpr uint32_t kPageSize = 1000;

const char* CodeName(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
      return "CANCELLED";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    case grpc::StatusCode::NOT_FOUND:
      return "NOT_FOUND";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "PERMISSION_DENIED";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "RESOURCE_EXHAUSTED";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "UNIMPLEMENTED";
    case grpc::StatusCode::INTERNAL:
      return "INTERNAL";
    case grpc::StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    case grpc::StatusCode::UNAUTHENTICATED:
      return "UNAUTHENTICATED";
    default:
      return "OTHER";
  }
}

// Calls `list` page by page; `take` sees each response.
template <class Request, class Response, class List, class Take>
void AllPages(List list, Take take) {
  Request request;
  request.set_page_size(kPageSize);
  do {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    Response response;
    const grpc::Status status = list(&context, request, &response);
    CHECK(status.ok()) << status.error_message();
    take(response);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& server_name,
                                       const Pki& server_system, const Credential* credential) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = server_system.root_pem();
  if (credential != nullptr) {
    options.pem_cert_chain = credential->chain_pem;
    options.pem_private_key = credential->key_pem;
  }
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(server_name);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
}

v1::MigrationServiceAuthorizationRequest RequestOf(const User& user, uint32_t profile_index) {
  static std::random_device device;
  std::string id(protocol::RequestId::kBytes, '\0');
  for (char& byte : id) byte = static_cast<char>(device());
  v1::MigrationServiceAuthorizationRequest request;
  request.set_partner_mc_service_id(user.PartnerId());
  request.set_primary_mc_service_id(user.PrimaryId());
  request.set_mc_service_user_profile_index(profile_index);
  request.set_mc_service(v1::MC_SERVICE_MCPTT);
  request.set_request_id(id);
  request.mutable_issued_at()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  return request;
}

std::string Answer::Outcome() const {
  if (!status.ok()) return CodeName(status.error_code());
  if (response.result() == v1::MIGRATION_RESULT_SUCCESS) return "SUCCESS";
  std::string cause = v1::RefusalCause_Name(response.refusal_cause());
  constexpr absl::string_view kPrefix = "REFUSAL_CAUSE_";
  if (absl::StartsWith(cause, kPrefix)) cause.erase(0, kPrefix.size());
  return absl::StrCat("FAILURE ", cause);
}

std::map<std::string, v1::MigrationRecord> RecordsOf(const std::shared_ptr<grpc::Channel>& operators) {
  auto stub = v1::PrimaryAdmin::NewStub(operators);
  std::map<std::string, v1::MigrationRecord> records;
  AllPages<v1::ListMigrationsRequest, v1::ListMigrationsResponse>(
      [&](auto* context, const auto& request, auto* response) {
        return stub->ListMigrations(context, request, response);
      },
      [&](const v1::ListMigrationsResponse& page) {
        for (const auto& record : page.migrations()) records[record.primary_mc_service_id()] = record;
      });
  return records;
}

std::map<std::string, v1::Visitor> VisitorsOf(const std::shared_ptr<grpc::Channel>& operators) {
  auto stub = v1::PartnerAdmin::NewStub(operators);
  std::map<std::string, v1::Visitor> visitors;
  AllPages<v1::ListVisitorsRequest, v1::ListVisitorsResponse>(
      [&](auto* context, const auto& request, auto* response) {
        return stub->ListVisitors(context, request, response);
      },
      [&](const v1::ListVisitorsResponse& page) {
        for (const auto& visitor : page.visitors()) visitors[visitor.primary_mc_service_id()] = visitor;
      });
  return visitors;
}

std::vector<std::string> DecisionsOf(const Process& process, const std::string& request_id) {
  const std::string key = absl::StrCat("request=", absl::BytesToHexString(request_id));
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  std::vector<std::string> lines;
  while (lines.empty() && absl::Now() < deadline) {
    const std::string log = process.Log();
    for (absl::string_view line : absl::StrSplit(log, '\n')) {
      if (absl::StrContains(line, "decision ") && absl::StrContains(line, key)) lines.emplace_back(line);
    }
    if (lines.empty()) absl::SleepFor(absl::Milliseconds(5));
  }
  return lines;
}

std::string Field(const std::string& line, const std::string& key) {
  const std::string start = absl::StrCat(" ", key, "=");
  const size_t at = line.find(start);
  if (at == std::string::npos) return "";
  const size_t from = at + start.size();
  return line.substr(from, line.find(' ', from) - from);
}

}  // namespace mcmig::harness
