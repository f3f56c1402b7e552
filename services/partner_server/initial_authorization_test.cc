#include "services/partner_server/initial_authorization.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::partner_server {
namespace {

using protocol::Cause;
using protocol::Decision;
using protocol::McService;
using token::AccessToken;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

AccessToken GoodToken() {
  AccessToken token;
  token.expires = kNow + absl::Minutes(5);
  token.mcptt_id = testing::kVisitor;
  token.mcvideo_id = testing::kVisitor;
  token.mcdata_id = testing::kVisitor;
  token.primary_id = testing::kAlice;
  token.scopes = {"openid", "3gpp:mc:ptt_service"};
  return token;
}

Decision Check(const absl::StatusOr<AccessToken>& token, McService service = McService::kMcptt,
               absl::Duration leeway = absl::ZeroDuration()) {
  protocol::AuthorizationRequest request = testing::AliceToSouth();
  request.service = service;
  return CheckAccessToken({.presented = true, .token = token, .leeway = leeway}, request, kNow);
}

TEST(CheckAccessTokenTest, ATokenOfThisUserForThisServicePasses) { EXPECT_EQ(Check(GoodToken()).cause, Cause::kNone); }

TEST(CheckAccessTokenTest, NoTokenIsNamedBeforeAnythingElse) {
  const absl::StatusOr<AccessToken> none = absl::UnauthenticatedError("none");
  EXPECT_EQ(CheckAccessToken({.presented = false, .token = none, .leeway = {}}, testing::AliceToSouth(), kNow).cause,
            Cause::kAccessTokenMissing);
}

TEST(CheckAccessTokenTest, AnyErrorOfTheVerifierIsAnInvalidToken) {
  EXPECT_EQ(Check(absl::UnauthenticatedError("signature")).cause, Cause::kAccessTokenInvalid);
  EXPECT_EQ(Check(absl::InternalError("no keys")).cause, Cause::kAccessTokenInvalid);
}

TEST(CheckAccessTokenTest, OneWrongClaimAtATimeIsRefusedWithItsCause) {
  struct Row {
    const char* defect;
    void (*spoil)(AccessToken&);
    Cause cause;
    const char* rule;
  };
  const std::vector<Row> rows = {
      {"expires now", [](AccessToken& t) { t.expires = kNow; }, Cause::kAccessTokenExpired, "access_token.not_expired"},
      {"not valid yet", [](AccessToken& t) { t.not_before = kNow + absl::Seconds(1); }, Cause::kAccessTokenExpired,
       "access_token.not_before"},
      {"no scope", [](AccessToken& t) { t.scopes.clear(); }, Cause::kAccessTokenScopeMissing, "access_token.scope"},
      {"scope of another service", [](AccessToken& t) { t.scopes = {"3gpp:mc:video_service"}; },
       Cause::kAccessTokenScopeMissing, "access_token.scope"},
      {"no service ID", [](AccessToken& t) { t.mcptt_id.clear(); }, Cause::kAccessTokenOfAnotherUser,
       "access_token.names_mc_service_id"},
      {"another visitor", [](AccessToken& t) { t.mcptt_id = "sip:visitor2@south.example"; },
       Cause::kAccessTokenOfAnotherUser, "access_token.names_mc_service_id"},
      {"the user part is case-sensitive", [](AccessToken& t) { t.mcptt_id = "sip:Visitor1@south.example"; },
       Cause::kAccessTokenOfAnotherUser, "access_token.names_mc_service_id"},
      {"service ID malformed", [](AccessToken& t) { t.mcptt_id = "visitor1"; }, Cause::kAccessTokenInvalid,
       "access_token.names_mc_service_id"},
      {"no primary ID", [](AccessToken& t) { t.primary_id.clear(); }, Cause::kAccessTokenOfAnotherUser,
       "access_token.names_primary_mc_service_id"},
      {"another user of the primary", [](AccessToken& t) { t.primary_id = "sip:bob@north.example"; },
       Cause::kAccessTokenOfAnotherUser, "access_token.names_primary_mc_service_id"},
  };
  for (const Row& row : rows) {
    AccessToken token = GoodToken();
    row.spoil(token);
    const Decision decision = Check(token);
    EXPECT_EQ(decision.cause, row.cause) << row.defect;
    EXPECT_STREQ(decision.rule, row.rule) << row.defect;
  }
}

TEST(CheckAccessTokenTest, TheHostOfAnIdIsComparedWithoutCase) {
  AccessToken token = GoodToken();
  token.mcptt_id = "sip:visitor1@SOUTH.example";
  EXPECT_EQ(Check(token).cause, Cause::kNone);
}

TEST(CheckAccessTokenTest, EachServiceReadsItsOwnScopeAndClaim) {
  AccessToken token = GoodToken();
  token.scopes = {"3gpp:mc:video_service", "3gpp:mc:data_service"};
  EXPECT_EQ(Check(token, McService::kMcptt).cause, Cause::kAccessTokenScopeMissing);
  EXPECT_EQ(Check(token, McService::kMcvideo).cause, Cause::kNone);
  EXPECT_EQ(Check(token, McService::kMcdata).cause, Cause::kNone);
  token.mcdata_id.clear();
  EXPECT_EQ(Check(token, McService::kMcvideo).cause, Cause::kNone);
  EXPECT_EQ(Check(token, McService::kMcdata).cause, Cause::kAccessTokenOfAnotherUser);
}

TEST(CheckAccessTokenTest, LeewayIsNeverMoreThanThirtySeconds) {
  AccessToken token = GoodToken();
  token.expires = kNow - absl::Seconds(29);
  EXPECT_EQ(Check(token, McService::kMcptt, absl::Hours(1)).cause, Cause::kNone);
  EXPECT_EQ(Check(token, McService::kMcptt, absl::Seconds(29)).cause, Cause::kAccessTokenExpired);
  token.expires = kNow - absl::Seconds(30);
  EXPECT_EQ(Check(token, McService::kMcptt, absl::Hours(1)).cause, Cause::kAccessTokenExpired);
  token = GoodToken();
  token.not_before = kNow + absl::Seconds(30);
  EXPECT_EQ(Check(token, McService::kMcptt, absl::Hours(1)).cause, Cause::kNone);
  EXPECT_EQ(Check(token, McService::kMcptt, -absl::Hours(1)).cause, Cause::kAccessTokenExpired);
}

class CheckInitialAuthorizationTest : public ::testing::Test {
 protected:
  [[nodiscard]] Decision Check(const char* primary, McService service = McService::kMcptt) const {
    return CheckInitialAuthorization(
        {.service = service, .primary_system = systems_->Find(primary), .expected = expected_}, kNow);
  }

