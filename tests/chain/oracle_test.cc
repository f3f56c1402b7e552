// Ten thousand requests, a tenth of them malformed or unauthorized, with 64 in flight, against an oracle that computes
// each outcome from the inputs alone; then the primary server is killed and restarted, and its records are compared
// with what was acknowledged.
#include <atomic>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::User;

constexpr int kRequests = 10'000;
constexpr int kInFlight = 64;
constexpr int kUsers = 2'500;  // few requests each: the register remembers 16 of a user at most
constexpr int kChannels = 4;

enum class Kind {
  kGood,
  kMalformed,
  kNoToken,
  kTokenOfAnotherUser,
  kExpiredToken,
  kNotExpected,
  kUnknownProfile,
  kUnknownSystem,
};

struct Planned {
  Kind kind = Kind::kGood;
  int user = 0;
};

// The inputs, from a seed: nine of ten are good.
std::vector<Planned> Plan(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Planned> plan(kRequests);
  for (Planned& planned : plan) {
    planned.user = static_cast<int>(random() % kUsers);
    if (random() % 10 == 0) planned.kind = static_cast<Kind>(1 + random() % 7);
  }
  return plan;
}

// The oracle. Two good requests for one user may overtake each other in step 7; both then come from the same partner MC
// system, so each of them succeeds.
const char* ExpectedOutcome(Kind kind) {
  switch (kind) {
    case Kind::kGood:
      return "SUCCESS";
    case Kind::kMalformed:
      return "INVALID_ARGUMENT";
    case Kind::kNoToken:
      return "FAILURE ACCESS_TOKEN_MISSING";
    case Kind::kTokenOfAnotherUser:
      return "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER";
    case Kind::kExpiredToken:
      return "FAILURE ACCESS_TOKEN_EXPIRED";
    case Kind::kNotExpected:
      return "FAILURE VISITOR_NOT_EXPECTED";
    case Kind::kUnknownProfile:
      return "FAILURE NOT_AUTHORIZED_BY_PRIMARY";
    case Kind::kUnknownSystem:
      return "FAILURE UNKNOWN_PRIMARY_SYSTEM";
  }
  return "";
}

struct Acknowledged {
  uint64_t counter = 0;
  std::string request_id;
};

class Load {
 public:
  Load(harness::Deployment& deployment, std::vector<Planned> plan) : deployment_(deployment), plan_(std::move(plan)) {
    tokens_.reserve(kUsers);
    for (int i = 0; i < kUsers; ++i) tokens_.push_back(deployment.TokenOf(harness::LoadUser(i)));
    channels_.reserve(kChannels);
    for (int i = 0; i < kChannels; ++i) {
      channels_.push_back(harness::Connect(deployment.partner_server->Address("client"), harness::kPartnerServer,
                                           deployment.south, &deployment.north.Issue(harness::kClient)));
    }
  }

