#include "common/register/testing/migration_store_values.h"

#include "absl/strings/str_cat.h"

namespace mcmig::migration {

using protocol::Epoch;
using protocol::McService;

UserKey UserNamed(absl::string_view name) {
  return {.canonical_id = absl::StrCat("sip:", name, "@north.example"), .service = McService::kMcptt};
}

MigrationStore::ProfileEntry ProfileOf(const UserKey& key, uint8_t index) {
  Profile profile;
  profile.index = index;
  profile.name = "on duty";
  profile.enabled = true;
  profile.organization = "fire";
  profile.partner_systems = {{.system = "p", .access_information = "https://idms.p.example"},
                             {.system = "q", .access_information = ""}};
  return {.key = key, .mc_service_id = key.canonical_id, .profile = profile};
}

Mutation MigrateTo(const identity::SystemName& partner, const UserKey& key, const Snapshot& snapshot) {
  Mutation mutation;
  mutation.key = key;
  mutation.expected_epoch = snapshot.record ? snapshot.record->epoch : Epoch{};
  mutation.permission = Mutation::Permission{.profile_version = snapshot.user ? snapshot.user->version : 0,
                                             .agreement_with = partner,
                                             .agreement_version = snapshot.agreement ? snapshot.agreement->version : 0};
  Record& record = mutation.record;
  record.epoch = {.incarnation = 1, .counter = mutation.expected_epoch.counter + 1};
  record.state = State::kMigrated;
  record.primary_mc_service_id = key.canonical_id;
  record.partner_system = partner;
  record.partner_mc_service_id = absl::StrCat("sip:visitor@", partner, ".example");
  record.profile_index = 200;
  record.through_gateway = true;
  record.decided_at = absl::FromUnixNanos(1'700'000'000'123'456'789);
  record.request_id.bytes = {9, 0, 7};
  AnsweredRequest answered;
  answered.partner_system = partner;
  answered.request_id = record.request_id;
  answered.digest[31] = 5;
  answered.epoch = record.epoch;
  answered.issued_at = record.decided_at - absl::Seconds(1);
  mutation.answered = {answered};
  return mutation;
}

Mutation TakeBack(Change change, const UserKey& key, const Snapshot& snapshot) {
  Mutation mutation;
  mutation.key = key;
  mutation.change = change;
  mutation.expected_epoch = snapshot.record->epoch;
  mutation.record.epoch = {.incarnation = 1, .counter = mutation.expected_epoch.counter + 1};
  mutation.record.primary_mc_service_id = key.canonical_id;
  mutation.record.decided_at = absl::FromUnixNanos(1'700'000'009'000'000'001);
  mutation.answered = snapshot.answered;
  mutation.cancel =
      Mutation::Cancel{.partner_system = snapshot.record->partner_system, .epoch = snapshot.record->epoch};
  return mutation;
}

}  // namespace mcmig::migration
