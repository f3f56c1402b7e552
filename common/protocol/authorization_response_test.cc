#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "common/protocol/authorization.h"
#include "gtest/gtest.h"

namespace mcmig::protocol {
namespace {

using Message = v1::MigrationServiceAuthorizationResponse;

AuthorizationRequest Sent() {
  RequestId id;
  id.bytes.fill(9);
  return {.partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor@partner.example"),
          .primary_mc_service_id = *identity::McServiceId::Parse("SIP:alice@Primary.Example"),
          .profile_index = 1,
          .service = McService::kMcdata,
          .request_id = id,
          .issued_at = absl::FromUnixSeconds(1'700'000'000)};
}

Message Success() {
  return ToProto(Decision{.cause = Cause::kNone, .epoch = Epoch{.incarnation = 2, .counter = 5}}, Sent());
}
Message Failure() { return ToProto(Decision{.cause = Cause::kProfileDisabled}, Sent()); }

TEST(AuthorizationResponse, SuccessTravels) {
  const absl::StatusOr<Decision> decision = ParseAuthorizationResponse(Success(), Sent());
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_EQ(decision->cause, Cause::kNone);
  EXPECT_EQ(decision->epoch, (Epoch{.incarnation = 2, .counter = 5}));
}

TEST(AuthorizationResponse, EveryCauseTravels) {
  for (const CauseInfo& info : AllCauses()) {
    const Message message = ToProto(Decision{.cause = info.cause, .rule = "step6.inside_reason"}, Sent());
    EXPECT_EQ(message.SerializeAsString().find("inside_reason"), std::string::npos);
    const absl::StatusOr<Decision> decision = ParseAuthorizationResponse(message, Sent());
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->cause, info.cause) << info.name;
    EXPECT_EQ(decision->epoch, std::nullopt);
  }
}

TEST(AuthorizationResponse, EchoesTheBytesReceived) {
  for (const Message& message : {Success(), Failure()}) {
    EXPECT_EQ(message.partner_mc_service_id(), "sip:visitor@partner.example");
    EXPECT_EQ(message.primary_mc_service_id(), "SIP:alice@Primary.Example");
    EXPECT_EQ(message.request_id(), std::string(16, '\x09'));
  }
}

TEST(AuthorizationResponse, SuccessWithoutEpochIsNotSentAsSuccess) {
  EXPECT_EQ(ToProto(Decision{.cause = Cause::kNone}, Sent()).result(), v1::MIGRATION_RESULT_UNSPECIFIED);
}

TEST(AuthorizationResponse, RefusalNeverCarriesAnEpoch) {
  EXPECT_FALSE(ToProto(Decision{.cause = Cause::kConcurrent, .epoch = Epoch{.incarnation = 1, .counter = 1}}, Sent())
                   .has_epoch());
}

// One defect in a success.
struct Defect {
  Defect(const char* name_of, std::function<void(Message&)> change) : name(name_of), make(std::move(change)) {}
  const char* name;
  std::function<void(Message&)> make;
};
std::ostream& operator<<(std::ostream& out, const Defect& defect) { return out << defect.name; }

class EveryDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(EveryDefect, IsNeverASuccess) {
  Message message = Success();
  GetParam().make(message);
  const absl::Status status = ParseAuthorizationResponse(message, Sent()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message().find("example"), absl::string_view::npos);
}

std::vector<Defect> Defects() {
  return {
      {"ResultUnset", [](Message& m) { m.clear_result(); }},
      {"ResultUnknown", [](Message& m) { m.set_result(static_cast<v1::MigrationResult>(3)); }},
      {"Empty", [](Message& m) { m.Clear(); }},
      {"SuccessWithCause", [](Message& m) { m.set_refusal_cause(v1::REFUSAL_CAUSE_CONCURRENT); }},
      {"SuccessWithUnknownCause", [](Message& m) { m.set_refusal_cause(static_cast<v1::RefusalCause>(99)); }},
      {"SuccessWithoutEpoch", [](Message& m) { m.clear_epoch(); }},
      {"EpochWithoutIncarnation", [](Message& m) { m.mutable_epoch()->clear_incarnation(); }},
      {"EpochWithoutCounter", [](Message& m) { m.mutable_epoch()->clear_counter(); }},
      {"FailureWithEpoch", [](Message& m) { m.set_result(v1::MIGRATION_RESULT_FAILURE); }},
      {"IdsExchanged", [](Message& m) { m.mutable_partner_mc_service_id()->swap(*m.mutable_primary_mc_service_id()); }},
      {"PartnerIdMissing", [](Message& m) { m.clear_partner_mc_service_id(); }},
      {"PrimaryIdMissing", [](Message& m) { m.clear_primary_mc_service_id(); }},
      {"PrimaryIdCanonicalInsteadOfReceived",
       [](Message& m) { m.set_primary_mc_service_id(Sent().primary_mc_service_id.canonical()); }},
      {"PartnerIdLonger", [](Message& m) { m.mutable_partner_mc_service_id()->push_back('\0'); }},
      {"RequestIdOfAnother", [](Message& m) { m.set_request_id(std::string(16, '\x08')); }},
      {"RequestIdShort", [](Message& m) { m.set_request_id("x"); }},
  };
}
INSTANTIATE_TEST_SUITE_P(Response, EveryDefect, ::testing::ValuesIn(Defects()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(AuthorizationResponse, OneWrongBitInAnEchoedIdIsNeverADecision) {
  for (const Message& good : {Success(), Failure()}) {
    for (std::string* (Message::*id)() : {&Message::mutable_partner_mc_service_id,
                                          &Message::mutable_primary_mc_service_id, &Message::mutable_request_id}) {
      Message message = good;
      const size_t bits = (message.*id)()->size() * 8;
      for (size_t bit = 0; bit < bits; ++bit) {
        message = good;
        char& byte = (*(message.*id)())[bit / 8];
        byte = static_cast<char>(byte ^ (1 << (bit % 8)));
        EXPECT_EQ(ParseAuthorizationResponse(message, Sent()).status().code(), absl::StatusCode::kInternal) << bit;
      }
    }
  }
}

TEST(AuthorizationResponse, RequestIdIsOptional) {
  Message message = Success();
  message.clear_request_id();
  EXPECT_TRUE(ParseAuthorizationResponse(message, Sent()).ok());
  AuthorizationRequest unnamed = Sent();
  unnamed.request_id.reset();
  unnamed.issued_at.reset();
  EXPECT_TRUE(ParseAuthorizationResponse(Success(), unnamed).ok()) << "the server may have named it";
  EXPECT_TRUE(ToProto(Decision{.cause = Cause::kConcurrent}, unnamed).request_id().empty());
}

TEST(AuthorizationResponse, FailureWithoutAKnownCauseIsARefusalByThePrimary) {
  for (const int number : {0, -1, 25, 99}) {
    Message message = Failure();
    message.set_refusal_cause(static_cast<v1::RefusalCause>(number));
    const absl::StatusOr<Decision> decision = ParseAuthorizationResponse(message, Sent());
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->cause, Cause::kNotAuthorizedByPrimary) << number;
  }
}

TEST(RequestId, TakesExactly16Bytes) {
  for (size_t size = 0; size < 40; ++size) {
    EXPECT_EQ(RequestId::Of(std::string(size, 'x')).ok(), size == RequestId::kBytes) << size;
  }
  const std::string bytes = "0123456789abcdef";
  EXPECT_EQ(RequestId::Of(bytes)->ToBytes(), bytes);
}

TEST(Epoch, IncarnationOrdersBeforeCounter) {
  EXPECT_LT((Epoch{.incarnation = 1, .counter = 9}), (Epoch{.incarnation = 2, .counter = 1}));
  EXPECT_LT((Epoch{.incarnation = 2, .counter = 1}), (Epoch{.incarnation = 2, .counter = 2}));
  EXPECT_EQ(FromProto(ToProto(Epoch{.incarnation = 3, .counter = 4})), (Epoch{.incarnation = 3, .counter = 4}));
}

}  // namespace
}  // namespace mcmig::protocol
