#ifndef COMMON_REGISTER_MIGRATION_H_
#define COMMON_REGISTER_MIGRATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/identity/peer.h"
#include "common/protocol/authorization.h"
#include "common/register/answered_request.h"
#include "common/register/profile.h"

// Value types of the primary's register: what step 7 records, and what a decision reads.
namespace mcmig::migration {

// One user and MC service: the key of a record.
struct UserKey {
  // McServiceId::canonical() of the primary MC service ID.
  std::string canonical_id;
  protocol::McService service = protocol::McService::kMcptt;
  friend auto operator<=>(const UserKey&, const UserKey&) = default;
  template <class H>
  friend H AbslHashValue(H state, const UserKey& key) {
    return H::combine(std::move(state), key.canonical_id, key.service);
  }
};

enum class State : uint8_t { kAtPrimary = 1, kMigrated = 2 };

// Where one user is, for one MC service. Once made it stays, so that its epochs never repeat.
struct Record {
  // The highest that this user and service ever had.
  protocol::Epoch epoch;
  State state = State::kAtPrimary;
  // As received, for people.
  std::string primary_mc_service_id;
  // The next five while migrated.
  identity::SystemName partner_system;
  std::string partner_mc_service_id;
  uint8_t profile_index = 0;
  bool through_gateway = false;
  // When the migration ends by itself.
  absl::Time authorized_until = absl::InfiniteFuture();
  absl::Time decided_at;
  // Of the request that made the last change; zero where none did.
  protocol::RequestId request_id;
};

// Whether a migrated user's migration is beyond the time that it was authorized for, at `now`, whether or not that has
// been recorded yet, where the clocks of two MC systems are at most `clock_skew` apart. By then the partner MC system
// serves the user no more, even if its clock is slow.
inline bool IsOver(const Record& record, absl::Time now, absl::Duration clock_skew) {
  return record.authorized_until + clock_skew <= now;
}

// What changed a record.
enum class Change : uint8_t {
  kAuthorized = 1,    // a partner MC system, by step 7: migrated, authorized anew, or moved
  kEnded = 2,         // the partner MC system on record
  kRevoked = 3,       // an operator
  kReturnedHome = 4,  // a service authorization at home that asked for return
  kExpired = 5,       // the end of the time it was authorized for
  kWithdrawn = 6,     // step 6, which no longer permits it: a profile or an agreement changed
};

// Everything that steps 6 and 7 decide on, read at one point in time.
struct Snapshot {
  std::optional<UserProfiles> user;
  std::optional<Agreement> agreement;  // with the partner MC system asked about
  std::optional<Record> record;
  std::vector<AnsweredRequest> answered;
};

// A change of one record, valid only where all that it was decided on is still the same.
struct Mutation {
  UserKey key;
  Change change = Change::kAuthorized;
  // Epoch of the record that was read; {0, 0} where there was none.
  protocol::Epoch expected_epoch;
  // What step 6 read, where the change rests on it; version 0 where there was none.
  struct Permission {
    uint64_t profile_version = 0;
    identity::SystemName agreement_with;
    uint64_t agreement_version = 0;
  };
  std::optional<Permission> permission;

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
  Change change = Change::kAuthorized;
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
  // When it was written: how long it has waited.
  absl::Time at;
};

enum class CommitOutcome {
  kCommitted,        // durable
  kRecordChanged,    // the record is no longer at expected_epoch: nothing written
  kProfilesChanged,  // nothing written
  kAgreementChanged  // nothing written
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_MIGRATION_H_
