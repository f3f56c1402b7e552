#include "common/register/import.h"

#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "common/identity/testing/certificates.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// North's table: north is the own MC system, south and east are others.
const identity::SystemTable& Systems() {
  static const std::shared_ptr<const identity::SystemTable> systems = [] {
    config::v1::SystemTable table;
    table.set_own_system("north");
    for (const char* name : {"north", "south", "east"}) {
      const std::string file = std::string(name) + "-import-root.pem";
      std::ofstream(testing::TempDir() + "/" + file) << identity::testing::CertificateAuthority::Make(name).cert();
      config::v1::System& system = *table.add_systems();
      system.set_name(name);
      system.add_id_domains(std::string(name) + ".example");
      system.add_root_certificate_files(file);
    }
    auto made = identity::SystemTable::Create(table, testing::TempDir());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *std::move(made) : nullptr;
  }();
  return *systems;
}

template <class Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

v1::UserProfile Alice() {
  return FromText<v1::UserProfile>(R"pb(
    mc_service_id: "sip:alice@North.example"
    mc_service: MC_SERVICE_MCPTT
    mc_service_user_profile_index: 0
    profile_name: "day"
    status: USER_PROFILE_STATUS_ENABLED
    pre_selected: true
    mission_critical_organization: "fire"
    partner_systems { system: "south" access_information: "https://id.south.example" }
    partner_systems { system: "east" }
  )pb");
}

std::string Refusal(const std::function<void(v1::UserProfile&)>& change) {
  v1::UserProfile profile = Alice();
  change(profile);
  const auto entry = ParseUserProfile(profile, Systems());
  if (entry.ok()) return "accepted";
  EXPECT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(entry.status().message(), Not(HasSubstr("alice")));
  return std::string(entry.status().message());
}

TEST(ParseUserProfile, KeepsEveryField) {
  const auto entry = ParseUserProfile(Alice(), Systems());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->key.canonical_id, "sip:alice@north.example");
  EXPECT_EQ(entry->key.service, protocol::McService::kMcptt);
  EXPECT_EQ(entry->mc_service_id, "sip:alice@North.example");
  EXPECT_EQ(entry->profile.index, 0);
  EXPECT_EQ(entry->profile.name, "day");
  EXPECT_TRUE(entry->profile.enabled);
  EXPECT_TRUE(entry->profile.pre_selected);
  EXPECT_FALSE(entry->profile.user_disabled);
  EXPECT_FALSE(entry->profile.priority);
  EXPECT_EQ(entry->profile.organization, "fire");
  ASSERT_EQ(entry->profile.partner_systems.size(), 2U);
  EXPECT_EQ(entry->profile.partner_systems[0].access_information, "https://id.south.example");
  EXPECT_EQ(entry->profile.partner_systems[1].system, "east");
}

TEST(ParseUserProfile, PriorityIsKept) {
  v1::UserProfile profile = Alice();
  profile.set_priority(true);
  EXPECT_TRUE(ParseUserProfile(profile, Systems())->profile.priority);
}

TEST(ParseUserProfile, WhatIsMissingIsNamed) {
  EXPECT_THAT(Refusal([](auto& p) { p.clear_mc_service_id(); }), StartsWith("mc_service_id: "));
  EXPECT_THAT(Refusal([](auto& p) { p.clear_mc_service(); }), StartsWith("mc_service: "));
  EXPECT_THAT(Refusal([](auto& p) { p.clear_mc_service_user_profile_index(); }),
              StartsWith("mc_service_user_profile_index: "));
  EXPECT_THAT(Refusal([](auto& p) { p.clear_status(); }), StartsWith("status: "));
  EXPECT_EQ(Refusal([](auto& p) { p.mutable_partner_systems(1)->clear_system(); }),
            "partner_systems[1].system: is missing");
}

TEST(ParseUserProfile, UsersOfOtherSystemsAreRefused) {
  EXPECT_EQ(Refusal([](auto& p) { p.set_mc_service_id("sip:alice@south.example"); }),
            "mc_service_id: does not belong to MC system north");
  EXPECT_EQ(Refusal([](auto& p) { p.set_mc_service_id("sip:alice@nowhere.example"); }),
            "mc_service_id: does not belong to MC system north");
}

