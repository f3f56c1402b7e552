// The commands about a user of a client agent, against an agent on the loopback that answers as the test says.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/testing/run_command.h"

namespace mcmig::cli {
namespace {

using ::testing::HasSubstr;
using testing::Result;

struct Agent final : v1::McServiceClient::Service {
  grpc::Status Migrate(grpc::ServerContext*, const v1::MigrateRequest* request, v1::MigrateResponse* answer) override {
    asked = *request;
    *answer = response;
    return status;
  }
  grpc::Status EndMigration(grpc::ServerContext*, const v1::ClientEndMigrationRequest* request,
                            v1::EndMigrationResponse* answer) override {
    end_asked = *request;
    *answer = end;
    return status;
  }
  grpc::Status GetMigrationStatus(grpc::ServerContext*, const v1::ClientMigrationStatusRequest* request,
                                  v1::GetMigrationStatusResponse* answer) override {
    status_asked = *request;
    *answer = served;
    return status;
  }
  v1::MigrateRequest asked;
  v1::MigrateResponse response;
  v1::ClientEndMigrationRequest end_asked;
  v1::EndMigrationResponse end;
  v1::ClientMigrationStatusRequest status_asked;
  v1::GetMigrationStatusResponse served;
  grpc::Status status;
};

class AgentCommandsTest : public ::testing::Test {
 protected:
  AgentCommandsTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&agent_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  Result ForAlice(const std::string& command, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {command,     "--user", "sip:alice@north.example", "--partner", "south",
                                          "--service", "mcptt"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {"--insecure", "--server", address_});
    return testing::RunCommand({AddMigrate, AddEnd, AddStatus}, std::move(arguments));
  }
  Result Migrate(const std::vector<std::string>& more = {}) const { return ForAlice("migrate", more); }
  Result End(const std::vector<std::string>& more = {"--epoch", "1.7"}) const { return ForAlice("end", more); }

  Agent agent_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(AgentCommandsTest, MigrateSucceedsOnlyOnSuccess) {
  auto& answer = *agent_.response.mutable_authorization();
  answer.set_result(v1::MIGRATION_RESULT_SUCCESS);
  answer.set_partner_mc_service_id("sip:visitor@south.example");
  const Result result = Migrate({"--profile-index", "0"});
  EXPECT_EQ(result.exit_code, kSuccess) << result.err;
  EXPECT_THAT(result.out, HasSubstr("SUCCESS\n"));
  EXPECT_THAT(result.out, HasSubstr("sip:visitor@south.example"));
  EXPECT_EQ(agent_.asked.mc_service(), v1::MC_SERVICE_MCPTT);
  EXPECT_TRUE(agent_.asked.has_mc_service_user_profile_index());
  EXPECT_EQ(agent_.asked.request_id().size(), 16U);
  EXPECT_TRUE(agent_.asked.has_issued_at());
}

TEST_F(AgentCommandsTest, MigrateNamesTheCauseOfARefusal) {
  agent_.response.mutable_authorization()->set_result(v1::MIGRATION_RESULT_FAILURE);
  agent_.response.mutable_authorization()->set_refusal_cause(v1::REFUSAL_CAUSE_VISITOR_NOT_EXPECTED);
  const Result result = Migrate();
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.out, HasSubstr("FAILURE VISITOR_NOT_EXPECTED\n"));
  EXPECT_FALSE(agent_.asked.has_mc_service_user_profile_index());
}

TEST_F(AgentCommandsTest, AnAnswerWithoutAResultIsNoSuccess) { EXPECT_EQ(Migrate().exit_code, kOutcomeUnknown); }

TEST_F(AgentCommandsTest, AnUnknownOutcomeCanBeRepeated) {
  agent_.status = {grpc::StatusCode::UNAVAILABLE, "no answer"};
  const Result result = Migrate();
  EXPECT_EQ(result.exit_code, kOutcomeUnknown);
  const std::string id = agent_.asked.request_id();
  const size_t at = result.err.find("--request-id ");
  ASSERT_NE(at, std::string::npos) << result.err;
  std::string said = result.err.substr(at);
  said.pop_back();
  std::vector<std::string> words;
  std::istringstream stream(said);
  for (std::string word; stream >> word;) words.push_back(word);
  Migrate(words);
  EXPECT_EQ(agent_.asked.request_id(), id);
}

TEST_F(AgentCommandsTest, ARefusedCallIsAFailure) {
  agent_.status = {grpc::StatusCode::NOT_FOUND, "no user"};
  const Result result = Migrate();
  EXPECT_EQ(result.exit_code, kFailed);
  EXPECT_THAT(result.err, HasSubstr("NOT_FOUND: no user"));
}

TEST_F(AgentCommandsTest, MalformedRepetitionsAreNotSent) {
  EXPECT_EQ(Migrate({"--request-id", "00"}).exit_code, kFailed);
  EXPECT_EQ(Migrate({"--request-id", "00", "--issued-at", "2026-01-01T00:00:00Z"}).exit_code, kFailed);
  EXPECT_EQ(Migrate({"--timeout", "soon"}).exit_code, kFailed);
  EXPECT_EQ(agent_.asked.primary_mc_service_id(), "");
}

TEST_F(AgentCommandsTest, EndNamesTheMigrationAndSaysWhatBecameOfIt) {
  agent_.end.set_result(v1::END_RESULT_ENDED);
  const Result ended = End();
  EXPECT_EQ(ended.exit_code, kSuccess) << ended.err;
  EXPECT_EQ(ended.out, "ENDED\n");
  EXPECT_EQ(agent_.end_asked.primary_mc_service_id(), "sip:alice@north.example");
  EXPECT_EQ(agent_.end_asked.partner_system(), "south");
  EXPECT_EQ(agent_.end_asked.mc_service(), v1::MC_SERVICE_MCPTT);
  EXPECT_EQ(agent_.end_asked.epoch().incarnation(), 1U);
  EXPECT_EQ(agent_.end_asked.epoch().counter(), 7U);

  agent_.end.set_result(v1::END_RESULT_STALE);
  agent_.end.mutable_current_epoch()->set_incarnation(1);
  agent_.end.mutable_current_epoch()->set_counter(9);
  const Result stale = End();
  EXPECT_EQ(stale.exit_code, kRefused);
  EXPECT_THAT(stale.out, ::testing::AllOf(::testing::StartsWith("STALE\n"), HasSubstr("1.9")));
  const Result json = End({"--epoch", "1.7", "--json"});
  EXPECT_EQ(json.exit_code, kRefused);
  EXPECT_THAT(json.out, HasSubstr(R"("result":"END_RESULT_STALE")"));

  agent_.end.set_result(v1::END_RESULT_NOT_ON_RECORD);
  EXPECT_EQ(End().exit_code, kRefused);
  agent_.end.set_result(v1::END_RESULT_REFUSED);
  agent_.end.set_refusal_cause(v1::REFUSAL_CAUSE_ACCESS_TOKEN_EXPIRED);
  const Result refused = End();
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.out, ::testing::StartsWith("FAILURE ACCESS_TOKEN_EXPIRED\n"));
}

TEST_F(AgentCommandsTest, AnEndWithoutAResultMayHaveHappened) {
  EXPECT_EQ(End().exit_code, kOutcomeUnknown);
  for (const grpc::StatusCode code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::RESOURCE_EXHAUSTED}) {
    agent_.status = {code, "no answer"};
    const Result unknown = End();
    EXPECT_EQ(unknown.exit_code, kOutcomeUnknown);
    EXPECT_THAT(unknown.err, HasSubstr("Repeat the command"));
  }
  agent_.status = {grpc::StatusCode::NOT_FOUND, "no user"};
  EXPECT_EQ(End().exit_code, kFailed);
}

