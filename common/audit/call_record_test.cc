#include "common/audit/call_record.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/audit/subject.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "mcmig/v1/admin.pb.h"
#include "mcmig/v1/lifecycle.pb.h"
#include "mcmig/v1/mc_service_client.pb.h"
#include "mcmig/v1/migration.pb.h"
#include "mcmig/v1/migration_directory.pb.h"
#include "mcmig/v1/register_admin.pb.h"
#include "mcmig/v1/service_authorization.pb.h"
#include "nlohmann/json.hpp"

namespace mcmig::audit {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json Parsed(const std::string& members) { return json::parse("{" + members + "}"); }

class CallRecordTest : public ::testing::Test {
 protected:
  CallRecordTest() {
    call_.listener = identity::Listener::kInside;
    call_.peer = {
        .system = "north", .role = identity::Role::kGateway, .own = true, .name = "DNS:gateway.north.example"};
    call_.trace_id = std::string(32, 'a');
    call_.bearer_token = "a-secret-token";
    call_.note = &note_;
    request_.set_primary_mc_service_id("sip:alice@north.example");
    request_.set_partner_mc_service_id("sip:visitor-alice@south.example");
    request_.set_mc_service(v1::MC_SERVICE_MCPTT);
    request_.set_mc_service_user_profile_index(1);
    request_.set_request_id(std::string(16, '\1'));
    note_.role = "primary_server";
    note_.request_id = std::string(32, '1');
  }
  [[nodiscard]] json End(const absl::Status& status = absl::OkStatus()) const {
    const v1::MigrationServiceAuthorizationResponse response;
    return Parsed(EndMembers(Facts(), status, status.ok() ? &response : nullptr, absl::UnixEpoch()));
  }
  [[nodiscard]] CallFacts Facts() const {
    return {.call = call_,
            .rpc = "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration",
            .request = request_,
            .role = "process"};
  }