TEST(ParseUserProfile, LimitsHold) {
  EXPECT_EQ(Refusal([](auto& p) { p.set_mc_service_user_profile_index(255); }), "accepted");
  EXPECT_THAT(Refusal([](auto& p) { p.set_mc_service_user_profile_index(256); }), HasSubstr("at most 255"));
  EXPECT_EQ(Refusal([](auto& p) { p.set_profile_name(std::string(256, 'x')); }), "accepted");
  EXPECT_EQ(Refusal([](auto& p) { p.set_profile_name(std::string(257, 'x')); }), "profile_name: is over 256 bytes");
  EXPECT_THAT(Refusal([](auto& p) { p.set_mission_critical_organization(std::string(257, 'x')); }),
              StartsWith("mission_critical_organization: "));
  EXPECT_THAT(Refusal([](auto& p) { p.mutable_partner_systems(0)->set_access_information(std::string(1025, 'x')); }),
              StartsWith("partner_systems[0].access_information: "));
  EXPECT_THAT(Refusal([](auto& p) {
                while (p.partner_systems_size() < 65) p.add_partner_systems();
              }),
              StartsWith("partner_systems: "));
}

TEST(ParseUserProfile, PartnerSystemsThatMeanNothingAreRefused) {
  EXPECT_THAT(Refusal([](auto& p) { p.mutable_partner_systems(0)->set_system("west"); }), HasSubstr("system table"));
  EXPECT_THAT(Refusal([](auto& p) { p.mutable_partner_systems(0)->set_system("north"); }), HasSubstr("own MC system"));
  EXPECT_THAT(Refusal([](auto& p) { p.mutable_partner_systems(1)->set_system("south"); }), HasSubstr("already"));
}

v1::ExpectedVisitor Bob() {
  return FromText<v1::ExpectedVisitor>(R"pb(
    primary_system: "south"
    primary_mc_service_id: "sip:bob@south.example"
    mc_service: MC_SERVICE_MCDATA
    from { seconds: 1000 }
    until { seconds: 2000 nanos: 5 }
  )pb");
}

std::string VisitorRefusal(const std::function<void(v1::ExpectedVisitor&)>& change) {
  v1::ExpectedVisitor visitor = Bob();
  change(visitor);
  const auto entry = ParseExpectedVisitor(visitor, Systems());
  if (entry.ok()) return "accepted";
  EXPECT_THAT(entry.status().message(), Not(HasSubstr("bob")));
  return std::string(entry.status().message());
}

TEST(ParseExpectedVisitor, OneUserKeepsEveryField) {
  const auto entry = ParseExpectedVisitor(Bob(), Systems());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->primary_system, "south");
  EXPECT_EQ(entry->canonical_id, "sip:bob@south.example");
  EXPECT_EQ(entry->mc_service_id, "sip:bob@south.example");
  EXPECT_EQ(entry->domain, "");
  EXPECT_EQ(entry->service, protocol::McService::kMcdata);
  EXPECT_EQ(entry->from, absl::FromUnixSeconds(1000));
  EXPECT_EQ(entry->until, absl::FromUnixSeconds(2000) + absl::Nanoseconds(5));
  EXPECT_FALSE(entry->priority);
}

TEST(ParseExpectedVisitor, PriorityIsKept) {
  v1::ExpectedVisitor visitor = Bob();
  visitor.set_priority(true);
  EXPECT_TRUE(ParseExpectedVisitor(visitor, Systems())->priority);
}

TEST(ParseExpectedVisitor, AWholeDomainSinceEver) {
  v1::ExpectedVisitor visitor = Bob();
  visitor.set_domain("South.example");
  visitor.clear_from();
  const auto entry = ParseExpectedVisitor(visitor, Systems());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->domain, "south.example");
  EXPECT_EQ(entry->canonical_id, "");
  EXPECT_EQ(entry->from, absl::InfinitePast());
}

TEST(ParseExpectedVisitor, WhatDoesNotFitIsNamed) {
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.clear_primary_system(); }), StartsWith("primary_system: "));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.set_primary_system("west"); }), HasSubstr("system table"));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.set_primary_system("north"); }), HasSubstr("own MC system"));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.set_primary_system("east"); }), StartsWith("primary_mc_service_id: "));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.clear_who(); }), HasSubstr("exactly one"));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.set_domain("east.example"); }), StartsWith("domain: "));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.set_domain(""); }), StartsWith("domain: "));
  EXPECT_THAT(VisitorRefusal([](auto& v) { v.clear_mc_service(); }), StartsWith("mc_service: "));
  EXPECT_EQ(VisitorRefusal([](auto& v) { v.clear_until(); }), "until: is missing");
  EXPECT_EQ(VisitorRefusal([](auto& v) { v.mutable_from()->set_seconds(2001); }), "until: must be later than from");
  EXPECT_EQ(VisitorRefusal([](auto& v) { *v.mutable_from() = v.until(); }), "until: must be later than from");
  EXPECT_EQ(VisitorRefusal([](auto& v) { v.mutable_until()->set_nanos(-1); }), "until: is out of range");
}

}  // namespace
}  // namespace mcmig::migration
