#include "common/config/typed.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mcmig/config/v1/process.pb.h"
#include "mcmig/v1/admin.pb.h"

namespace mcmig::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class Message>
std::vector<std::string> ReadYaml(const std::string& text, Message& out) {
  const absl::StatusOr<Node> tree = ParseYaml(text);
  EXPECT_TRUE(tree.ok()) << tree.status();
  Violations violations;
  ReadMessage(*tree, out, violations);
  std::vector<std::string> lines;
  for (const Violation& v : violations.kept()) lines.push_back(absl::StrCat(v.at.line, " ", v.path, ": ", v.what));
  return lines;
}

template <class Message>
std::string ReadJson(const std::string& text, Message& out) {
  const absl::StatusOr<Node> tree = ParseJson(text);
  EXPECT_TRUE(tree.ok()) << tree.status();
  Violations violations;
  ReadMessage(*tree, out, violations);
  return violations.First();
}

constexpr char kProfile[] =
    R"({"mc_service_id":"sip:alice@north.example","mc_service":"MC_SERVICE_MCPTT","mc_service_user_profile_index":0,)"
    R"("profile_name":"day","status":"USER_PROFILE_STATUS_ENABLED","pre_selected":true,)"
    R"("partner_systems":[{"system":"south","access_information":"https://id.south.example"}]})";

TEST(Typed, ReadsWhatProtobufsOwnParserReads) {
  mcmig::v1::UserProfile ours;
  EXPECT_EQ(ReadJson(kProfile, ours), "");
  mcmig::v1::UserProfile theirs;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(kProfile, &theirs).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ours, theirs)) << ours.DebugString();
  EXPECT_TRUE(ours.has_mc_service_user_profile_index());
}

TEST(Typed, ReadsWhatProtobufsOwnWriterWrites) {
  mcmig::v1::MigrationRecord record;
  record.set_primary_mc_service_id("sip:a@b");
  record.mutable_epoch()->set_counter(uint64_t{1} << 63);
  record.set_request_id(std::string("\0\xff 0123456789abc", 16));
  record.mutable_decided_at()->set_seconds(1770000000);
  record.mutable_decided_at()->set_nanos(5000000);
  record.set_state(mcmig::v1::MIGRATION_STATE_MIGRATED);
  for (const bool camel : {true, false}) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = !camel;
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(record, &json, options).ok());
    mcmig::v1::MigrationRecord read;
    EXPECT_EQ(ReadJson(json, read), "") << json;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(record, read)) << json;
  }
}

TEST(Typed, EveryViolationIsListedWithItsPathAndLine) {
  v1::ClientAgentConfig config;
  EXPECT_THAT(ReadYaml("client_listner: {}\n"
                       "certificate:\n"
                       "  chain_file: a.pem\n"
                       "  chain_file: b.pem\n"
                       "users:\n"
                       "  - service: MCPT\n"
                       "    default_profile_index: -1\n"
                       "  - partners:\n"
                       "      - server:\n"
                       "          insecure: yes\n"
                       "          address: [x]\n"
                       "health_address:\n"
                       "drain_grace: 10m\n",
                       config),
              ElementsAre("1 client_listner: unknown key, did you mean client_listener?",
                          "4 certificate.chain_file: is given twice",
                          "6 users[0].service: must be one of MCPTT, MCVIDEO, MCDATA",
                          "7 users[0].default_profile_index: must be a whole number, not negative",
                          "10 users[1].partners[0].server.insecure: must be true or false",
                          "11 users[1].partners[0].server.address: must be a string", "12 health_address: has no value",
                          "13 drain_grace: must be a duration in seconds, such as 10s or 0.5s"));
  EXPECT_EQ(config.certificate().chain_file(), "a.pem");
}

TEST(Typed, TheFieldDecidesWhatAYamlScalarIs) {
  v1::ServerAssignment assignment;
  EXPECT_THAT(ReadYaml("domain: 123\nmc_service_ids: [no, '1', 1e3]\nservice: MCDATA\n", assignment), IsEmpty());
  EXPECT_EQ(assignment.domain(), "123");
  EXPECT_THAT(assignment.mc_service_ids(), ElementsAre("no", "1", "1e3"));
}

