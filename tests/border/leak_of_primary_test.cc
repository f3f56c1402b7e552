// A primary MC system, seen by another MC system whose gateway is the test: every byte that comes out, in success and
// in every failure that a peer can bring about, is searched for the inside and held against the list of
// docs/security.md.
#include <atomic>
#include <csignal>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/lifecycle.pb.h"
#include "tests/border/allow_list.h"
#include "tests/border/inside.h"
#include "tests/border/peers.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {
namespace {

using harness::kAlice;
using harness::kBob;
using harness::kCarol;
using harness::kFrank;
using harness::kGrace;
using harness::RequestOf;
using harness::User;
using testing::IsEmpty;

using AuthorizationRequest = v1::MigrationServiceAuthorizationRequest;
using AuthorizationResponse = v1::MigrationServiceAuthorizationResponse;

constexpr char kListeners[] = ", max_in_flight: 4, max_emergency_in_flight: 1, max_deadline: 1s";

class LeakOfPrimaryTest : public testing::Test {
 protected:
  void TearDown() override {
    // What may be seen is seen: the capture is one. On a new connection: the product may close one that was misused.
    EXPECT_EQ(OutcomeOf(peers_.AskNorthAs(harness::kSouthGateway, Method("AuthorizeMigration"),
                                          RequestOf(kGrace).SerializeAsString())),
              "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
    EXPECT_TRUE(absl::StrContains(peers_.Bytes(), kGrace.PrimaryId()));
    const std::vector<Secret> secrets = SecretsOf(peers_.deployment());
    EXPECT_GT(secrets.size(), 60U);
    EXPECT_THAT(Leaks(secrets, peers_.Bytes()), IsEmpty());
    const AllowList allowed = AllowList::Read(harness::ReadFile("docs/security.md"));
    for (const Sent& sent : peers_.All()) {
      EXPECT_THAT(allowed.Violations(sent), IsEmpty());
      std::string all = absl::StrCat(sent.message, sent.status.error_message(), sent.status.error_details());
      for (const Metadata* metadata : {&sent.initial, &sent.trailing}) {
        for (const auto& [key, value] : *metadata) absl::StrAppend(&all, key, value);
      }
      EXPECT_THAT(Leaks(secrets, all), IsEmpty());
    }
  }

  std::string Authorize(const AuthorizationRequest& request) {
    return OutcomeOf(peers_.AskNorth(Method("AuthorizeMigration"), request));
  }
  static std::string OutcomeOf(const Sent& sent) {
    harness::Answer answer;
    answer.status = sent.status;
    EXPECT_TRUE(answer.response.ParseFromString(sent.message));
    return answer.Outcome();
  }
  v1::EndMigrationResponse End(const User& user, const v1::MigrationEpoch& epoch) {
    v1::EndMigrationRequest request;
    request.set_partner_mc_service_id(user.PartnerId());
    request.set_primary_mc_service_id(user.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    *request.mutable_epoch() = epoch;
    request.set_request_id(RequestOf(user).request_id());
    v1::EndMigrationResponse response;
    EXPECT_TRUE(response.ParseFromString(peers_.AskNorth(Method("EndMigration"), request).message));
    return response;
  }
  v1::MigrationEpoch Migrate(const User& user) {
    const Sent sent = peers_.AskNorth(Method("AuthorizeMigration"), RequestOf(user));
    EXPECT_EQ(OutcomeOf(sent), "SUCCESS");
    AuthorizationResponse response;
    EXPECT_TRUE(response.ParseFromString(sent.message));
    return response.epoch();
  }
  static std::string Method(const std::string& name) { return absl::StrCat(kPrimaryGateway, name); }

  Peers peers_{"leak_of_primary", kListeners};
};

TEST_F(LeakOfPrimaryTest, EveryDecision) {
  EXPECT_EQ(Authorize(RequestOf(kAlice, 2)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");  // not for this partner
  EXPECT_EQ(Authorize(RequestOf(kAlice, 3)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");  // profile disabled
  EXPECT_EQ(Authorize(RequestOf(kAlice, 9)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");  // no such profile
  EXPECT_EQ(Authorize(RequestOf(kBob)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");       // user disabled
  EXPECT_EQ(Authorize(RequestOf(kCarol)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");     // no such user
  EXPECT_EQ(Authorize(RequestOf(kGrace)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");     // no server
  AuthorizationRequest request = RequestOf(kAlice);
  request.set_primary_mc_service_id("sip:alice@west.example");
  EXPECT_EQ(Authorize(request), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  request = RequestOf(kAlice);
  request.set_mc_service(v1::MC_SERVICE_MCVIDEO);
  EXPECT_EQ(Authorize(request), "FAILURE NO_AGREEMENT");
  request = RequestOf(kAlice);
  request.mutable_issued_at()->set_seconds(1);
  EXPECT_EQ(Authorize(request), "FAILURE STALE_REQUEST");

  request = RequestOf(kAlice);
  const Sent first = peers_.AskNorth(Method("AuthorizeMigration"), request);
  EXPECT_EQ(OutcomeOf(first), "SUCCESS");
  // The same but for the grant, which is signed anew.
  v1::MigrationServiceAuthorizationResponse answered;
  v1::MigrationServiceAuthorizationResponse again;
  ASSERT_TRUE(answered.ParseFromString(first.message));
  ASSERT_TRUE(again.ParseFromString(peers_.AskNorth(Method("AuthorizeMigration"), request).message));
  EXPECT_FALSE(again.grant().empty());
  again.set_grant(answered.grant());
  EXPECT_EQ(again.SerializeAsString(), answered.SerializeAsString());
  AuthorizationRequest replayed = request;
  replayed.set_mc_service_user_profile_index(0);
  EXPECT_EQ(Authorize(replayed), "FAILURE REPLAYED");
  EXPECT_EQ(Authorize(RequestOf(kAlice)), "SUCCESS");
  EXPECT_EQ(Authorize(request), "FAILURE SUPERSEDED");
  EXPECT_EQ(Authorize(RequestOf(kFrank)), "SUCCESS");  // at the other server
}

TEST_F(LeakOfPrimaryTest, EveryEndAndCancel) {
  v1::MigrationEpoch epoch = Migrate(kAlice);
  v1::MigrationEpoch other = epoch;
  other.set_counter(epoch.counter() + 7);
  EXPECT_EQ(End(kAlice, other).result(), v1::END_RESULT_STALE);
  EXPECT_EQ(End(kAlice, epoch).result(), v1::END_RESULT_ENDED);
  for (const User& user : {kAlice, kCarol, kGrace, User{"nobody"}}) {
    EXPECT_EQ(End(user, epoch).result(), v1::END_RESULT_NOT_ON_RECORD);
  }
  epoch = Migrate(kAlice);
  // The cancel of a revoked migration goes out, whatever the peer says of it at first. It may come after the test.
  peers_.in_place_of_south().Set([asked = std::make_shared<std::atomic<int>>(0)](const Sent&) {
    Reply reply;
    if (++*asked == 1) reply.status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "later");
    return reply;
  });
  const std::vector<std::string> revoke = {"migrations", "revoke", "--service", "MCPTT", "--id", kAlice.PrimaryId()};
  EXPECT_EQ(peers_.deployment().AtPrimary(revoke).exit_code, 0);
  EXPECT_TRUE(peers_.in_place_of_south().WaitForRequests(2));
  peers_.in_place_of_south().Set(&AnswerNothing);
  EXPECT_EQ(peers_.in_place_of_south().Requests().back().method, absl::StrCat(kPartnerGateway, "CancelMigration"));
}

// The last user of a page as the token to go on with: the service and the ID.
std::string TokenBehind(const v1::MigrationSummary& summary) {
  return absl::WebSafeBase64Escape(absl::StrCat("1", summary.primary_mc_service_id()));
}

TEST_F(LeakOfPrimaryTest, EveryReconciliation) {
  // The first and the last are held by one server, frank by another.
  const std::vector<User> users = {kAlice, kFrank, harness::LoadUser(0)};
  for (const User& user : users) Migrate(user);
  v1::ReconcileMigrationsRequest request;
  request.set_page_size(1);
  std::vector<std::string> found;
  do {
    const Sent sent = peers_.AskNorth(Method("ReconcileMigrations"), request);
    ASSERT_TRUE(sent.status.ok()) << sent.status.error_message();
    v1::ReconcileMigrationsResponse page;
    ASSERT_TRUE(page.ParseFromString(sent.message));
    for (const v1::MigrationSummary& summary : page.migrations()) found.push_back(summary.primary_mc_service_id());
    // A token says no more than the page did: no server, and no place in a list of servers.
    if (page.migrations_size() > 0 && !page.next_page_token().empty()) {
      EXPECT_EQ(page.next_page_token(), TokenBehind(page.migrations(page.migrations_size() - 1)));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && found.size() < 10);
  EXPECT_THAT(found, testing::ElementsAre(users[0].PrimaryId(), users[1].PrimaryId(), users[2].PrimaryId()));
  for (const char* token : {"7.", "0.!", "x", "1.c2lwOmFsaWNlQG5vcnRoLmV4YW1wbGU"}) {
    request.set_page_token(token);
    EXPECT_EQ(peers_.AskNorth(Method("ReconcileMigrations"), request).status.error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
  }
  request.clear_page_token();
  for (const User& user : {kAlice, kCarol, kGrace}) {
    request.set_partner_mc_service_id(user.PartnerId());
    request.set_primary_mc_service_id(user.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    EXPECT_TRUE(peers_.AskNorth(Method("ReconcileMigrations"), request).status.ok());
  }
}

TEST_F(LeakOfPrimaryTest, EveryMalformedRequest) {
  const auto code = [this](const std::string& method, const std::string& message, const CallOptions& options = {}) {
    return CodeName(peers_.AskNorth(method, message, options).status.error_code());
  };
  for (const char* name : {"AuthorizeMigration", "EndMigration"}) {
    EXPECT_EQ(code(Method(name), ""), "INVALID_ARGUMENT");
    EXPECT_NE(code(Method(name), "\xff\xff no protobuf"), "OK");
    EXPECT_EQ(code(Method(name), std::string(size_t{5} << 20, 'x')), "RESOURCE_EXHAUSTED");
  }
  const std::vector<std::function<void(AuthorizationRequest&)>> defects = {
      [](auto& r) { r.set_partner_mc_service_id("sip:visitor-alice@west.example"); },
      [](auto& r) { r.set_partner_mc_service_id("no ID"); },
      [](auto& r) { r.set_primary_mc_service_id(std::string(300, 'x')); },
      [](auto& r) { r.set_mc_service_user_profile_index(256); },
      [](auto& r) { r.clear_mc_service_user_profile_index(); },
      [](auto& r) { r.set_mc_service(v1::MC_SERVICE_UNSPECIFIED); },
      [](auto& r) { r.set_request_id("short"); },
      [](auto& r) { r.clear_issued_at(); },
      [](auto& r) { r.mutable_issued_at()->set_nanos(-1); },
      [](auto& r) { r.set_authenticated_peer_system("south"); },
  };
  for (const auto& damage : defects) {
    AuthorizationRequest request = RequestOf(kAlice);
    damage(request);
    const std::string outcome = Authorize(request);
    EXPECT_TRUE(outcome == "INVALID_ARGUMENT" || outcome == "PERMISSION_DENIED") << outcome;
  }
  // What a peer adds goes no further, and does not come back.
  const std::string whole = RequestOf(kCarol).SerializeAsString();
  const Sent sent =
      peers_.AskNorth(Method("AuthorizeMigration"), whole + "\xfa\x06\x06marker",
                      {.timeout = absl::Seconds(20),
                       .metadata = {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                                    {"authorization", "Bearer marker"},
                                    {"x-marker", "marker"}}});
  EXPECT_EQ(OutcomeOf(sent), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  EXPECT_FALSE(absl::StrContains(peers_.Bytes(), "marker"));
  for (const auto* process : {&peers_.deployment().north_gateway, &peers_.deployment().primary_server_a}) {
    EXPECT_FALSE(absl::StrContains((*process)->Log(), "marker"));
    EXPECT_FALSE(absl::StrContains((*process)->Log(), "0af7651916cd43dd8448eb211c80319c"));
  }
  EXPECT_NE(code(Method("AuthorizeMigration"), whole, {.metadata = {{"x-large", std::string(20'000, 'x')}}}), "OK");
}

TEST_F(LeakOfPrimaryTest, EveryForbiddenCall) {
  for (const char* method :
       {"mcmig.v1.PrimaryMcGatewayServer/Nothing", "mcmig.v1.PrimaryMcGatewayServer/CancelMigration",
        "mcmig.v1.PartnerMcGatewayServer/AuthorizeMigration", "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration",
        "mcmig.v1.PrimaryAdmin/ListMigrations", "mcmig.v1.PrimaryAdmin/RevokeMigration",
        "mcmig.v1.RegisterAdmin/ExportBackup", "mcmig.v1.MigrationDirectory/LookupServingSystem",
        "grpc.health.v1.Health/Check", "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/", ""}) {
    const Sent sent = peers_.AskNorth(method, "");
    EXPECT_FALSE(sent.status.ok()) << method;
  }
  const std::string whole = RequestOf(kAlice).SerializeAsString();
  const auto as = [&](const std::string& name) {
    return CodeName(peers_.AskNorthAs(name, Method("AuthorizeMigration"), whole).status.error_code());
  };
  EXPECT_EQ(as("stranger.south.example"), "UNAUTHENTICATED");
  EXPECT_EQ(as(harness::kSouthOperator), "PERMISSION_DENIED");
  EXPECT_EQ(as(harness::kNorthGateway), "UNAUTHENTICATED");
  Authorize(RequestOf(kAlice));
}

TEST_F(LeakOfPrimaryTest, Handshake) {
  Authorize(RequestOf(kAlice));
  EXPECT_EQ(peers_.tap_to_north().Authorities(), "");
}

TEST_F(LeakOfPrimaryTest, ServerThatIsGone) {
  harness::Deployment& d = peers_.deployment();
  const v1::MigrationEpoch epoch = Migrate(kAlice);
  d.primary_server_a->Kill();
  EXPECT_EQ(Authorize(RequestOf(kAlice)), "UNAVAILABLE");
  EXPECT_EQ(Authorize(RequestOf(kCarol)), "UNAVAILABLE");
  End(kAlice, epoch);
  EXPECT_EQ(peers_.AskNorth(Method("ReconcileMigrations"), "").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Authorize(RequestOf(kFrank)), "SUCCESS");
  ASSERT_TRUE(d.KillAndRestartPrimaryServer().ok());  // who may be asked about users whom none holds
  const absl::Time until = absl::Now() + absl::Seconds(30);
  while (Authorize(RequestOf(kAlice)) == "UNAVAILABLE" && absl::Now() < until) continue;
}

TEST_F(LeakOfPrimaryTest, ServerThatHangs) {
  harness::Deployment& d = peers_.deployment();
  Migrate(kAlice);
  d.primary_server_a->Signal(SIGSTOP);
  const std::string message = RequestOf(kAlice).SerializeAsString();
  const std::string method = Method("AuthorizeMigration");
  // Its own longest time, the caller's, and more calls than it takes.
  EXPECT_EQ(CodeName(peers_.AskNorth(method, message).status.error_code()), "DEADLINE_EXCEEDED");
  peers_.AskNorth(method, message, {.timeout = absl::Milliseconds(50)});
  constexpr int kCalls = 9;
  std::vector<std::unique_ptr<Pending>> calls;
  calls.reserve(kCalls);
  for (int i = 0; i < kCalls; ++i) calls.push_back(std::make_unique<Pending>(peers_.to_north(), method, message));
  calls.back()->Cancel();
  std::multiset<std::string> codes;
  for (const auto& call : calls) {
    const Sent sent = call->Wait();
    peers_.Keep(sent);
    codes.insert(CodeName(sent.status.error_code()));
    if (sent.status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) continue;
    EXPECT_EQ(sent.trailing.count("grpc-retry-pushback-ms"), 1U);
  }
  EXPECT_GE(codes.count("RESOURCE_EXHAUSTED"), 3U);
  EXPECT_GE(codes.count("DEADLINE_EXCEEDED"), 1U);
  d.primary_server_a->Signal(SIGCONT);
}

}  // namespace
}  // namespace mcmig::border
