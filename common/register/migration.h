#ifndef COMMON_REGISTER_MIGRATION_H_
#define COMMON_REGISTER_MIGRATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/identity/peer.h"
#include "common/protocol/authorization.h"

// Value types of the primary's register: what step 7 records, and what a decision reads.
namespace mcmig::migration {

// One user and MC service: the key of a record.
struct UserKey {
  // McServiceId::canonical() of the primary MC service ID.
  std::string canonical_id;
  protocol::McService service = protocol::McService::kMcptt;
  friend auto operator<=>(const UserKey&, const UserKey&) = default;
};

enum class State : uint8_t { kAtPrimary = 1, kMigrated = 2 };

struct Record {
  protocol::Epoch epoch;
  State state = State::kAtPrimary;
  // As received, for people.
  std::string primary_mc_service_id;
  // The next three while migrated.
  identity::SystemName partner_system;
  std::string partner_mc_service_id;
  uint8_t profile_index = 0;
  bool through_gateway = false;
  absl::Time decided_at;
  protocol::RequestId request_id;
};

// One answered request: remembered within the replay window, so that a repetition gets the same answer.
struct AnsweredRequest {
  identity::SystemName partner_system;
  protocol::RequestId request_id;
  protocol::RequestDigest digest{};
  // The epoch of the success that was answered.
  protocol::Epoch epoch;
  absl::Time issued_at;
};

// One MC service user profile (TS 23.379 Annex A.3), as far as step 6 reads it.
struct Profile {
  uint8_t index = 0;
  std::string name;
  bool enabled = false;
  bool pre_selected = false;
  std::string organization;
  struct PartnerSystem {
    identity::SystemName system;
    std::string access_information;
  };
  std::vector<PartnerSystem> partner_systems;
  bool user_disabled = false;
};

// All profiles of one user and service. `version` changes with every change of any of them.
struct UserProfiles {
  uint64_t version = 0;
  std::string mc_service_id;  // as imported
  std::vector<Profile> profiles;
};

// A migration agreement, in the direction "own users to that partner MC system". `version` changes with its content.
struct Agreement {
  uint64_t version = 0;
  std::vector<protocol::McService> services;
};

// Everything that steps 6 and 7 decide on, read at one point in time.
struct Snapshot {
  std::optional<UserProfiles> user;
  std::optional<Agreement> agreement;  // with the partner MC system asked about
  std::optional<Record> record;
  std::vector<AnsweredRequest> answered;
};

// A change of one record, valid only where the record, the profiles and the agreement are still those it was decided
// on.
struct Mutation {
  UserKey key;
  // Epoch of the record that was read; {0, 0} where there was none.
  protocol::Epoch expected_epoch;
  uint64_t expected_profile_version = 0;
  identity::SystemName agreement_with;
  uint64_t expected_agreement_version = 0;

  Record record;                          // the new record
  std::vector<AnsweredRequest> answered;  // the new request memory
  // A cancel to deliver to the partner MC system that loses the user, with the epoch it holds.
  struct Cancel {
    identity::SystemName partner_system;
    protocol::Epoch epoch;
  };
  std::optional<Cancel> cancel;
};

// One change of a record, as the journal keeps it.
struct JournalEntry {
  // From 1, growing over the life of the store; a number is left out where a commit failed.
  uint64_t sequence = 0;
  UserKey key;
  protocol::Epoch epoch;  // after the change
  // Where the user was and is: a partner MC system, or empty for at the primary.
  identity::SystemName before;
  identity::SystemName after;
  protocol::RequestId request_id;
  absl::Time at;
};

// A cancel that awaits its delivery to the partner MC system that lost the user.
struct OutboxEntry {
  // JournalEntry::sequence of the change that wrote it: grows with every cancel.
  uint64_t sequence = 0;
  identity::SystemName partner_system;
  UserKey key;
  // The epoch that the partner MC system holds.
  protocol::Epoch epoch;
};

enum class CommitOutcome {
  kCommitted,        // durable
  kRecordChanged,    // the record is no longer at expected_epoch: nothing written
  kProfilesChanged,  // nothing written
  kAgreementChanged  // nothing written
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_MIGRATION_H_