TEST(Typed, NumbersOutOfRangeAreRefused) {
  v1::Listener listener;
  EXPECT_THAT(ReadYaml("max_in_flight: 4294967296\n", listener), ElementsAre("1 max_in_flight: is out of range"));
  EXPECT_THAT(ReadYaml("max_in_flight: 4294967295\n", listener), IsEmpty());
  for (const char* text : {"1.0", "0x10", "1 2", "+1", "abc", "1e3", "[]", "''"}) {
    EXPECT_THAT(ReadYaml(absl::StrCat("max_in_flight: ", text, "\n"), listener), testing::SizeIs(1)) << text;
  }
}

TEST(Typed, DurationsAreSeconds) {
  v1::Listener listener;
  EXPECT_THAT(ReadYaml("max_deadline: 1.5s\n", listener), IsEmpty());
  EXPECT_EQ(listener.max_deadline().seconds(), 1);
  EXPECT_EQ(listener.max_deadline().nanos(), 500000000);
  for (const char* text : {"1", "s", "1m", "1 s", "--1s", "1.s.s", "999999999999s", "{}"}) {
    EXPECT_THAT(ReadYaml(absl::StrCat("max_deadline: ", text, "\n"), listener), testing::SizeIs(1)) << text;
  }
}

TEST(Typed, TimesAreRfc3339) {
  mcmig::v1::ExpectedVisitor visitor;
  EXPECT_EQ(ReadJson(R"({"until":"2026-05-01T10:00:00.5+02:00"})", visitor), "");
  EXPECT_EQ(visitor.until().seconds(), 1777622400);
  for (const char* text : {"2026-05-01", "2026-13-01T00:00:00Z", "tomorrow", "2026-05-01T10:00:00"}) {
    EXPECT_NE(ReadJson(absl::StrCat(R"({"until":")", text, "\"}"), visitor), "") << text;
  }
}

TEST(Typed, TwoMembersOfAOneofAreRefused) {
  mcmig::v1::ExpectedVisitor visitor;
  EXPECT_EQ(ReadJson(R"({"domain":"a.b","primary_mc_service_id":"sip:a@b"})", visitor),
            "primary_mc_service_id: excludes another key that is given as well");
}

TEST(Typed, JsonTypesAreNotConverted) {
  mcmig::v1::UserProfile profile;
  EXPECT_EQ(ReadJson(R"({"profile_name":5})", profile), "profile_name: must be a string");
  EXPECT_EQ(ReadJson(R"({"pre_selected":"true"})", profile), "pre_selected: must be true or false");
  EXPECT_EQ(ReadJson(R"({"status":1})", profile),
            "status: must be one of USER_PROFILE_STATUS_ENABLED, USER_PROFILE_STATUS_DISABLED");
  EXPECT_EQ(ReadJson(R"({"partner_systems":{}})", profile), "partner_systems: must be a list");
  EXPECT_EQ(ReadJson(R"({"partner_systems":[1]})", profile), "partner_systems[0]: must be a map of fields");
}

TEST(Typed, JsonNullIsUnset) {
  mcmig::v1::UserProfile profile;
  EXPECT_EQ(ReadJson(R"({"profile_name":null,"mc_service_user_profile_index":null})", profile), "");
  EXPECT_FALSE(profile.has_mc_service_user_profile_index());
}

TEST(Typed, ARepeatedKeyInJsonIsRefused) {
  mcmig::v1::UserProfile profile;
  EXPECT_EQ(ReadJson(R"({"status":"USER_PROFILE_STATUS_DISABLED","status":"USER_PROFILE_STATUS_ENABLED"})", profile),
            "status: is given twice");
  EXPECT_EQ(ReadJson(R"({"profile_name":"a","profileName":"b"})", profile), "profile_name: is given twice");
}

TEST(Typed, UnknownKeysAreEscapedAndCut) {
  mcmig::v1::UserProfile profile;
  EXPECT_EQ(ReadJson(R"({"a\nb":1})", profile), "a\\nb: unknown key");
  EXPECT_LT(ReadJson("{\"" + std::string(5000, 'x') + "\":1}", profile).size(), 100U);
}

}  // namespace
}  // namespace mcmig::config
