// The operators' commands against a server on the loopback that answers as the test says.
#include "services/mcmig/commands.h"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/testing/run_command.h"

namespace mcmig::cli {
namespace {

using ::testing::HasSubstr;
using testing::Result;

struct Primary final : v1::PrimaryAdmin::Service {
  grpc::Status ImportUserProfiles(grpc::ServerContext*, const v1::ImportUserProfilesRequest* request,
                                  v1::ImportResponse* response) override {
    response->set_applied(static_cast<uint32_t>(request->profiles_size()));
    return grpc::Status::OK;
  }
  grpc::Status GetMigration(grpc::ServerContext*, const v1::GetMigrationRequest* request,
                            v1::MigrationRecord* record) override {
    if (request->mc_service() != v1::MC_SERVICE_MCPTT) return {grpc::StatusCode::NOT_FOUND, "never migrated"};
    Fill(*record, 7);
    return grpc::Status::OK;
  }
  grpc::Status ListMigrations(grpc::ServerContext*, const v1::ListMigrationsRequest* request,
                              v1::ListMigrationsResponse* response) override {
    partner_asked = request->partner_system();
    const bool first = request->page_token().empty();
    Fill(*response->add_migrations(), first ? 1 : 2);
    if (first) response->set_next_page_token("more");
    return grpc::Status::OK;
  }
  grpc::Status RevokeMigration(grpc::ServerContext*, const v1::RevokeMigrationRequest* request,
                               v1::RevokeMigrationResponse* response) override {
    response->set_changed(request->mc_service() == v1::MC_SERVICE_MCPTT);
    if (response->changed()) Fill(*response->mutable_migration(), 8);
    return grpc::Status::OK;
  }
  grpc::Status GetMigrationHistory(grpc::ServerContext*, const v1::GetMigrationHistoryRequest* request,
                                   v1::GetMigrationHistoryResponse* response) override {
    const bool first = request->page_token().empty();
    v1::MigrationChange& change = *response->add_changes();
    change.set_kind(first ? v1::MigrationChange::KIND_REVOKED : v1::MigrationChange::KIND_AUTHORIZED);
    change.set_sequence(first ? 12 : 11);
    (first ? *change.mutable_from_system() : *change.mutable_to_system()) = "south";
    if (first && request->primary_mc_service_id() == "sip:alice@north.example") response->set_next_page_token("more");
    return grpc::Status::OK;
  }
  grpc::Status RemoveUserProfiles(grpc::ServerContext*, const v1::RemoveUserProfilesRequest* request,
                                  v1::RemoveUserProfilesResponse* response) override {
    removal_asked = *request;
    response->set_removed(2);
    response->set_taken_back(true);
    return grpc::Status::OK;
  }
  std::string partner_asked;
  v1::RemoveUserProfilesRequest removal_asked;
  static void Fill(v1::MigrationRecord& record, uint64_t counter) {
    record.set_primary_mc_service_id("sip:alice@north.example");
    record.set_mc_service(v1::MC_SERVICE_MCPTT);
    record.set_state(v1::MIGRATION_STATE_MIGRATED);
    record.set_partner_system("south");
    record.mutable_epoch()->set_incarnation(1);
    record.mutable_epoch()->set_counter(counter);
  }
};

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&primary_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  Result Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--insecure", "--server", address_});
    return RunAsGiven(std::move(arguments));
  }

  static Result RunAsGiven(std::vector<std::string> arguments) {
    return testing::RunCommand({AddMigrations, AddProfiles, AddCheckConfig}, std::move(arguments));
  }

