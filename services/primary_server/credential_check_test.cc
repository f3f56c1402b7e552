#include "services/primary_server/credential_check.h"

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using protocol::AuthorizationRequest;
using protocol::Cause;
using token::PrimaryCredential;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

PrimaryCredential Right() {
  PrimaryCredential credential;
  credential.expires = kNow + absl::Minutes(5);
  credential.issued = kNow - absl::Minutes(1);
  credential.mcptt_id = "sip:alice@north.example";
  credential.profile_index = 1;
  return credential;
}

AuthorizationRequest Request() {
  AuthorizationRequest request = testing::AliceToSouth();
  request.profile_index = 1;
  return request;
}

struct Case {
  std::string name;
  std::function<void(PrimaryCredential&, AuthorizationRequest&)> change;
  // Null: nothing is against it.
  const char* rule = nullptr;
};

TEST(CredentialCheckTest, EachPartHasToBeRight) {
  const absl::Duration leeway = absl::Seconds(5);
  const absl::Duration tick = absl::Nanoseconds(1);
  const std::vector<Case> cases = {
      {"right", [](auto&, auto&) {}},
      {"any profile", [](auto& c, auto& r) { c.profile_index.reset(), r.profile_index = 7; }},
      {"ID in another spelling of its host", [](auto& c, auto&) { c.mcptt_id = "sip:alice@NORTH.example"; }},
      {"other profile", [](auto&, auto& r) { r.profile_index = 2; }, "step6.primary_credential_names_profile"},
      {"other user", [](auto& c, auto&) { c.mcptt_id = "sip:bob@north.example"; },
       "step6.primary_credential_names_user"},
      {"other case of the user part", [](auto& c, auto&) { c.mcptt_id = "sip:Alice@north.example"; },
       "step6.primary_credential_names_user"},
      {"no user", [](auto& c, auto&) { c.mcptt_id.clear(); }, "step6.primary_credential_names_user"},
      {"not an ID", [](auto& c, auto&) { c.mcptt_id = "alice"; }, "step6.primary_credential_names_user"},
      {"of two services", [](auto& c, auto&) { c.mcdata_id = c.mcptt_id; }, "step6.primary_credential_of_one_service"},
      {"of another service", [](auto&, auto& r) { r.service = protocol::McService::kMcvideo; },
       "step6.primary_credential_names_user"},
      {"just not expired", [&](auto& c, auto&) { c.expires = kNow - leeway + tick; }},
      {"expired", [&](auto& c, auto&) { c.expires = kNow - leeway; }, "step6.primary_credential_not_expired"},
      {"just begun", [&](auto& c, auto&) { c.not_before = kNow + leeway; }},
      {"not begun", [&](auto& c, auto&) { c.not_before = kNow + leeway + tick; },
       "step6.primary_credential_not_before"},
      {"issued in the future", [&](auto& c, auto&) { c.issued = kNow + leeway + tick; },
       "step6.primary_credential_not_before"},
      {"longest life", [](auto& c, auto&) { c.expires = c.issued + kMaxCredentialLifetime; }},
      {"longer life", [&](auto& c, auto&) { c.expires = c.issued + kMaxCredentialLifetime + tick; },
       "step6.primary_credential_lifetime"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    PrimaryCredential changed = Right();
    AuthorizationRequest request = Request();
    each.change(changed, request);
    const absl::StatusOr<PrimaryCredential> credential = changed;
    for (const bool required : {true, false}) {
      const protocol::Decision decision = CheckCredential(
          {.required = required, .presented = true, .credential = credential, .leeway = leeway}, request, kNow);
      EXPECT_EQ(decision.cause, each.rule == nullptr ? Cause::kNone : Cause::kPrimaryCredentialInvalid);
      EXPECT_STREQ(decision.rule, each.rule == nullptr ? "step6.primary_credential" : each.rule);
    }
  }
}

TEST(CredentialCheckTest, NoneIsMissingWhereOneIsRequired) {
  const absl::StatusOr<PrimaryCredential> none = absl::UnauthenticatedError("none");
  const auto check = [&none](bool required, bool presented) {
    return CheckCredential({.required = required, .presented = presented, .credential = none, .leeway = {}}, Request(),
                           kNow)
        .cause;
  };
  EXPECT_EQ(check(true, false), Cause::kPrimaryCredentialMissing);
  EXPECT_EQ(check(false, false), Cause::kNone);
  EXPECT_EQ(check(true, true), Cause::kPrimaryCredentialInvalid);
  EXPECT_EQ(check(false, true), Cause::kPrimaryCredentialInvalid);
}

TEST(CredentialCheckTest, LeewayIsBounded) {
  PrimaryCredential expired = Right();
  expired.expires = kNow - absl::Seconds(30);
  const absl::StatusOr<PrimaryCredential> credential = expired;
  EXPECT_EQ(CheckCredential({.required = true, .presented = true, .credential = credential, .leeway = absl::Hours(1)},
                            Request(), kNow)
                .cause,
            Cause::kPrimaryCredentialInvalid);
}

}  // namespace
}  // namespace mcmig::primary_server
