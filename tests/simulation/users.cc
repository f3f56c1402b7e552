#include "tests/simulation/users.h"

#include "absl/strings/str_cat.h"
#include "services/testing/systems.h"
#include "tests/simulation/events.h"

namespace mcmig::simulation {
namespace {

struct Person {
  const char* name;
  protocol::McService service;
  bool expected;
};

constexpr Person kPersons[kUsers] = {{"alice", protocol::McService::kMcptt, true},
                                     {"bob", protocol::McService::kMcptt, true},
                                     {"alice", protocol::McService::kMcvideo, true},
                                     {"carol", protocol::McService::kMcptt, false}};

}  // namespace

std::string PrimaryIdOf(size_t which) { return absl::StrCat("sip:", kPersons[which].name, "@north.example"); }

UserKey User(size_t which) { return {testing::Id(PrimaryIdOf(which)).canonical(), kPersons[which].service}; }

std::string PartnerIdOf(size_t which, const std::string& partner, bool second) {
  return absl::StrCat("sip:", kPersons[which].name, second ? "-2" : "", "@", partner, ".example");
}

migration::MigrationStore::ProfileEntry ProfileOf(size_t which, uint8_t index, bool enabled,
                                                  const std::vector<std::string>& partners) {
  migration::Profile profile;
  profile.index = index;
  profile.enabled = enabled;
  for (const std::string& partner : partners) profile.partner_systems.push_back({partner, ""});
  return {User(which), PrimaryIdOf(which), profile};
}

std::vector<migration::MigrationStore::ProfileEntry> InitialProfiles() {
  std::vector<migration::MigrationStore::ProfileEntry> entries;
  for (size_t which = 0; which < kUsers; ++which) {
    entries.push_back(ProfileOf(which, 0, true, {"south", "east"}));
    entries.push_back(ProfileOf(which, 1, true, {"south", "east"}));
    entries.push_back(ProfileOf(which, 2, true, {"south"}));
    entries.push_back(ProfileOf(which, 3, false, {"south", "east"}));
  }
  return entries;
}

std::vector<migration::ExpectedVisitor> ExpectedAt(const std::string& partner, Model& model) {
  std::vector<migration::ExpectedVisitor> entries;
  for (size_t which = 0; which < kUsers; ++which) {
    if (!kPersons[which].expected) continue;
    migration::ExpectedVisitor entry;
    entry.primary_system = "north";
    entry.canonical_id = User(which).canonical_id;
    entry.service = User(which).service;
    entry.until = Events::Start() + absl::Hours(1000);
    entry.mc_service_id = PrimaryIdOf(which);
    entries.push_back(entry);
    model.Expects(partner, User(which));
  }
  return entries;
}

}  // namespace mcmig::simulation