  void Run() {
    std::vector<std::thread> threads;
    threads.reserve(kInFlight);
    for (int i = 0; i < kInFlight; ++i) {
      threads.emplace_back([this, i] {
        for (int n = next_++; n < kRequests; n = next_++) One(plan_[n], channels_[i % kChannels]);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // The latest acknowledged success of each user, by primary MC service ID.
  std::map<std::string, Acknowledged> acknowledged;
  std::vector<std::string> differences;

 private:
  void One(const Planned& planned, const std::shared_ptr<grpc::Channel>& channel) {
    User user = harness::LoadUser(planned.user);
    std::string token = tokens_[planned.user];
    if (planned.kind == Kind::kNotExpected) {
      user = harness::kDave;
      token = deployment_.TokenOf(user);
    }
    auto request = harness::RequestOf(user);
    if (planned.kind == Kind::kMalformed) request.set_primary_mc_service_id("sip:@");
    if (planned.kind == Kind::kNoToken) token.clear();
    if (planned.kind == Kind::kTokenOfAnotherUser) token = tokens_[(planned.user + 1) % kUsers];
    if (planned.kind == Kind::kExpiredToken) {
      token = deployment_.Token({user.PartnerId(), user.PrimaryId(), "3gpp:mc:ptt_service", -absl::Hours(1)});
    }
    if (planned.kind == Kind::kUnknownProfile) request.set_mc_service_user_profile_index(77);
    if (planned.kind == Kind::kUnknownSystem) {
      request.set_primary_mc_service_id("sip:alice@nowhere.example");
      token = deployment_.Token({user.PartnerId(), request.primary_mc_service_id()});
    }
    const harness::Answer answer = harness::Ask<v1::PartnerMcServiceServer>(channel, request, token);
    const std::lock_guard lock(mutex_);
    if (answer.Outcome() != ExpectedOutcome(planned.kind)) {
      differences.push_back(absl::StrCat("kind ", static_cast<int>(planned.kind), ": expected ",
                                         ExpectedOutcome(planned.kind), ", got ", answer.Outcome(), " ",
                                         answer.status.error_message()));
    }
    if (answer.success()) {
      Acknowledged& latest = acknowledged[user.PrimaryId()];
      if (answer.response.epoch().counter() > latest.counter) {
        latest = {answer.response.epoch().counter(), request.request_id()};
      }
    }
  }

  harness::Deployment& deployment_;
  const std::vector<Planned> plan_;
  std::vector<std::string> tokens_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::atomic<int> next_ = 0;
  std::mutex mutex_;
};

TEST(OracleTest, MixedRequestsEndAsComputedAndRecordsSurviveAKill) {
  auto deployment = StartDeployment("oracle", {.load_users = kUsers});
  Load load(*deployment, Plan(20'260'101));
  load.Run();
  EXPECT_TRUE(load.differences.empty()) << load.differences.size()
                                        << " differences, the first: " << load.differences[0];
  ASSERT_FALSE(load.acknowledged.empty());

  const absl::Status restarted = deployment->KillAndRestartPrimaryServer();
  ASSERT_TRUE(restarted.ok()) << restarted;
  const auto records =
      harness::RecordsOf(harness::Connect(deployment->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                          deployment->north, &deployment->north.Issue(harness::kNorthOperator)));
  EXPECT_EQ(records.size(), load.acknowledged.size()) << "a record that nobody was told of, or a lost one";
  for (const auto& [id, latest] : load.acknowledged) {
    const auto record = records.find(id);
    ASSERT_NE(record, records.end()) << "an acknowledged success is not on record";
    EXPECT_EQ(record->second.epoch().counter(), latest.counter);
    EXPECT_EQ(record->second.request_id(), latest.request_id);
    EXPECT_EQ(record->second.state(), v1::MIGRATION_STATE_MIGRATED);
  }
}

TEST(OracleTest, NothingIsAcknowledgedWhileThePrimaryServerIsDown) {
  auto deployment = StartDeployment("down");
  deployment->primary_server_a->Kill();
  const auto channel = harness::Connect(deployment->partner_server->Address("client"), harness::kPartnerServer,
                                        deployment->south, &deployment->north.Issue(harness::kClient));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(1)));
  context.AddMetadata("authorization", "Bearer " + deployment->TokenOf(harness::kAlice));
  v1::MigrationServiceAuthorizationResponse response;
  const grpc::Status status = v1::PartnerMcServiceServer::NewStub(channel)->AuthorizeMigration(
      &context, harness::RequestOf(harness::kAlice), &response);
  EXPECT_TRUE(status.error_code() == grpc::StatusCode::UNAVAILABLE ||
              status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
      << status.error_code();
  EXPECT_TRUE(
      harness::VisitorsOf(harness::Connect(deployment->partner_server->Address("operators"), harness::kPartnerServer,
                                           deployment->south, &deployment->south.Issue(harness::kSouthOperator)))
          .empty());
}

}  // namespace
}  // namespace mcmig::chain
