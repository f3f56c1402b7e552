#ifndef TESTS_BORDER_BETWEEN_PEERS_TEST_FIXTURE_H_
#define TESTS_BORDER_BETWEEN_PEERS_TEST_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/border/altering_peers.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {

using harness::Answer;
using harness::kAlice;
using harness::LoadUser;
using harness::RequestOf;
using harness::User;
using Json = nlohmann::json;
using Request = v1::MigrationServiceAuthorizationRequest;
using Response = v1::MigrationServiceAuthorizationResponse;

inline constexpr int kUsers = 120;

inline Json PayloadOf(const std::string& token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string payload;
  absl::WebSafeBase64Unescape(parts.at(1), &payload);
  return Json::parse(payload);
}

inline Json HeaderOf(const std::string& type) { return {{"alg", "ES256"}, {"kid", "grant-1"}, {"typ", type}}; }
inline Json GrantHeader() { return HeaderOf("mcmig-migration-grant+jwt"); }

inline std::string ShapeName(const ::testing::TestParamInfo<harness::Shape>& info) {
  return info.param.partner_gateway ? "ThroughBothGateways" : "Directly";
}

// Users of north migrate to south, with the test in between.
class BetweenPeersTest : public ::testing::TestWithParam<harness::Shape> {
 protected:
  // One who has never migrated: the primary remembers so many requests of a user and no more.
  User Next() { return LoadUser(next_++); }
  Answer Ask(const User& user) { return Ask(RequestOf(user), user); }
  Answer Ask(const Request& request, const User& user) {
    return harness::Ask<v1::PartnerMcServiceServer>(client_, request, deployment().TokenOf(user));
  }
  bool IsServed(const User& user) { return harness::VisitorsOf(at_partner_).contains(user.PrimaryId()); }
  bool IsRecorded(const User& user) {
    const auto records = harness::RecordsOf(at_primary_);
    const auto record = records.find(user.PrimaryId());
    return record != records.end() && record->second.state() == v1::MIGRATION_STATE_MIGRATED;
  }
  std::string RuleAtPartner(const std::string& request_id) {
    const auto decisions = harness::DecisionsOf(*deployment().partner_server, request_id);
    return decisions.empty() ? "" : harness::Field(decisions.back(), "rule");
  }
  // The success is altered, and then nobody is served, nor stays on record.
  void ExpectNotServed(const std::string& name, const std::string& rule, std::function<void(Response&)> change) {
    SCOPED_TRACE(name);
    const User user = Next();
    between_.Alter({.answer = std::move(change)});
    const Request request = RequestOf(user);
    const Answer answer = Ask(request, user);
    between_.Alter({});
    EXPECT_EQ(answer.Outcome(), "UNAVAILABLE") << answer.status.error_message();
    EXPECT_EQ(answer.response.grant(), "");
    EXPECT_EQ(RuleAtPartner(request.request_id()), rule);
    EXPECT_FALSE(IsServed(user));
    EXPECT_FALSE(IsRecorded(user));
  }
  // The primary's own key signs these: every claim is looked at.
  void ExpectNotServedWith(const std::string& name, const std::string& rule, std::function<void(Json&)> change) {
    ExpectNotServed(name, rule, [this, change = std::move(change)](Response& response) {
      Json claims = PayloadOf(response.grant());
      change(claims);
      response.set_grant(*deployment().grant_key.SignCompact(GrantHeader().dump(), claims.dump()));
    });
  }
  void Revoke(const User& user) {
    const auto revoked =
        deployment().AtPrimary({"migrations", "revoke", "--id", user.PrimaryId(), "--service", "MCPTT"});
    ASSERT_EQ(revoked.exit_code, 0) << revoked.err;
  }
  bool CompareAtPartner() { return deployment().AtPartner({"reconcile", "--system", "north"}).exit_code == 0; }
  harness::Deployment& deployment() { return between_.deployment(); }

  AlteringPeers between_{"between-peers",
                         {.shape = GetParam(), .load_users = kUsers, .partner_server_config = "orphan_grace: 1s\n"}};
  std::shared_ptr<grpc::Channel> client_ =
      harness::Connect(deployment().partner_server->Address("client"), harness::kPartnerServer, deployment().south,
                       &deployment().north.Issue(harness::kClient));
  std::shared_ptr<grpc::Channel> at_primary_ =
      harness::Connect(deployment().primary_server_a->Address("operators"), harness::kPrimaryServerA,
                       deployment().north, &deployment().north.Issue(harness::kNorthOperator));
  std::shared_ptr<grpc::Channel> at_partner_ =
      harness::Connect(deployment().partner_server->Address("operators"), harness::kPartnerServer, deployment().south,
                       &deployment().south.Issue(harness::kSouthOperator));
  int next_ = 0;
};

}  // namespace mcmig::border

#endif  // TESTS_BORDER_BETWEEN_PEERS_TEST_FIXTURE_H_
