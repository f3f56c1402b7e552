#ifndef COMMON_REGISTER_TRANSITION_H_
#define COMMON_REGISTER_TRANSITION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"

// The life of a migration at the primary MC system: what each event may change in the record of its user. Step 7 of
// clause 10.6.3.3 is the first of them; all others, and what step 7 does beside success, are extensions.
namespace mcmig::migration {

// Step 7: a user asks, through a partner MC system, to be recorded there.
struct Authorize {
  UserKey key;
  // As received.
  std::string primary_mc_service_id;
  std::string partner_mc_service_id;
  uint8_t profile_index = 0;
  // The authenticated one.
  identity::SystemName partner_system;
  // Scoped to partner system, user and service: equal ones of two partner systems have nothing to do with each other.
  protocol::RequestId request_id;
  protocol::RequestDigest digest{};
  absl::Time issued_at;
  bool through_gateway = false;
  // The primary credential that step 6 found right: it proves that the user wants to be there, and is used up by this.
  std::optional<UsedCredential> credential = std::nullopt;
  // What step 6 says on the same snapshot. Unset is an error, never a permit.
  std::optional<protocol::Decision> permission = std::nullopt;
  // How often this call was decided before, each time in vain: the last commit found what `lost` says.
  int attempts = 0;
  CommitOutcome lost = CommitOutcome::kCommitted;
};

// Of a request between servers, which has request_id and issued_at; one without them is as old as can be, and refused.
Authorize EventOf(const protocol::AuthorizationRequest& request, const identity::SystemName& partner_system,
                  bool through_gateway);

// A partner MC system ends the migration that it knows by `epoch`.
struct End {
  UserKey key;
  identity::SystemName partner_system;  // the authenticated one
  protocol::Epoch epoch;
  protocol::RequestId request_id = {};
};

// An operator of the primary MC system takes a user back.
struct Revoke {
  UserKey key;
  protocol::RequestId request_id = {};
};

// A user asks for service authorization at home (clause 10.6.2): refused while migrated, unless the user asks to
// return. So no second device cuts off a user who is deployed.
struct AuthorizeAtHome {
  UserKey key;
  bool return_home = false;
  // The migration to return from; any where unset. A late repetition, which names it, ends no later one.
  std::optional<protocol::Epoch> return_from = std::nullopt;
  protocol::RequestId request_id = {};
};

// The time that a migration was authorized for may be over.
struct Expire {
  UserKey key;
};

// A profile of the user, or the agreement with the partner MC system, may have been changed or removed.
struct Recheck {
  UserKey key;
  // Of the record in the snapshot, which was read with the agreement with that system.
  identity::SystemName partner_system;
  // What step 6 says of the record on the same snapshot. Unset is an error.
  std::optional<protocol::Decision> permission = std::nullopt;
};

using Event = std::variant<Authorize, End, Revoke, AuthorizeAtHome, Expire, Recheck>;

struct Policy {
  // Whether a user who is migrated elsewhere, and proves with a credential to be at the asking partner MC system, may
  // move. Else that user is refused.
  bool move = false;
  // How long a request may be repeated.
  absl::Duration replay_window = absl::Minutes(10);
  // How far clocks of other systems may be ahead or behind.
  absl::Duration clock_skew = absl::Seconds(30);
  // MigrationStore::incarnation().
  uint64_t incarnation = 1;
  // How long a migration is authorized for.
  absl::Duration authorized_for = absl::InfiniteDuration();
};

// Bounds of the request memory, which is part of the record. Ours: a user who migrates more often than that within one
// replay window is not a person.
constexpr size_t kMaxAnsweredPerPartner = 16;
constexpr size_t kMaxAnswered = 64;

// How often a request is decided before it is given up: Authorize is refused with kConcurrent.
constexpr int kMaxAttempts = 4;

enum class Outcome : uint8_t {
  kChanged,      // as `mutation` says, once that is committed
  kUnchanged,    // there is nothing to change: the user is at the primary, or the event does not apply (any more)
  kRefused,      // Authorize, AuthorizeAtHome: for `cause`
  kRepeated,     // Authorize: the success that was answered before
  kStale,        // End: the partner MC system is on record with another epoch, `epoch`
  kNotOnRecord,  // End: it is not. The same for every user who is not migrated to it, known or not
};

// What becomes of an event.
struct Plan {
  Outcome outcome = Outcome::kUnchanged;
  protocol::Cause cause = protocol::Cause::kNone;  // other than kNone exactly where refused
  const char* rule = "";                           // as Decision::rule
  // Where changed or repeated: of the record then. Where stale, or refused at home: of the record now.
  std::optional<protocol::Epoch> epoch = std::nullopt;
  // Of the migration that was authorized, now or before.
  absl::Time authorized_until = absl::InfiniteFuture();
  // Set exactly where changed.
  std::optional<Mutation> mutation = std::nullopt;

  // The answer to Authorize.
  [[nodiscard]] protocol::Decision decision() const { return {cause, rule, epoch, authorized_until}; }
};

// What `event` makes of the record of its user, as it is in `snapshot`, at `now`: the tables of docs/register.md. Pure;
// total; thread-safe. Whoever commits the mutation, and finds that another change came first, reads and decides anew.
//
// RESOURCE_EXHAUSTED, of Authorize only: the request memory is full; nothing recorded, possible again when its oldest
// entry has left the replay window. INTERNAL: the permission of step 6 is missing, or the record is of a later
// incarnation than the store.
absl::StatusOr<Plan> Transition(const Snapshot& snapshot, const Event& event, absl::Time now, const Policy& policy);

const UserKey& KeyOf(const Event& event);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TRANSITION_H_
