// Grants and signed cancels over real processes, with a gateway in between that alters what it carries: whatever it
// does, nobody is served whom the primary's server did not authorize so, and nobody is withdrawn whom it has on record.
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/border/altering_peers.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {
namespace {

using harness::Answer;
using harness::kAlice;
using harness::LoadUser;
using harness::RequestOf;
using harness::User;
using Json = nlohmann::json;
using Request = v1::MigrationServiceAuthorizationRequest;
using Response = v1::MigrationServiceAuthorizationResponse;

constexpr int kUsers = 120;

Json PayloadOf(const std::string& token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string payload;
  absl::WebSafeBase64Unescape(parts.at(1), &payload);
  return Json::parse(payload);
}

Json GrantHeader() { return {{"alg", "ES256"}, {"kid", "grant-1"}, {"typ", "mcmig-migration-grant+jwt"}}; }

class NegativeGrantTest : public ::testing::TestWithParam<harness::Shape> {
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
    between_.answer = std::move(change);
    const Request request = RequestOf(user);
    const Answer answer = Ask(request, user);
    between_.answer = nullptr;
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

  AlteringPeers between_{"negative-grant", {.shape = GetParam(), .load_users = kUsers}};
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

TEST_P(NegativeGrantTest, WhatTheTestOnlyCarriesIsServed) {
  const User user = Next();
  EXPECT_EQ(Ask(user).Outcome(), "SUCCESS");
  EXPECT_TRUE(IsServed(user));
  EXPECT_TRUE(IsRecorded(user));
}

TEST_P(NegativeGrantTest, HeadersAndSignaturesThatAreNotThePrimarysServeNobody) {
  const auto signed_with = [this](const Json& header) {
    return [this, header](Response& response) {
      response.set_grant(*deployment().grant_key.SignCompact(header.dump(), PayloadOf(response.grant()).dump()));
    };
  };
  const auto with = [&](const char* name, const Json& value) {
    Json header = GrantHeader();
    header[name] = value;
    return signed_with(header);
  };
  ExpectNotServed("none", "grant.presented", [](Response& response) { response.clear_grant(); });
  ExpectNotServed("no token", "grant.valid", [](Response& response) { response.set_grant("no token"); });
  ExpectNotServed("too long", "grant.valid", [](Response& response) { response.set_grant(std::string(8192, 'x')); });
  ExpectNotServed("alg none", "grant.valid", [](Response& response) {
    const std::vector<std::string> parts = absl::StrSplit(response.grant(), '.');
    const std::string header = R"({"alg":"none","typ":"mcmig-migration-grant+jwt","kid":"grant-1"})";
    response.set_grant(absl::StrCat(absl::WebSafeBase64Escape(header), ".", parts[1], "."));
  });
  ExpectNotServed("alg HS256", "grant.valid", with("alg", "HS256"));
  ExpectNotServed("another kid", "grant.valid", with("kid", "north-1"));
  ExpectNotServed("crit", "grant.valid", with("crit", {"b64"}));
  ExpectNotServed("its own key", "grant.valid", with("jwk", *deployment().grant_key.PublicJwk()));
  ExpectNotServed("typ of a cancel", "grant.valid", with("typ", "mcmig-migration-cancel+jwt"));
  ExpectNotServed("typ of an access token", "grant.valid", with("typ", "JWT"));
  ExpectNotServed("an access token", "grant.valid",
                  [this](Response& response) { response.set_grant(deployment().TokenOf(kAlice)); });
  ExpectNotServed("a credential", "grant.valid", [this](Response& response) {
    response.set_grant(deployment().PrimaryCredential({.primary_id = kAlice.PrimaryId()}));
  });
  ExpectNotServed("another key", "grant.valid", [this](Response& response) {
    const Json claims = PayloadOf(response.grant());
    response.set_grant(*deployment().home_token_key.SignCompact(GrantHeader().dump(), claims.dump()));
  });
  ExpectNotServed("a changed signature", "grant.valid", [](Response& response) {
    std::string grant = response.grant();
    grant[grant.size() - 10] = grant[grant.size() - 10] == 'A' ? 'B' : 'A';
    response.set_grant(grant);
  });
}

TEST_P(NegativeGrantTest, EachClaimMissingOfAnotherTypeOrOfAnotherValueServesNobody) {
  const std::vector<std::string> names = {"iss",
                                          "aud",
                                          "iat",
                                          "mcmig_primary_id",
                                          "mcmig_partner_id",
                                          "mcmig_service",
                                          "mcmig_profile_index",
                                          "mcmig_epoch",
                                          "mcmig_request_id",
                                          "mcmig_request_digest"};
  for (const std::string& name : names) {
    ExpectNotServedWith(name + " missing", "grant.valid", [&name](Json& claims) { claims.erase(name); });
    ExpectNotServedWith(name + " of another type", "grant.valid", [&name](Json& claims) { claims[name] = {1}; });
  }
  const std::vector<std::tuple<std::string, Json, std::string>> values = {
      {"iss", "https://mc.west.example", "grant.valid"},
      {"aud", "west", "grant.valid"},
      {"iat", 1'000'000'000, "grant.issued_since_asked"},
      {"iat", 4'000'000'000, "grant.issued_by_now"},
      {"mcmig_primary_id", kAlice.PrimaryId(), "grant.primary_mc_service_id"},
      {"mcmig_partner_id", kAlice.PartnerId(), "grant.partner_mc_service_id"},
      {"mcmig_service", "MCData", "grant.mc_service"},
      {"mcmig_profile_index", 0, "grant.profile_index"},
      {"mcmig_authorized_until", "2100-01-01T00:00:00Z", "grant.authorized_until"},
      {"mcmig_request_id", std::string(32, '0'), "grant.request_id"},
      {"mcmig_request_digest", std::string(64, '0'), "grant.request_digest"},
      {"exp", 4'000'000'000, "grant.valid"}};
  for (const auto& [name, value, rule] : values) {
    ExpectNotServedWith(name + " of another value", rule,
                        [&name = name, &value = value](Json& claims) { claims[name] = value; });
  }
}

TEST_P(NegativeGrantTest, AMessageThatSaysOtherThanItsGrantServesNobody) {
  ExpectNotServed("a later epoch", "grant.epoch",
                  [](Response& response) { response.mutable_epoch()->set_counter(1'000'000); });
  ExpectNotServed("another incarnation", "grant.epoch",
                  [](Response& response) { response.mutable_epoch()->set_incarnation(7); });
  ExpectNotServed("an end", "grant.authorized_until",
                  [](Response& response) { response.mutable_authorized_until()->set_seconds(4'000'000'000); });
  // The user is kept out by none of it.
  const User user = LoadUser(next_ - 1);
  EXPECT_EQ(Ask(user).Outcome(), "SUCCESS");
}

TEST_P(NegativeGrantTest, AnotherProfileThanTheUserAskedForServesNobody) {
  between_.ask = [](Request& request) { request.set_mc_service_user_profile_index(0); };
  const Request request = RequestOf(kAlice);
  EXPECT_EQ(Ask(request, kAlice).Outcome(), "UNAVAILABLE");
  EXPECT_EQ(RuleAtPartner(request.request_id()), "grant.profile_index");
  EXPECT_FALSE(IsServed(kAlice));
  EXPECT_FALSE(IsRecorded(kAlice));
}

// The primary refused, or was never asked: with whatever grants the gateway kept.
TEST_P(NegativeGrantTest, ASuccessThatTheGatewayMakesUpServesNobody) {
  Response kept;
  between_.answer = [&kept](Response& response) { kept = response; };
  ASSERT_EQ(Ask(kAlice).Outcome(), "SUCCESS");
  between_.answer = [&kept](Response& response) {
    ASSERT_EQ(response.result(), v1::MIGRATION_RESULT_FAILURE);
    response.set_result(v1::MIGRATION_RESULT_SUCCESS);
    response.clear_refusal_cause();
    *response.mutable_epoch() = kept.epoch();
    response.set_grant(kept.grant());
  };
  const Request request = RequestOf(harness::kBob);
  EXPECT_EQ(Ask(request, harness::kBob).Outcome(), "UNAVAILABLE");
  EXPECT_EQ(RuleAtPartner(request.request_id()), "grant.primary_mc_service_id");
  EXPECT_FALSE(IsServed(harness::kBob));
  // Alice is served as before.
  EXPECT_TRUE(IsServed(kAlice));
}

// Client and gateway together: the same request again, and the answer that it once had.
TEST_P(NegativeGrantTest, AnOldGrantBringsNobodyBackWhoWentHome) {
  Response kept;
  between_.answer = [&kept](Response& response) { kept = response; };
  const User user = Next();
  const Request request = RequestOf(user);
  ASSERT_EQ(Ask(request, user).Outcome(), "SUCCESS");
  Revoke(user);
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (IsServed(user) && absl::Now() < until) {
  }
  ASSERT_FALSE(IsServed(user));
  between_.answer = [&kept](Response& response) { response = kept; };
  EXPECT_EQ(Ask(request, user).Outcome(), "UNAVAILABLE");
  EXPECT_FALSE(IsServed(user));
  EXPECT_FALSE(IsRecorded(user));
}

TEST_P(NegativeGrantTest, ACancelThatThePrimaryDidNotSignSoWithdrawsNobody) {
  const User user = Next();
  const User other = Next();
  Response granted;
  between_.answer = [&granted](Response& response) { granted = response; };
  ASSERT_EQ(Ask(other).Outcome(), "SUCCESS");
  ASSERT_EQ(Ask(user).Outcome(), "SUCCESS");
  v1::CancelMigrationRequest of_other;
  std::atomic<int> seen = 0;
  between_.cancel = [&](v1::CancelMigrationRequest& request) {
    of_other = request;
    request.clear_signed_cancel();
    ++seen;
  };
  Revoke(other);
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (seen < 2 && absl::Now() < until) absl::SleepFor(absl::Milliseconds(10));
  ASSERT_GE(seen, 2) << "the outbox tries again";
  EXPECT_TRUE(IsServed(other));

  const std::string method =
      absl::StrCat(GetParam().partner_gateway ? "mcmig.v1.PartnerMcGatewayServer" : "mcmig.v1.PartnerMcServiceServer",
                   "/CancelMigration");
  v1::CancelMigrationRequest cancel;
  cancel.set_primary_mc_service_id(user.PrimaryId());
  cancel.set_mc_service(v1::MC_SERVICE_MCPTT);
  *cancel.mutable_epoch() = granted.epoch();
  const Json header = {{"alg", "ES256"}, {"kid", "grant-1"}, {"typ", "mcmig-migration-cancel+jwt"}};
  const Json right = {{"iss", "https://mc.north.example"},
                      {"aud", "south"},
                      {"iat", 1'700'000'000},
                      {"mcmig_primary_id", user.PrimaryId()},
                      {"mcmig_service", "MCPTT"},
                      {"mcmig_epoch", absl::StrCat(granted.epoch().incarnation(), ".", granted.epoch().counter())}};
  std::vector<std::pair<std::string, std::string>> texts = {
      {"none", ""}, {"of another user", of_other.signed_cancel()}, {"a grant", granted.grant()}};
  for (const auto& [name, value] : right.items()) {
    Json claims = right;
    claims.erase(name);
    texts.emplace_back(name + " missing", *deployment().grant_key.SignCompact(header.dump(), claims.dump()));
    claims[name] = name == "iat" ? Json("now") : Json("1.7");
    texts.emplace_back(name + " wrong", *deployment().grant_key.SignCompact(header.dump(), claims.dump()));
  }
  Json of_a_grant = header;
  of_a_grant["typ"] = "mcmig-migration-grant+jwt";
  texts.emplace_back("typ", *deployment().grant_key.SignCompact(of_a_grant.dump(), right.dump()));
  texts.emplace_back("another key", *deployment().home_token_key.SignCompact(header.dump(), right.dump()));
  for (const auto& [name, text] : texts) {
    cancel.set_signed_cancel(text);
    const Sent sent = Call(between_.peers().to_south(), method, cancel.SerializeAsString());
    EXPECT_EQ(sent.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << name;
    EXPECT_TRUE(IsServed(user)) << name;
  }
  cancel.set_signed_cancel(*deployment().grant_key.SignCompact(header.dump(), right.dump()));
  EXPECT_TRUE(Call(between_.peers().to_south(), method, cancel.SerializeAsString()).status.ok());
  EXPECT_FALSE(IsServed(user));
}

TEST_P(NegativeGrantTest, ComparingWithAGatewayThatLeavesUsersOutWithdrawsNobody) {
  const User user = Next();
  ASSERT_EQ(Ask(user).Outcome(), "SUCCESS");
  // It asks about another epoch, too, and would get a cancel of it.
  between_.compare = [](v1::ReconcileMigrationsRequest& request) {
    if (request.has_epoch()) request.mutable_epoch()->set_counter(1'000'000);
  };
  between_.page = [](v1::ReconcileMigrationsResponse& response) {
    EXPECT_EQ(response.signed_cancel(), "");
    response.clear_migrations();
  };
  EXPECT_TRUE(CompareAtPartner());
  EXPECT_TRUE(IsServed(user));
}

INSTANTIATE_TEST_SUITE_P(Shapes, NegativeGrantTest, ::testing::Values(harness::kBothGateways, harness::kDirect),
                         [](const auto& info) {
                           return std::string(info.param.partner_gateway ? "ThroughBothGateways" : "Directly");
                         });

}  // namespace
}  // namespace mcmig::border