  Primary primary_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(CommandsTest, ListsAreReadToTheirEnd) {
  const Result json = Run({"migrations", "list", "--json"});
  EXPECT_EQ(json.exit_code, kSuccess) << json.err;
  EXPECT_THAT(json.out, HasSubstr(R"("counter":"1")"));
  EXPECT_THAT(json.out, HasSubstr(R"("counter":"2")"));
  const Result table = Run({"migrations", "list"});
  EXPECT_THAT(table.out, ::testing::StartsWith("PRIMARY MC SERVICE ID"));
  EXPECT_THAT(table.out, HasSubstr("1.2"));
}

TEST_F(CommandsTest, OneRecordOrItsAbsenceIsSaid) {
  const Result found = Run({"migrations", "get", "--id", "sip:alice@north.example", "--service", "MCPTT"});
  EXPECT_EQ(found.exit_code, kSuccess);
  EXPECT_THAT(found.out, HasSubstr("1.7"));
  const Result absent = Run({"migrations", "get", "--id", "sip:alice@north.example", "--service", "MCDATA"});
  EXPECT_EQ(absent.exit_code, kFailed);
  EXPECT_THAT(absent.err, HasSubstr("NOT_FOUND: never migrated"));
}

TEST_F(CommandsTest, UsersAtOnePartnerAreAskedFor) {
  EXPECT_EQ(Run({"migrations", "list", "--partner", "south"}).exit_code, kSuccess);
  EXPECT_EQ(primary_.partner_asked, "south");
}

TEST_F(CommandsTest, RevokeSaysWhetherSomethingChanged) {
  const Result revoked = Run({"migrations", "revoke", "--id", "sip:alice@north.example", "--service", "MCPTT"});
  EXPECT_EQ(revoked.exit_code, kSuccess) << revoked.err;
  EXPECT_THAT(revoked.out, ::testing::StartsWith("revoked\n"));
  EXPECT_THAT(revoked.out, HasSubstr("1.8"));
  const Result at_home = Run({"migrations", "revoke", "--id", "sip:alice@north.example", "--service", "MCDATA"});
  EXPECT_EQ(at_home.exit_code, kSuccess);
  EXPECT_EQ(at_home.out, "unchanged: the user is at the primary\n");
  const Result json = Run({"migrations", "revoke", "--id", "sip:alice@north.example", "--service", "MCPTT", "--json"});
  EXPECT_THAT(json.out, HasSubstr(R"("changed":true)"));
}

TEST_F(CommandsTest, HistoryIsReadToItsEnd) {
  const Result table = Run({"migrations", "history", "--id", "sip:alice@north.example", "--service", "MCPTT"});
  EXPECT_EQ(table.exit_code, kSuccess) << table.err;
  EXPECT_THAT(table.out, ::testing::ContainsRegex("revoked +south +at primary"));
  EXPECT_THAT(table.out, ::testing::ContainsRegex("authorized +at primary +south"));
  const Result json = Run({"migrations", "history", "--id", "sip:alice@north.example", "--service", "MCPTT", "--json"});
  EXPECT_THAT(json.out, HasSubstr(R"("sequence":"11")"));
}

TEST_F(CommandsTest, OneProfileOrAllAreRemovedNeverByOmission) {
  const std::vector<std::string> remove = {"profiles",  "remove", "--id", "sip:alice@north.example",
                                           "--service", "MCPTT"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), remove.begin(), remove.end());
    return Run(more);
  };
  EXPECT_EQ(with({}).exit_code, kFailed);
  EXPECT_EQ(with({"--all", "--profile-index", "1"}).exit_code, kFailed);
  EXPECT_EQ(primary_.removal_asked.mc_service_id(), "");
  const Result one = with({"--profile-index", "0"});
  EXPECT_EQ(one.exit_code, kSuccess) << one.err;
  EXPECT_EQ(one.out, "removed 2; the user was migrated and is taken back\n");
  EXPECT_TRUE(primary_.removal_asked.has_mc_service_user_profile_index());
  EXPECT_THAT(with({"--all", "--json"}).out, HasSubstr(R"("removed":2)"));
  EXPECT_FALSE(primary_.removal_asked.has_mc_service_user_profile_index());
}

TEST_F(CommandsTest, ImportCountsAndFailsOnBadLines) {
  const std::string file = ::testing::TempDir() + "/profiles.jsonl";
  std::ofstream(file) << "{}\n{}\n";
  EXPECT_EQ(Run({"profiles", "import", file}).exit_code, kSuccess);
  std::ofstream(file, std::ios::app) << "{\n";
  const Result result = Run({"profiles", "import", file});
  EXPECT_EQ(result.exit_code, kFailed);
  EXPECT_EQ(result.out, "applied 2, refused 1\n");
  EXPECT_THAT(result.err, HasSubstr(file + ":3: "));
  EXPECT_EQ(Run({"profiles", "import", file + ".nosuch"}).exit_code, kFailed);
}

TEST_F(CommandsTest, PlainTextStaysOnTheLoopback) {
  const Result result = RunAsGiven({"migrations", "list", "--insecure", "--server", "192.0.2.1:7000"});
  EXPECT_EQ(result.exit_code, kFailed);
  EXPECT_THAT(result.err, HasSubstr("loopback"));
}

TEST_F(CommandsTest, WithoutCertificateNothingIsSent) {
  const Result result = RunAsGiven({"migrations", "list", "--server", address_});
  EXPECT_EQ(result.exit_code, kFailed);
  EXPECT_THAT(result.err, HasSubstr("--ca is needed"));
}

TEST_F(CommandsTest, CheckConfigSaysWhatIsWrong) {
  const std::string file = ::testing::TempDir() + "/gateway.yaml";
  std::ofstream(file) << "inside: {}\n";
  const Result result = RunAsGiven({"check-config", "--role", "gateway", file});
  EXPECT_EQ(result.exit_code, kFailed);
  EXPECT_THAT(result.out, HasSubstr("gateway.yaml:1:1: inside: unknown key"));
}

}  // namespace
}  // namespace mcmig::cli
