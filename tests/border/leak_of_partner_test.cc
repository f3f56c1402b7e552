// A partner MC system, seen by a primary MC system whose gateway is the test, and by clients: every byte that comes out
// is searched for the inside, and held against the list of docs/security.md, whatever that gateway answers. Nor does a
// client get to see what it says beside its decision.
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/lifecycle.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/border/allow_list.h"
#include "tests/border/inside.h"
#include "tests/border/peers.h"
#include "tests/border/signing.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {
namespace {

using harness::kAlice;
using harness::kCarol;
using harness::kDave;
using harness::kErin;
using harness::RequestOf;
using harness::User;
using testing::HasSubstr;
using testing::IsEmpty;

using AuthorizationRequest = v1::MigrationServiceAuthorizationRequest;
using AuthorizationResponse = v1::MigrationServiceAuthorizationResponse;

constexpr char kServer[] = "mcmig.v1.PartnerMcServiceServer/";
// What the test's gateway says of itself.
constexpr char kPoison[] = "poison-of-the-peer";

v1::MigrationEpoch EpochOf(uint64_t counter) {
  v1::MigrationEpoch epoch;
  epoch.set_incarnation(1);
  epoch.set_counter(counter);
  return epoch;
}

class LeakOfPartnerTest : public testing::Test {
 protected:
  LeakOfPartnerTest() {
    harness::Deployment& d = peers_.deployment();
    client_tap_ = TlsTap::ToServer(d.north.Issue(harness::kClient), d.partner_server->Address("client"));
    client_ = grpc::CreateChannel(client_tap_->address(), grpc::InsecureChannelCredentials());
  }
  void TearDown() override {
    const std::vector<Secret> secrets = SecretsOf(peers_.deployment());
    const std::string bytes = absl::StrCat(peers_.Bytes(), client_tap_->Received(), printed_);
    EXPECT_THAT(Leaks(secrets, bytes), IsEmpty());
    EXPECT_FALSE(absl::StrContains(bytes, kPoison));
    const AllowList allowed = AllowList::Read(harness::ReadFile("docs/security.md"));
    for (const Sent& sent : peers_.All()) EXPECT_THAT(allowed.Violations(sent), IsEmpty());
    for (const Sent& sent : answers_) EXPECT_THAT(allowed.Violations(sent, /*to_client=*/true), IsEmpty());
  }

