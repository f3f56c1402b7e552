#include "services/primary_server/authorization_check.h"

#include <vector>

#include "gtest/gtest.h"

namespace mcmig::primary_server {
namespace {

using migration::Profile;
using migration::Snapshot;
using protocol::Cause;
using protocol::McService;

// A user with profile 0, valid nowhere, and profile 1, valid in south.
Snapshot GoodSnapshot() {
  Snapshot snapshot;
  snapshot.agreement = {.version = 1, .services = {McService::kMcptt}};
  Profile home;
  home.enabled = true;
  Profile away = home;
  away.index = 1;
  away.partner_systems = {{"south", "https://idms.south.example"}};
  snapshot.user = {.version = 1, .mc_service_id = "sip:alice@north.example", .profiles = {home, away}};
  return snapshot;
}

protocol::Decision Check(const Snapshot& snapshot, uint8_t index = 1, McService service = McService::kMcptt) {
  return CheckAuthorization(
      {.snapshot = snapshot, .partner_system = "south", .service = service, .profile_index = index});
}

TEST(CheckAuthorizationTest, AValidProfileOfAnEnabledUserUnderAnAgreementPasses) {
  EXPECT_EQ(Check(GoodSnapshot()).cause, Cause::kNone);
}

TEST(CheckAuthorizationTest, PermissionIsPerProfileNotPerUser) {
  EXPECT_EQ(Check(GoodSnapshot(), 0).cause, Cause::kProfileNotValidForPartner);
}

TEST(CheckAuthorizationTest, OneWrongFactAtATimeIsRefusedWithItsCause) {
  struct Row {
    const char* defect;
    void (*spoil)(Snapshot&);
    Cause cause;
    const char* rule;
  };
  const std::vector<Row> rows = {
      {"no agreement", [](Snapshot& s) { s.agreement.reset(); }, Cause::kNoAgreement, "step6.agreement_own_users_to"},
      {"an empty agreement", [](Snapshot& s) { s.agreement->services.clear(); }, Cause::kNoAgreement,
       "step6.agreement_own_users_to"},
      {"an agreement on another service", [](Snapshot& s) { s.agreement->services = {McService::kMcdata}; },
       Cause::kNoAgreement, "step6.agreement_own_users_to"},
      {"no user", [](Snapshot& s) { s.user.reset(); }, Cause::kUserUnknown, "step6.user_known"},
      {"a user without profiles", [](Snapshot& s) { s.user->profiles.clear(); }, Cause::kUserUnknown,
       "step6.user_known"},
      {"the profile says disabled user", [](Snapshot& s) { s.user->profiles[1].user_disabled = true; },
       Cause::kUserDisabled, "step6.user_enabled"},
      {"another profile says disabled user", [](Snapshot& s) { s.user->profiles[0].user_disabled = true; },
       Cause::kUserDisabled, "step6.user_enabled"},
      {"no such profile", [](Snapshot& s) { s.user->profiles.pop_back(); }, Cause::kProfileUnknown,
       "step6.profile_known"},
      {"profile disabled", [](Snapshot& s) { s.user->profiles[1].enabled = false; }, Cause::kProfileDisabled,
       "step6.profile_enabled"},
      {"profile valid nowhere", [](Snapshot& s) { s.user->profiles[1].partner_systems.clear(); },
       Cause::kProfileNotValidForPartner, "step6.profile_valid_for_partner"},
      {"profile valid elsewhere", [](Snapshot& s) { s.user->profiles[1].partner_systems[0].system = "east"; },
       Cause::kProfileNotValidForPartner, "step6.profile_valid_for_partner"},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = GoodSnapshot();
    row.spoil(snapshot);
    const protocol::Decision decision = Check(snapshot);
    EXPECT_EQ(decision.cause, row.cause) << row.defect;
    EXPECT_STREQ(decision.rule, row.rule) << row.defect;
    EXPECT_FALSE(decision.epoch.has_value()) << row.defect;
  }
}

TEST(CheckAuthorizationTest, TheFirstRuleThatRefusesIsNamed) {
  Snapshot snapshot = GoodSnapshot();
  snapshot.user->profiles[1].enabled = false;
  snapshot.user->profiles[1].partner_systems.clear();
  EXPECT_EQ(Check(snapshot).cause, Cause::kProfileDisabled);
  snapshot.user->profiles[0].user_disabled = true;
  EXPECT_EQ(Check(snapshot).cause, Cause::kUserDisabled);
  snapshot.agreement.reset();
  EXPECT_EQ(Check(snapshot).cause, Cause::kNoAgreement);
}

TEST(IsPriorityUserTest, TheIndicatedProfileSaysIt) {
  Snapshot snapshot = GoodSnapshot();
  EXPECT_FALSE(IsPriorityUser(snapshot, 1));
  snapshot.user->profiles[1].priority = true;
  EXPECT_TRUE(IsPriorityUser(snapshot, 1));
  EXPECT_FALSE(IsPriorityUser(snapshot, 0));
  EXPECT_FALSE(IsPriorityUser(snapshot, 9));
  snapshot.user.reset();
  EXPECT_FALSE(IsPriorityUser(snapshot, 1));
}

}  // namespace
}  // namespace mcmig::primary_server
