// To another MC system an unknown user, a user for whom there is no server, and a user who may not migrate look alike:
// byte for byte up to the IDs that are echoed, and in the time that the answer takes, as far as the test can tell.
#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/lifecycle.pb.h"
#include "tests/border/peers.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {
namespace {

using harness::kAlice;
using harness::kCarol;
using harness::kGrace;
using harness::RequestOf;
using harness::User;

// What is asked, anew for each call: method and message.
struct Question {
  std::string method;
  std::function<std::string()> message;
};

template <class Message>
void SetUser(const User& user, Message& message) {
  message.set_partner_mc_service_id(kAlice.PartnerId());
  message.set_primary_mc_service_id(user.PrimaryId());
  message.set_mc_service(v1::MC_SERVICE_MCPTT);
}

Question Authorization(const User& user, uint32_t profile_index = 1) {
  return {"AuthorizeMigration", [=] {
            v1::MigrationServiceAuthorizationRequest request = RequestOf(user, profile_index);
            SetUser(user, request);
            return request.SerializeAsString();
          }};
}

Question End(const User& user) {
  return {"EndMigration", [=] {
            v1::EndMigrationRequest request;
            SetUser(user, request);
            request.mutable_epoch()->set_incarnation(1);
            request.mutable_epoch()->set_counter(1);
            request.set_request_id(RequestOf(user).request_id());
            return request.SerializeAsString();
          }};
}

Question Reconciliation(const User& user) {
  return {"ReconcileMigrations", [=] {
            v1::ReconcileMigrationsRequest request;
            SetUser(user, request);
            request.mutable_epoch()->set_incarnation(1);
            request.mutable_epoch()->set_counter(1);
            return request.SerializeAsString();
          }};
}

// With primary MC service IDs as long as those of the cast, so that whole answers can be compared.
const User kNobody{"nobod"};
const User kElsewhere{"alicia", "west.example"};

using Questions = std::map<std::string, Question>;
const Questions kAuthorizations = {{"user unknown", Authorization(kCarol)},
                                   {"profile unknown", Authorization(kAlice, 9)},
                                   {"profile not for this partner", Authorization(kAlice, 2)},
                                   {"no server", Authorization(kGrace)},
                                   {"no server, no user", Authorization(kNobody)},
                                   {"of another MC system", Authorization(kElsewhere)}};
const Questions kEnds = {{"not on record", End(kAlice)},
                         {"user unknown", End(kCarol)},
                         {"no server", End(kGrace)},
                         {"of another MC system", End(kElsewhere)}};
const Questions kReconciliations = {{"not on record", Reconciliation(kAlice)},
                                    {"user unknown", Reconciliation(kCarol)},
                                    {"no server", Reconciliation(kGrace)},
                                    {"of another MC system", Reconciliation(kElsewhere)}};

class IndistinguishableLeakTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { peers_ = new Peers("indistinguishable"); }
  static void TearDownTestSuite() { delete peers_; }

  // All of an answer, without what was echoed.
  static std::string AnswerTo(const Question& question) {
    const std::string message = question.message();
    v1::MigrationServiceAuthorizationRequest asked;
    if (question.method == "AuthorizeMigration") EXPECT_TRUE(asked.ParseFromString(message));
    Sent sent = peers_->AskNorth(kPrimaryGateway + question.method, message);
    std::string all = sent.message;
    for (const std::string& echoed :
         {asked.partner_mc_service_id(), asked.primary_mc_service_id(), asked.request_id()}) {
      if (!echoed.empty()) all = absl::StrReplaceAll(all, {{echoed, std::string(echoed.size(), '-')}});
    }
    absl::StrAppendFormat(&all, " %d %s %s", sent.status.error_code(), sent.status.error_message(),
                          sent.status.error_details());
    for (const Metadata* metadata : {&sent.initial, &sent.trailing}) {
      for (const auto& [key, value] : *metadata) absl::StrAppendFormat(&all, " %s=%s", key, value);
    }
    return all;
  }

  static void ExpectTheSame(const Questions& questions) {
    const std::string expected = AnswerTo(questions.begin()->second);
    for (const auto& [name, question] : questions) EXPECT_EQ(AnswerTo(question), expected) << name;
  }