TEST_F(AgentCommandsTest, AnEndWithoutAnEpochIsNotSent) {
  EXPECT_EQ(End({}).exit_code, -1);
  for (const char* epoch : {"7", "1.", ".7", "0.7", "1.0", "1.-7", "1.7.1", "a.b"}) {
    EXPECT_EQ(End({"--epoch", epoch}).exit_code, kFailed) << epoch;
  }
  EXPECT_EQ(agent_.end_asked.primary_mc_service_id(), "");
}

TEST_F(AgentCommandsTest, StatusTellsWhetherTheUserIsServed) {
  const Result absent = ForAlice("status", {});
  EXPECT_EQ(absent.exit_code, kSuccess) << absent.err;
  EXPECT_EQ(absent.out, "NOT SERVED\n");
  EXPECT_EQ(agent_.status_asked.primary_mc_service_id(), "sip:alice@north.example");
  EXPECT_EQ(agent_.status_asked.partner_system(), "south");
  agent_.served.set_served(true);
  agent_.served.mutable_epoch()->set_incarnation(1);
  agent_.served.mutable_epoch()->set_counter(7);
  const Result served = ForAlice("status", {});
  EXPECT_THAT(served.out,
              ::testing::AllOf(::testing::StartsWith("SERVED\n"), HasSubstr("1.7"), HasSubstr("without end")));
  EXPECT_THAT(ForAlice("status", {"--json"}).out, HasSubstr(R"("served":true)"));
  agent_.served.Clear();
  agent_.served.set_refusal_cause(v1::REFUSAL_CAUSE_ACCESS_TOKEN_EXPIRED);
  const Result refused = ForAlice("status", {});
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.out, ::testing::StartsWith("FAILURE ACCESS_TOKEN_EXPIRED\n"));
  agent_.status = {grpc::StatusCode::UNAVAILABLE, "no answer"};
  EXPECT_EQ(ForAlice("status", {}).exit_code, kFailed);
}

}  // namespace
}  // namespace mcmig::cli
