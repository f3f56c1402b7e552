// Grants over real processes, with a gateway in between that alters what it carries: whatever it does, nobody is served
// whom the primary's server did not authorize so.
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/token/grant_in_tree.h"
#include "common/token/merkle_tree.h"
#include "tests/border/between_peers_test_fixture.h"

namespace mcmig::border {
namespace {

using NegativeGrantTest = BetweenPeersTest;

// The partner server's default.
constexpr absl::Duration kClockSkew = absl::Seconds(30);

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
  ExpectNotServed("an access token at home", "grant.valid",
                  [this](Response& response) { response.set_grant(deployment().HomeTokenOf(kAlice)); });
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
  between_.Alter({.ask = [](Request& request) { request.set_mc_service_user_profile_index(0); }});
  const Request request = RequestOf(kAlice);
  EXPECT_EQ(Ask(request, kAlice).Outcome(), "UNAVAILABLE");
  EXPECT_EQ(RuleAtPartner(request.request_id()), "grant.profile_index");
  EXPECT_FALSE(IsServed(kAlice));
  EXPECT_FALSE(IsRecorded(kAlice));
}

TEST_P(NegativeGrantTest, TheTimeOfIssueCountsUpToTheClockSkew) {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  const int64_t skew = absl::ToInt64Seconds(kClockSkew);
  for (const int64_t issued : {now - skew + 10, now + skew}) {
    between_.Alter({.answer = [this, issued](Response& response) {
      Json claims = PayloadOf(response.grant());
      claims["iat"] = issued;
      response.set_grant(*deployment().grant_key.SignCompact(GrantHeader().dump(), claims.dump()));
    }});
    EXPECT_EQ(Ask(Next()).Outcome(), "SUCCESS") << issued - now;
  }
  ExpectNotServedWith("before the request", "grant.issued_since_asked",
                      [now, skew](Json& claims) { claims["iat"] = now - skew - 10; });
  ExpectNotServedWith("after the answer", "grant.issued_by_now",
                      [now, skew](Json& claims) { claims["iat"] = now + skew + 60; });
}

// One user's grant and another's, as the primary's own key signs both at once.
TEST_P(NegativeGrantTest, WhatSharesASignatureIsForEachItsOwn) {
  using token::GrantInTree;
  using Change = std::function<void(GrantInTree&, const GrantInTree& other)>;
  const auto in_tree = [this](Change change) {
    return [this, change = std::move(change)](Response& response) {
      const Json claims = PayloadOf(response.grant());
      Json others = claims;
      others["mcmig_primary_id"] = kAlice.PrimaryId();
      const token::MerkleTree tree({token::LeafHash(others.dump()), token::LeafHash(claims.dump())});
      const Json payload = {{"iss", claims["iss"]},
                            {"aud", claims["aud"]},
                            {"mcmig_root", absl::BytesToHexString(digest::BytesOf(tree.root()))},
                            {"mcmig_size", 2}};
      const std::string jws =
          *deployment().grant_key.SignCompact(HeaderOf("mcmig-migration-grant-tree+jwt").dump(), payload.dump());
      GrantInTree own{.tree = jws, .claims = claims.dump(), .index = 1, .path = tree.PathFrom(1)};
      change(own, {.tree = jws, .claims = others.dump(), .index = 0, .path = tree.PathFrom(0)});
      response.set_grant(token::WriteInTree(own));
    };
  };
  between_.Alter({.answer = in_tree([](GrantInTree&, const GrantInTree&) {})});
  EXPECT_EQ(Ask(Next()).Outcome(), "SUCCESS");
  ExpectNotServed("the other's", "grant.primary_mc_service_id",
                  in_tree([](GrantInTree& own, const GrantInTree& other) { own = other; }));
  ExpectNotServed("in the other's place", "grant.valid",
                  in_tree([](GrantInTree& own, const GrantInTree& other) { own.path = other.path; }));
  ExpectNotServed("at the other's index", "grant.valid",
                  in_tree([](GrantInTree& own, const GrantInTree&) { own.index = 0; }));
  ExpectNotServed("beyond the tree", "grant.valid",
                  in_tree([](GrantInTree& own, const GrantInTree&) { own.index = 2; }));
  ExpectNotServed("with claims that are in no tree", "grant.valid", in_tree([](GrantInTree& own, const GrantInTree&) {
                    Json claims = Json::parse(own.claims);
                    claims["mcmig_profile_index"] = 0;
                    own.claims = claims.dump();
                  }));
  ExpectNotServed("a node taken for a grant", "grant.valid", in_tree([](GrantInTree& own, const GrantInTree& other) {
                    own.claims = absl::StrCat(digest::BytesOf(other.path[0]), digest::BytesOf(own.path[0]));
                    own.path.clear();
                  }));
  ExpectNotServed("under a token of another kind", "grant.valid", in_tree([this](GrantInTree& own, const GrantInTree&) {
                    own.tree = *deployment().grant_key.SignCompact(GrantHeader().dump(), PayloadOf(own.tree).dump());
                  }));
  ExpectNotServed("under another key", "grant.valid", in_tree([this](GrantInTree& own, const GrantInTree&) {
                    own.tree = *deployment().home_token_key.SignCompact(
                        HeaderOf("mcmig-migration-grant-tree+jwt").dump(), PayloadOf(own.tree).dump());
                  }));
}

// The primary refused, or was never asked: with whatever grants the gateway kept.
TEST_P(NegativeGrantTest, ASuccessThatTheGatewayMakesUpServesNobody) {
  Response kept;
  between_.Alter({.answer = [&kept](Response& response) { kept = response; }});
  ASSERT_EQ(Ask(kAlice).Outcome(), "SUCCESS");
  between_.Alter({.answer = [&kept](Response& response) {
    ASSERT_EQ(response.result(), v1::MIGRATION_RESULT_FAILURE);
    response.set_result(v1::MIGRATION_RESULT_SUCCESS);
    response.clear_refusal_cause();
    *response.mutable_epoch() = kept.epoch();
    response.set_grant(kept.grant());
  }});
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
  between_.Alter({.answer = [&kept](Response& response) { kept = response; }});
  const User user = Next();
  const Request request = RequestOf(user);
  ASSERT_EQ(Ask(request, user).Outcome(), "SUCCESS");
  Revoke(user);
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (IsServed(user) && absl::Now() < until) {
  }
  ASSERT_FALSE(IsServed(user));
  between_.Alter({.answer = [&kept](Response& response) { response = kept; }});
  EXPECT_EQ(Ask(request, user).Outcome(), "UNAVAILABLE");
  EXPECT_FALSE(IsServed(user));
  EXPECT_FALSE(IsRecorded(user));
}

INSTANTIATE_TEST_SUITE_P(Shapes, NegativeGrantTest, ::testing::Values(harness::kBothGateways, harness::kDirect),
                         &ShapeName);

}  // namespace
}  // namespace mcmig::border
