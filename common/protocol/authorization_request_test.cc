#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/protocol/authorization.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace mcmig::protocol {
namespace {

using google::protobuf::util::MessageDifferencer;
using identity::Listener;
using identity::Role;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Message = v1::MigrationServiceAuthorizationRequest;

Message Valid() {
  Message message;
  message.set_partner_mc_service_id("sip:visitor@partner.example");
  message.set_primary_mc_service_id("SIP:alice@Primary.Example");
  message.set_mc_service_user_profile_index(0);
  message.set_mc_service(v1::MC_SERVICE_MCPTT);
  message.set_request_id(std::string("\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\xff", 16));
  message.mutable_issued_at()->set_seconds(1'700'000'000);
  message.mutable_issued_at()->set_nanos(123'456'789);
  return message;
}

Call CallOn(Listener listener, Role role = Role::kPartnerServer, bool own = true) {
  Call call;
  call.listener = listener;
  call.peer = {.system = own ? "home" : "abroad", .role = role, .own = own};
  return call;
}

TEST(ParseAuthorizationRequest, ReadsEveryField) {
  const absl::StatusOr<AuthorizationRequest> request =
      ParseAuthorizationRequest(Valid(), CallOn(Listener::kOutside, Role::kGateway, false));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->partner_mc_service_id.received(), "sip:visitor@partner.example");
  EXPECT_EQ(request->primary_mc_service_id.received(), "SIP:alice@Primary.Example");
  EXPECT_EQ(request->profile_index, 0);
  EXPECT_EQ(request->service, McService::kMcptt);
  ASSERT_TRUE(request->request_id.has_value());
  EXPECT_EQ(request->request_id->Hex(), "000102030405060708090a0b0c0d0eff");
  EXPECT_EQ(request->issued_at, absl::FromUnixSeconds(1'700'000'000) + absl::Nanoseconds(123'456'789));
  EXPECT_EQ(request->authenticated_peer_system, std::nullopt);
}

TEST(ParseAuthorizationRequest, IsTheInverseOfToProto) {
  Message message = Valid();
  message.set_authenticated_peer_system("north");
  const auto request = ParseAuthorizationRequest(message, CallOn(Listener::kInside, Role::kGateway));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(MessageDifferencer::Equals(ToProto(*request), message)) << ToProto(*request).ShortDebugString();
}

TEST(ParseAuthorizationRequest, TimesBefore1970SurviveARoundTrip) {
  Message message = Valid();
  message.mutable_issued_at()->set_seconds(-62'135'596'800);
  message.mutable_issued_at()->set_nanos(1);
  const auto request = ParseAuthorizationRequest(message, CallOn(Listener::kInside));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(MessageDifferencer::Equals(ToProto(*request), message));
}

TEST(ParseAuthorizationRequest, UnknownFieldsAreNotSentOn) {
  Message message = Valid();
  Message::GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(1000, "inner host");
  const auto request = ParseAuthorizationRequest(message, CallOn(Listener::kInside));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_THAT(ToProto(*request).SerializeAsString(), Not(HasSubstr("inner host")));
}

// One defect, and the path that the text starts with.
struct Defect {
  Defect(const char* name_of, std::function<void(Message&)> change, const char* field)
      : name(name_of), make(std::move(change)), path(field) {}
  const char* name;
  std::function<void(Message&)> make;
  const char* path;
};
std::ostream& operator<<(std::ostream& out, const Defect& defect) { return out << defect.name; }

class EveryDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(EveryDefect, IsRefusedWithTheFieldsPathAndWithoutItsContent) {
  for (const Listener listener : {Listener::kClient, Listener::kInside, Listener::kOutside, Listener::kOperators}) {
    Message message = Valid();
    GetParam().make(message);
    const absl::Status status = ParseAuthorizationRequest(message, CallOn(listener)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    const std::string text(status.message());
    EXPECT_THAT(text, StartsWith(std::string(GetParam().path) + ": "));
    for (const char* content : {"alice", "visitor", "example", "secret", "Example"}) {
      EXPECT_THAT(text, Not(HasSubstr(content)));
    }
  }
}

std::vector<Defect> Defects() {
  return {
      {"PartnerIdMissing", [](Message& m) { m.clear_partner_mc_service_id(); }, "partner_mc_service_id"},
      {"PartnerIdMalformed", [](Message& m) { m.set_partner_mc_service_id("secret"); }, "partner_mc_service_id"},
      {"PartnerIdOversize",
       [](Message& m) { m.set_partner_mc_service_id("sip:" + std::string(250, 'a') + "@x.example"); },
       "partner_mc_service_id"},
      {"PartnerIdTel", [](Message& m) { m.set_partner_mc_service_id("tel:+15550001"); }, "partner_mc_service_id"},
      {"PartnerIdIpLiteral", [](Message& m) { m.set_partner_mc_service_id("sip:a@[2001:db8::1]"); },
       "partner_mc_service_id"},
      {"PrimaryIdMissing", [](Message& m) { m.clear_primary_mc_service_id(); }, "primary_mc_service_id"},
      {"PrimaryIdWithoutUser", [](Message& m) { m.set_primary_mc_service_id("sip:secret.example"); },
       "primary_mc_service_id"},
      {"PrimaryIdWithNewline", [](Message& m) { m.set_primary_mc_service_id("sip:alice\n@primary.example"); },
       "primary_mc_service_id"},
      {"PrimaryIdNumericHost", [](Message& m) { m.set_primary_mc_service_id("sip:alice@192.0.2.1"); },
       "primary_mc_service_id"},
      {"IndexMissing", [](Message& m) { m.clear_mc_service_user_profile_index(); }, "mc_service_user_profile_index"},
      {"IndexTooLarge", [](Message& m) { m.set_mc_service_user_profile_index(256); }, "mc_service_user_profile_index"},
      {"IndexHuge", [](Message& m) { m.set_mc_service_user_profile_index(std::numeric_limits<uint32_t>::max()); },
       "mc_service_user_profile_index"},
      {"ServiceMissing", [](Message& m) { m.clear_mc_service(); }, "mc_service"},
      {"ServiceUnknown", [](Message& m) { m.set_mc_service(static_cast<v1::McService>(4)); }, "mc_service"},
      {"ServiceNegative", [](Message& m) { m.set_mc_service(static_cast<v1::McService>(-1)); }, "mc_service"},
      {"RequestIdMissing", [](Message& m) { m.clear_request_id(); }, "request_id"},
      {"RequestIdShort", [](Message& m) { m.set_request_id("secret"); }, "request_id"},
      {"RequestIdLong", [](Message& m) { m.set_request_id(std::string(17, 's')); }, "request_id"},
      {"IssuedAtMissing", [](Message& m) { m.clear_issued_at(); }, "issued_at"},
      {"IssuedAtBeforeYear1", [](Message& m) { m.mutable_issued_at()->set_seconds(-62'135'596'801); },
       "issued_at.seconds"},
      {"IssuedAtAfterYear9999", [](Message& m) { m.mutable_issued_at()->set_seconds(253'402'300'800); },
       "issued_at.seconds"},
      {"IssuedAtMinSeconds",
       [](Message& m) { m.mutable_issued_at()->set_seconds(std::numeric_limits<int64_t>::min()); },
       "issued_at.seconds"},
      {"IssuedAtNegativeNanos", [](Message& m) { m.mutable_issued_at()->set_nanos(-1); }, "issued_at.nanos"},
      {"IssuedAtTooManyNanos", [](Message& m) { m.mutable_issued_at()->set_nanos(1'000'000'000); }, "issued_at.nanos"},
      {"InsideField", [](Message& m) { m.set_authenticated_peer_system("secret"); }, "authenticated_peer_system"},
  };
}
INSTANTIATE_TEST_SUITE_P(Request, EveryDefect, ::testing::ValuesIn(Defects()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ParseAuthorizationRequest, LimitsAreInclusive) {
  Message message = Valid();
  message.set_mc_service_user_profile_index(255);
  message.mutable_issued_at()->set_seconds(253'402'300'799);
  message.mutable_issued_at()->set_nanos(999'999'999);
  const auto request = ParseAuthorizationRequest(message, CallOn(Listener::kInside));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->profile_index, 255);
}

TEST(ParseAuthorizationRequest, EveryServiceIsRead) {
  for (const McService service : {McService::kMcptt, McService::kMcvideo, McService::kMcdata}) {
    Message message = Valid();
    message.set_mc_service(ToProto(service));
    EXPECT_EQ(ParseAuthorizationRequest(message, CallOn(Listener::kInside))->service, service)
        << McServiceName(service);
  }
}

TEST(ParseAuthorizationRequest, OnlyAClientMayLeaveTheRequestUnnamed) {
  Message message = Valid();
  message.clear_request_id();
  message.clear_issued_at();
  for (const Listener listener : {Listener::kClient, Listener::kInside, Listener::kOutside, Listener::kOperators}) {
    const auto request = ParseAuthorizationRequest(message, CallOn(listener));
    EXPECT_EQ(request.ok(), listener == Listener::kClient) << ListenerName(listener);
  }
}

// Listener, role, own system: who may say which MC system a gateway authenticated.
class InsideField : public ::testing::TestWithParam<std::tuple<Listener, Role, bool>> {};

TEST_P(InsideField, IsBelievedOnlyFromTheOwnGatewayInside) {
  const auto [listener, role, own] = GetParam();
  const bool own_gateway = listener == Listener::kInside && role == Role::kGateway && own;
  Message message = Valid();
  const auto without = ParseAuthorizationRequest(message, CallOn(listener, role, own));
  EXPECT_EQ(without.ok(), !own_gateway) << "mandatory from the own gateway";
  message.set_authenticated_peer_system("north-2.example");
  const auto with = ParseAuthorizationRequest(message, CallOn(listener, role, own));
  ASSERT_EQ(with.ok(), own_gateway);
  if (own_gateway) {
    EXPECT_EQ(with->authenticated_peer_system, "north-2.example");
  } else {
    EXPECT_THAT(std::string(with.status().message()), StartsWith("authenticated_peer_system: "));
  }
}

INSTANTIATE_TEST_SUITE_P(Request, InsideField,
                         ::testing::Combine(::testing::Values(Listener::kClient, Listener::kInside, Listener::kOutside,
                                                              Listener::kOperators),
                                            ::testing::Values(Role::kNone, Role::kApplication, Role::kClient,
                                                              Role::kPartnerServer, Role::kPrimaryServer,
                                                              Role::kGateway, Role::kReader, Role::kOperator,
                                                              Role::kSecurity),
                                            ::testing::Bool()));

TEST(ParseAuthorizationRequest, InsideFieldMustBeASystemName) {
  for (const std::string& name : {std::string("North"), std::string("a b"), std::string("a\n"), std::string(65, 'a'),
                                  std::string("a_b"), std::string("a\0b", 3)}) {
    Message message = Valid();
    message.set_authenticated_peer_system(name);
    const absl::Status status = ParseAuthorizationRequest(message, CallOn(Listener::kInside, Role::kGateway)).status();
    EXPECT_THAT(std::string(status.message()), StartsWith("authenticated_peer_system: "));
  }
}

}  // namespace
}  // namespace mcmig::protocol