  protocol::Call call_;
  protocol::CallNote note_;
  v1::MigrationServiceAuthorizationRequest request_;
};

TEST_F(CallRecordTest, ADecisionIsRecordedWithItsRuleAndWhoAskedAboutWhom) {
  note_.decision = {.cause = protocol::Cause::kProfileDisabled, .rule = "step6.profile_enabled"};
  const json record = End();
  EXPECT_EQ(record["time"], "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(record["kind"], "call");
  EXPECT_EQ(record["role"], "primary_server");
  EXPECT_EQ(record["listener"], "inside");
  EXPECT_EQ(record["peer_system"], "north");
  EXPECT_EQ(record["peer_role"], "gateway");
  EXPECT_EQ(record["peer_certificate"], "DNS:gateway.north.example");
  EXPECT_EQ(record["rpc"], "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration");
  EXPECT_EQ(record["request_id"], std::string(32, '1'));
  EXPECT_EQ(record["trace_id"], std::string(32, 'a'));
  EXPECT_EQ(record["outcome"], "refused");
  EXPECT_EQ(record["cause"], "PROFILE_DISABLED");
  EXPECT_EQ(record["rule"], "step6.profile_enabled");
  EXPECT_EQ(record["status"], "OK");
  EXPECT_EQ(record["subject"]["primary_mc_service_id"], "sip:alice@north.example");
  EXPECT_EQ(record["subject"]["partner_mc_service_id"], "sip:visitor-alice@south.example");
  EXPECT_EQ(record["subject"]["mc_service"], "MC_SERVICE_MCPTT");
  EXPECT_EQ(record["subject"]["mc_service_user_profile_index"], 1);
}

TEST_F(CallRecordTest, ASuccessHasItsEpoch) {
  note_.decision = {.cause = protocol::Cause::kNone, .rule = "step7.recorded", .epoch = protocol::Epoch{1, 42}};
  const json record = End();
  EXPECT_EQ(record["outcome"], "success");
  EXPECT_EQ(record["incarnation"], 1);
  EXPECT_EQ(record["epoch"], 42);
  EXPECT_FALSE(record.contains("cause"));
}

TEST_F(CallRecordTest, AnErrorHasTheInsideCodeAndNoText) {
  note_.status = absl::PermissionDeniedError("sip:mallory@south.example is not of that system");
  const json record = End(absl::InternalError("told outside"));
  EXPECT_EQ(record["outcome"], "error");
  EXPECT_EQ(record["status"], "PERMISSION_DENIED");
  EXPECT_FALSE(record.contains("rule"));
  note_.decision.rule = "cancel.valid";
  EXPECT_EQ(End(absl::InternalError("told outside"))["rule"], "cancel.valid");
  EXPECT_THAT(record.dump(), Not(HasSubstr("mallory")));
}

TEST_F(CallRecordTest, NoTokenIsInIt) {
  EXPECT_THAT(End().dump(), Not(HasSubstr("a-secret-token")));
  EXPECT_THAT(BeginMembers(Facts(), absl::UnixEpoch()), Not(HasSubstr("a-secret-token")));
}

TEST_F(CallRecordTest, WhoeverNamesNoRoleIsTheProcess) {
  note_ = {};
  const json record = End();
  EXPECT_EQ(record["role"], "process");
  EXPECT_EQ(record["request_id"], "01010101010101010101010101010101");
}

TEST(ChangeRecordTest, AChangeSaysWhoseMigrationEndedAndWhy) {
  EXPECT_EQ(
      Parsed(ChangeMembers({.role = "primary_server",
                            .rule = "expiry.over",
                            .primary_mc_service_id = "sip:alice@north.example",
                            .service = protocol::McService::kMcdata},
                           absl::UnixEpoch())),
      json({{"time", "1970-01-01T00:00:00.000000Z"},
            {"kind", "changed"},
            {"role", "primary_server"},
            {"rule", "expiry.over"},
            {"subject", {{"primary_mc_service_id", "sip:alice@north.example"}, {"mc_service", "MC_SERVICE_MCDATA"}}}}));
}

TEST_F(CallRecordTest, AnAttemptNamesThePeerOrWhereItCameFrom) {
  const json known = Parsed(AttemptMembers(call_, "a.B/C", absl::StatusCode::kPermissionDenied, "ipv4:192.0.2.1"));
  EXPECT_EQ(known["peer_system"], "north");
  EXPECT_EQ(known["status"], "PERMISSION_DENIED");
  EXPECT_FALSE(known.contains("peer_address"));
  call_.peer = {};
  const json unknown = Parsed(
      AttemptMembers(call_, "a.B/C", absl::StatusCode::kUnauthenticated, AddressWithoutPort("ipv4:192.0.2.1:40123")));
  EXPECT_EQ(unknown["peer_address"], "ipv4:192.0.2.1");
  EXPECT_FALSE(unknown.contains("peer_system"));
}

TEST(SubjectTest, AnImportSaysHowManyAndWho) {
  v1::ImportUserProfilesRequest request;
  request.add_profiles()->set_mc_service_id("sip:alice@north.example");
  request.add_profiles()->set_mc_service_id("sip:bob@north.example");
  const json subject = json::parse(SubjectOf(request));
  EXPECT_EQ(subject["profiles"]["count"], 2);
  EXPECT_EQ(subject["profiles"]["ids"], json::array({"sip:alice@north.example", "sip:bob@north.example"}));
}

TEST(SubjectTest, ALookUpSaysOfWhom) {
  v1::LookupServingSystemRequest request;
  request.add_primary_mc_service_ids("sip:alice@north.example");
  EXPECT_EQ(json::parse(SubjectOf(request))["primary_mc_service_ids"]["ids"], json::array({"sip:alice@north.example"}));
}

TEST(SubjectTest, AnEndSaysWhichEpoch) {
  v1::EndMigrationRequest request;
  request.mutable_epoch()->set_incarnation(1);
  request.mutable_epoch()->set_counter(42);
  EXPECT_EQ(json::parse(SubjectOf(request))["epoch"], "1.42");
}

TEST(SubjectTest, WhateverWasReceivedIsBoundedAndJson) {
  v1::LookupServingSystemRequest request;
  request.set_mc_service(static_cast<v1::McService>(77));
  for (int i = 0; i < 2 * kMaxIds; ++i) request.add_primary_mc_service_ids(std::string(5000, '\x01'));
  const std::string text = SubjectOf(request);
  EXPECT_LT(text.size(), 600'000U);
  const json subject = json::parse(text);
  EXPECT_EQ(subject["mc_service"], "77");
  EXPECT_EQ(subject["primary_mc_service_ids"]["count"], 2 * kMaxIds);
  v1::GetMigrationRequest quoted;
  quoted.set_primary_mc_service_id("\"},\"chain\":\"\n\xc3\xa9\xff");
  EXPECT_EQ(json::parse(SubjectOf(quoted))["primary_mc_service_id"], "\"},\"chain\":\"\n\xc3\xa9\xef\xbf\xbd");
}

TEST(SubjectTest, AResultIsNumbers) {
  v1::ImportResponse response;
  response.set_applied(3);
  response.set_taken_back(1);
  response.add_errors()->set_reason("text");
  EXPECT_EQ(json::parse(ResultOf(response)), json({{"applied", 3}, {"taken_back", 1}, {"errors", 1}}));
  v1::ListMigrationsResponse list;
  list.add_migrations()->set_primary_mc_service_id("sip:alice@north.example");
  EXPECT_EQ(json::parse(ResultOf(list)), json({{"migrations", 1}}));
}

// Every field that a request may have is either recorded or here: whoever adds one decides, and no secret gets into the
// log because nobody thought of it.
TEST(SubjectTest, EveryFieldOfARequestIsDecidedAbout) {
  const std::set<std::string> left_out = {"issued_at",  "page_size",    "page_token",   "primary_credential",
                                          "request_id", "resume_token", "signed_cancel"};
  for (const auto* file :
       {v1::MigrateRequest::descriptor()->file(), v1::EndMigrationRequest::descriptor()->file(),
        v1::MigrationServiceAuthorizationRequest::descriptor()->file(),
        v1::ImportUserProfilesRequest::descriptor()->file(), v1::LookupServingSystemRequest::descriptor()->file(),
        v1::VerifyRegisterRequest::descriptor()->file(), v1::ServiceAuthorizationRequest::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const google::protobuf::Descriptor& message = *file->message_type(i);
      if (!absl::EndsWith(message.name(), "Request")) continue;
      for (int j = 0; j < message.field_count(); ++j) {
        const std::string& name = message.field(j)->name();
        EXPECT_NE(IsAudited(name), left_out.contains(name)) << message.full_name() << "." << name;
      }
    }
  }
}

}  // namespace
}  // namespace mcmig::audit