  static Peers* peers_;
};
Peers* IndistinguishableLeakTest::peers_ = nullptr;

TEST_F(IndistinguishableLeakTest, AnswersAreEqualByteForByte) {
  ExpectTheSame(kAuthorizations);
  ExpectTheSame(kEnds);
  ExpectTheSame(kReconciliations);
}

using Times = std::map<std::string, std::vector<double>>;

// Microseconds of `rounds` calls of each question. Every round asks each once, in an order of its own, so that whatever
// else the machine does meets all of them alike.
Times Measure(Peers& peers, const Questions& questions, int rounds) {
  constexpr int kWarmUp = 20;
  std::mt19937 random(1);
  std::vector<std::string> order;
  for (const auto& [name, question] : questions) order.push_back(name);
  Times times;
  for (int round = -kWarmUp; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::string& name : order) {
      const Question& question = questions.at(name);
      const std::string message = question.message();
      const absl::Time began = absl::Now();
      const Sent sent = Call(peers.to_north(), kPrimaryGateway + question.method, message);
      const absl::Duration took = absl::Now() - began;
      EXPECT_TRUE(sent.status.ok()) << sent.status.error_message();
      if (round >= 0) times[name].push_back(absl::ToDoubleMicroseconds(took));
    }
  }
  return times;
}

double MedianOf(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

// How often a call of one kind takes longer than one of the other (Mann and Whitney): 0.5 where both take as long, 1
// where always. With 400 calls of each it strays from 0.5 by 0.02 (one standard deviation) where they do.
double Longer(const std::vector<double>& a, const std::vector<double>& b) {
  double longer = 0;
  for (const double x : a) {
    for (const double y : b) longer += x > y ? 1 : (x == y ? 0.5 : 0);
  }
  return longer / static_cast<double>(a.size() * b.size());
}

constexpr int kRounds = 400;
// Ten standard deviations: no load that comes and goes over the rounds makes up for that.
constexpr double kMostApart = 0.2;
// Microseconds. Two processes of one kind can be 70 apart all the time, however equal their work; a hop is 150 and
// more, an fsync is longer.
constexpr double kLessThanAHop = 120;

void ExpectAsLong(Peers& peers, const Questions& questions, const std::vector<std::string>& names) {
  const Times times = Measure(peers, questions, kRounds);
  const std::string& reference = names.front();
  const double median = MedianOf(times.at(reference));
  for (const auto& [name, taken] : times) {
    const double longer = Longer(taken, times.at(reference));
    std::cout << absl::StreamFormat("%-30s median %6.0f us, longer than \"%s\" in %3.0f%%\n", name, MedianOf(taken),
                                    reference, 100 * longer);
    if (!absl::c_linear_search(names, name)) continue;
    EXPECT_FALSE(std::abs(longer - 0.5) > kMostApart && std::abs(MedianOf(taken) - median) > kLessThanAHop) << name;
  }
}

TEST_F(IndistinguishableLeakTest, WhoIsRefusedByAServerIsRefusedInTheSameTime) {
  ExpectAsLong(*peers_, kAuthorizations, {"user unknown", "profile unknown", "profile not for this partner"});
  ExpectAsLong(*peers_, kEnds, {"not on record", "user unknown"});
  ExpectAsLong(*peers_, kReconciliations, {"not on record", "user unknown"});
}

// Without a server there would be no hop to it: the gateway asks one all the same.
TEST_F(IndistinguishableLeakTest, WhoHasNoServerIsRefusedInTheSameTime) {
  ExpectAsLong(*peers_, kAuthorizations, {"user unknown", "no server", "of another MC system"});
  ExpectAsLong(*peers_, kEnds, {"user unknown", "no server", "of another MC system"});
  ExpectAsLong(*peers_, kReconciliations, {"user unknown", "no server", "of another MC system"});
}

TEST_F(IndistinguishableLeakTest, WhoHasNoServerIsRefusedInOneTime) {
  ExpectAsLong(*peers_, kAuthorizations, {"no server", "no server, no user", "of another MC system"});
}

}  // namespace
}  // namespace mcmig::border