  std::shared_ptr<const identity::SystemTable> systems_ = testing::MakeSystems(testing::SystemsAt("south"));
  static migration::ExpectedVisitor Until(absl::Time until) {
    migration::ExpectedVisitor entry;
    entry.primary_system = "north";
    entry.until = until;
    return entry;
  }

  std::vector<migration::ExpectedVisitor> expected_ = {Until(kNow + absl::Hours(1))};
};

TEST_F(CheckInitialAuthorizationTest, AnExpectedVisitorOfAnAgreedSystemPasses) {
  EXPECT_EQ(Check("north").cause, Cause::kNone);
}

TEST_F(CheckInitialAuthorizationTest, TheSystemIsCheckedBeforeTheList) {
  expected_.clear();
  EXPECT_EQ(Check("west").cause, Cause::kUnknownPrimarySystem);
  EXPECT_EQ(Check("south").cause, Cause::kOwnSystem);
  EXPECT_EQ(Check("east").cause, Cause::kNoAgreement);
  EXPECT_EQ(Check("north", McService::kMcdata).cause, Cause::kNoAgreement);
  EXPECT_EQ(Check("north").cause, Cause::kVisitorNotExpected);
}

TEST_F(CheckInitialAuthorizationTest, TheWindowStartsWithFromAndEndsBeforeUntil) {
  expected_[0].from = kNow;
  EXPECT_EQ(Check("north").cause, Cause::kNone);
  expected_[0].from = kNow + absl::Nanoseconds(1);
  EXPECT_EQ(Check("north").cause, Cause::kVisitorNotExpected);
  expected_[0].from = absl::InfinitePast();
  expected_[0].until = kNow;
  EXPECT_EQ(Check("north").cause, Cause::kVisitorNotExpected);
}

TEST_F(CheckInitialAuthorizationTest, OneEntryInItsWindowIsEnough) {
  expected_[0].until = kNow;
  expected_.push_back(Until(kNow + absl::Hours(1)));
  EXPECT_EQ(Check("north").cause, Cause::kNone);
}

TEST_F(CheckInitialAuthorizationTest, PriorityIsWhatAnEntryInItsWindowSays) {
  EXPECT_FALSE(IsPriorityUser({}, kNow));
  EXPECT_FALSE(IsPriorityUser(expected_, kNow));
  migration::ExpectedVisitor marked = Until(kNow + absl::Nanoseconds(1));
  marked.priority = true;
  // The user's own entry, or the domain's.
  expected_.push_back(marked);
  EXPECT_TRUE(IsPriorityUser(expected_, kNow));
  EXPECT_FALSE(IsPriorityUser(expected_, marked.until));
  expected_[1].from = kNow + absl::Nanoseconds(1);
  expected_[1].until = kNow + absl::Hours(1);
  EXPECT_FALSE(IsPriorityUser(expected_, kNow));
  EXPECT_TRUE(IsPriorityUser(expected_, expected_[1].from));
}

}  // namespace
}  // namespace mcmig::partner_server