  // As a client with this token.
  Sent Ask(const std::string& name, const google::protobuf::Message& message, const std::string& token,
           absl::Duration timeout = absl::Seconds(20)) {
    CallOptions options{.timeout = timeout};
    if (!token.empty()) options.metadata.emplace("authorization", absl::StrCat("Bearer ", token));
    return answers_.emplace_back(Call(client_, absl::StrCat(kServer, name), message.SerializeAsString(), options));
  }
  std::string Authorize(const User& user, absl::Duration timeout = absl::Seconds(20)) {
    return OutcomeOf(Ask("AuthorizeMigration", RequestOf(user), peers_.deployment().TokenOf(user), timeout));
  }
  static std::string OutcomeOf(const Sent& sent) {
    harness::Answer answer;
    answer.status = sent.status;
    EXPECT_TRUE(answer.response.ParseFromString(sent.message));
    return answer.Outcome();
  }
  v1::EndMigrationRequest EndOf(const User& user, const v1::MigrationEpoch& epoch) {
    v1::EndMigrationRequest request;
    request.set_partner_mc_service_id(user.PartnerId());
    request.set_primary_mc_service_id(user.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    *request.mutable_epoch() = epoch;
    return request;
  }
  // The peer answers every authorization with `change` made to a success.
  void Answers(std::function<void(AuthorizationResponse&)> change) {
    peers_.in_place_of_north().Set([this, change = std::move(change)](const Sent& sent) {
      Reply reply{.initial = {{"x-inside", kPoison}}, .trailing = {{"x-server", kPoison}}};
      AuthorizationRequest request;
      if (!absl::EndsWith(sent.method, "/AuthorizeMigration") || !request.ParseFromString(sent.message)) return reply;
      AuthorizationResponse response;
      response.set_partner_mc_service_id(request.partner_mc_service_id());
      response.set_primary_mc_service_id(request.primary_mc_service_id());
      response.set_request_id(request.request_id());
      response.set_result(v1::MIGRATION_RESULT_SUCCESS);
      *response.mutable_epoch() = EpochOf(static_cast<uint64_t>(absl::ToUnixMicros(absl::Now())));
      change(response);
      if (response.result() == v1::MIGRATION_RESULT_SUCCESS && response.has_epoch()) {
        response.set_grant(GrantFor(peers_.deployment().grant_key, request, response));
      }
      // And a field that nobody knows.
      reply.message = absl::StrCat(response.SerializeAsString(), "\xfa\x06\x12", kPoison);
      return reply;
    });
  }
  void AnswersStatus(grpc::StatusCode code, Metadata trailing = {{"x-server", kPoison}}) {
    peers_.in_place_of_north().Set([code, trailing = std::move(trailing)](const Sent&) {
      return Reply{.status = grpc::Status(code, absl::StrCat("at 10.1.2.3: ", kPoison), kPoison), .trailing = trailing};
    });
  }

  Peers peers_{"leak_of_partner", ", max_in_flight: 4, max_deadline: 1s"};
  std::unique_ptr<TlsTap> client_tap_;
  std::shared_ptr<grpc::Channel> client_;
  std::vector<Sent> answers_;
  // By the commands of a client.
  std::string printed_;
};

TEST_F(LeakOfPartnerTest, EveryDecisionOfItsOwn) {
  const harness::Deployment& d = peers_.deployment();
  const std::string alice = d.TokenOf(kAlice);
  const auto outcome = [&](const AuthorizationRequest& request, const std::string& token) {
    return OutcomeOf(Ask("AuthorizeMigration", request, token));
  };
  EXPECT_EQ(outcome(RequestOf(kAlice), ""), "FAILURE ACCESS_TOKEN_MISSING");
  EXPECT_EQ(outcome(RequestOf(kAlice), alice + "x"), "FAILURE ACCESS_TOKEN_INVALID");
  EXPECT_EQ(outcome(RequestOf(kCarol), alice), "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER");
  harness::TokenClaims claims{.partner_id = kAlice.PartnerId(), .primary_id = kAlice.PrimaryId()};
  claims.expires_in = -absl::Minutes(1);
  EXPECT_EQ(outcome(RequestOf(kAlice), d.Token(claims)), "FAILURE ACCESS_TOKEN_EXPIRED");
  claims = {.partner_id = kAlice.PartnerId(), .primary_id = kAlice.PrimaryId(), .scope = "openid"};
  EXPECT_EQ(outcome(RequestOf(kAlice), d.Token(claims)), "FAILURE ACCESS_TOKEN_SCOPE_MISSING");
  EXPECT_EQ(Authorize(kDave), "FAILURE VISITOR_NOT_EXPECTED");
  EXPECT_EQ(Authorize(kErin), "FAILURE VISITOR_NOT_EXPECTED");
  for (const auto& [id, cause] : std::map<std::string, std::string>{{"sip:a@nowhere.example", "UNKNOWN_PRIMARY_SYSTEM"},
                                                                    {"sip:a@south.example", "OWN_SYSTEM"},
                                                                    {"sip:a@west.example", "NO_AGREEMENT"}}) {
    AuthorizationRequest request = RequestOf(kAlice);
    request.set_primary_mc_service_id(id);
    EXPECT_EQ(outcome(request, d.Token({.partner_id = kAlice.PartnerId(), .primary_id = id})),
              absl::StrCat("FAILURE ", cause));
  }
  AuthorizationRequest malformed = RequestOf(kAlice);
  malformed.clear_mc_service();
  EXPECT_EQ(outcome(malformed, alice), "INVALID_ARGUMENT");
  malformed.set_authenticated_peer_system("north");
  malformed.set_mc_service(v1::MC_SERVICE_MCPTT);
  EXPECT_EQ(outcome(malformed, alice), "INVALID_ARGUMENT");
  for (const char* method : {"mcmig.v1.PartnerAdmin/ListVisitors", "mcmig.v1.PartnerMcServiceServer/Nothing",
                             "mcmig.v1.PartnerMcServiceServer/CancelMigration"}) {
    EXPECT_FALSE(answers_.emplace_back(Call(client_, method, "")).status.ok()) << method;
  }
}

TEST_F(LeakOfPartnerTest, EveryAnswerOfThePeer) {
  Answers([](auto& response) { response.mutable_authorized_until()->set_seconds(4'102'444'800); });
  EXPECT_EQ(Authorize(kAlice), "SUCCESS");
  for (int cause = 0; cause <= 23; ++cause) {
    Answers([cause](auto& response) {
      response.clear_epoch();
      response.set_result(v1::MIGRATION_RESULT_FAILURE);
      response.set_refusal_cause(static_cast<v1::RefusalCause>(cause));
    });
    EXPECT_THAT(Authorize(kAlice), HasSubstr("FAILURE"));
  }
  const std::vector<std::function<void(AuthorizationResponse&)>> lies = {
      [](auto& r) { r.clear_result(); },
      [](auto& r) { r.clear_epoch(); },
      [](auto& r) { r.set_partner_mc_service_id(kPoison); },
      [](auto& r) { r.set_primary_mc_service_id(kPoison); },
      [](auto& r) { r.set_request_id(kPoison); },
      [](auto& r) { r.set_refusal_cause(v1::REFUSAL_CAUSE_USER_UNKNOWN); },
      [](auto& r) { r.mutable_authorized_until()->set_nanos(-1); },
  };
  for (const auto& lie : lies) {
    Answers(lie);
    EXPECT_EQ(Authorize(kAlice), "INTERNAL");
  }
  peers_.in_place_of_north().Set([](const Sent&) { return Reply{.message = std::string("\xff") + kPoison}; });
  EXPECT_NE(Authorize(kAlice), "SUCCESS");
  peers_.in_place_of_north().Set([](const Sent&) { return Reply{.message = std::string(size_t{5} << 20, 'x')}; });
  EXPECT_NE(Authorize(kAlice), "SUCCESS");
}

TEST_F(LeakOfPartnerTest, EveryStatusOfThePeer) {
  for (int code = 1; code <= 16; ++code) {
    AnswersStatus(static_cast<grpc::StatusCode>(code));
    const std::string outcome = Authorize(kCarol, absl::Milliseconds(300));
    EXPECT_FALSE(absl::StrContains(outcome, "SUCCESS")) << code;
    Ask("EndMigration", EndOf(kCarol, EpochOf(1)), peers_.deployment().TokenOf(kCarol), absl::Milliseconds(300));
  }
  AnswersStatus(grpc::StatusCode::RESOURCE_EXHAUSTED, {{"grpc-retry-pushback-ms", "250"}, {"x-server", kPoison}});
  Authorize(kCarol);
  EXPECT_EQ(answers_.back().trailing.count("grpc-retry-pushback-ms"), 1U);
  // No answer: until the client gives up, and until a server does.
  peers_.in_place_of_north().Set([](const Sent&) { return Reply{.silent = true}; });
  Authorize(kCarol, absl::Milliseconds(200));
  Authorize(kCarol);
  // The commands of a client show nothing more.
  AnswersStatus(grpc::StatusCode::PERMISSION_DENIED);
  const harness::CommandResult refused = peers_.deployment().Migrate(kCarol, 1);
  Answers([](auto&) {});
  const harness::CommandResult done = peers_.deployment().Migrate(kAlice, 1);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  printed_ = absl::StrCat(refused.out, refused.err, done.out, done.err);
}

TEST_F(LeakOfPartnerTest, EveryEndStatusCancelAndReconciliation) {
  harness::Deployment& d = peers_.deployment();
  const std::string token = d.TokenOf(kAlice);
  Answers([](auto&) {});
  const Sent sent = Ask("AuthorizeMigration", RequestOf(kAlice), token);
  AuthorizationResponse migrated;
  ASSERT_TRUE(migrated.ParseFromString(sent.message));
  v1::GetMigrationStatusRequest status;
  status.set_partner_mc_service_id(kAlice.PartnerId());
  status.set_primary_mc_service_id(kAlice.PrimaryId());
  status.set_mc_service(v1::MC_SERVICE_MCPTT);
  EXPECT_TRUE(Ask("GetMigrationStatus", status, token).status.ok());
  EXPECT_TRUE(Ask("GetMigrationStatus", status, "").status.ok());

  const std::string reconcile = absl::StrCat(kPartnerGateway, "ReconcileMigrations");
  const std::string cancel = absl::StrCat(kPartnerGateway, "CancelMigration");
  v1::ReconcileMigrationsRequest page;
  EXPECT_TRUE(peers_.AskSouth(reconcile, page).status.ok());
  page.set_page_token("no token");
  EXPECT_FALSE(peers_.AskSouth(reconcile, page).status.ok());
  for (int result = 0; result <= 4; ++result) {
    peers_.in_place_of_north().Set([result](const Sent&) {
      v1::EndMigrationResponse response;
      response.set_result(static_cast<v1::EndResult>(result));
      if (result == v1::END_RESULT_STALE) *response.mutable_current_epoch() = EpochOf(9);
      if (result == v1::END_RESULT_REFUSED) response.set_refusal_cause(v1::REFUSAL_CAUSE_USER_UNKNOWN);
      return Reply{.message = absl::StrCat(response.SerializeAsString(), "\xfa\x06\x12", kPoison)};
    });
    Ask("EndMigration", EndOf(kAlice, migrated.epoch()), token);
    Ask("EndMigration", EndOf(kCarol, EpochOf(1)), d.TokenOf(kCarol));
  }
  v1::CancelMigrationRequest request;
  request.set_primary_mc_service_id(kAlice.PrimaryId());
  request.set_mc_service(v1::MC_SERVICE_MCPTT);
  *request.mutable_epoch() = migrated.epoch();
  EXPECT_FALSE(peers_.AskSouth(cancel, request).status.ok());
  request.set_signed_cancel(SignedCancelOf(d.grant_key, request));
  EXPECT_TRUE(peers_.AskSouth(cancel, request).status.ok());
  request.set_primary_mc_service_id("sip:alice@west.example");
  EXPECT_FALSE(peers_.AskSouth(cancel, request).status.ok());
  request.set_partner_system("south");
  EXPECT_FALSE(peers_.AskSouth(cancel, request).status.ok());
  EXPECT_FALSE(peers_.AskSouth("mcmig.v1.PartnerAdmin/ListVisitors", "").status.ok());
  EXPECT_FALSE(peers_.AskSouth("mcmig.v1.PartnerMcServiceServer/GetMigrationStatus", "").status.ok());

  // The server that serves the visitors hangs, then is gone.
  request.set_primary_mc_service_id(kAlice.PrimaryId());
  request.clear_partner_system();
  d.partner_server->Signal(SIGSTOP);
  EXPECT_FALSE(peers_.AskSouth(cancel, request).status.ok());
  d.partner_server->Kill();
  EXPECT_FALSE(peers_.AskSouth(cancel, request).status.ok());
  EXPECT_FALSE(peers_.AskSouth(reconcile, "").status.ok());
}

}  // namespace
}  // namespace mcmig::border
