#ifndef TESTS_HARNESS_STUBS_H_
#define TESTS_HARNESS_STUBS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "mcmig/v1/migration.pb.h"
#include "tests/harness/deployment.h"

// gRPC clients of the tests' own, for callers that the product would not make.
namespace mcmig::harness {

// A channel of its own connection, presenting `credential` (none where null) to the server `server_name` of
// `server_system`.
std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& server_name,
                                       const Pki& server_system, const Credential* credential);

// A well-formed request of `user`, with a new request_id, issued now.
v1::MigrationServiceAuthorizationRequest RequestOf(const User& user, uint32_t profile_index = 1);

// One AuthorizeMigration call on any of the four services. `token` goes along as bearer where not empty.
struct Answer {
  grpc::Status status;
  v1::MigrationServiceAuthorizationResponse response;
  std::multimap<std::string, std::string> trailers;

  [[nodiscard]] bool success() const { return status.ok() && response.result() == v1::MIGRATION_RESULT_SUCCESS; }
  // Readable: "SUCCESS", "FAILURE VISITOR_NOT_EXPECTED", "PERMISSION_DENIED".
  [[nodiscard]] std::string Outcome() const;
};

template <class Service>
Answer Ask(const std::shared_ptr<grpc::Channel>& channel, const v1::MigrationServiceAuthorizationRequest& request,
           const std::string& token = "") {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  Answer answer;
  answer.status = Service::NewStub(channel)->AuthorizeMigration(&context, request, &answer.response);
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    answer.trailers.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return answer;
}

// All records of a primary server, by primary MC service ID.
std::map<std::string, v1::MigrationRecord> RecordsOf(const std::shared_ptr<grpc::Channel>& operators);
// All visitors of a partner server, by primary MC service ID.
std::map<std::string, v1::Visitor> VisitorsOf(const std::shared_ptr<grpc::Channel>& operators);

// The decision lines of a log that belong to a request, oldest first. Waits for the first: it may be written after the
// answer was sent. Empty after 10 s.
std::vector<std::string> DecisionsOf(const Process& process, const std::string& request_id);
// The value of `key=` in a decision line; empty where absent.
std::string Field(const std::string& line, const std::string& key);

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_STUBS_H_
