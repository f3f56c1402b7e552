#ifndef COMMON_REGISTER_TESTING_TRANSITION_VALUES_H_
#define COMMON_REGISTER_TESTING_TRANSITION_VALUES_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "common/register/transition.h"

// What the tables of the transitions are made of: one user, the partner MC systems p and q, and a record at kCurrent.
namespace mcmig::migration {

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
inline constexpr protocol::Epoch kCurrent{.incarnation = 1, .counter = 7};
inline constexpr protocol::Epoch kNext{.incarnation = 1, .counter = 8};

// Where the user is.
enum class At {
  kUnknownUser,  // no profiles either
  kNoRecord,
  kPrimary,
  kP,
  kQ,
  // At p, authorized until the skew bound before now; a nanosecond less long ago; later; and the same at q.
  kPOver,
  kPAlmostOver,
  kPLater,
  kQOver,
};
inline constexpr At kEverywhere[] = {At::kUnknownUser, At::kNoRecord,    At::kPrimary, At::kP,    At::kQ,
                                     At::kPOver,       At::kPAlmostOver, At::kPLater,  At::kQOver};
bool IsAtP(At at);
bool IsAtQ(At at);
bool IsOver(At at);

UserKey Alice();
protocol::RequestId IdOf(uint8_t first);
protocol::RequestDigest DigestOf(uint8_t first);
// With the policy's defaults in mind: a skew of 30 s.
Snapshot SnapshotAt(At at);
AnsweredRequest Answered(const std::string& partner, uint8_t id, uint8_t digest, uint64_t counter,
                         absl::Time issued_at = kNow);

protocol::Decision Permitted();
protocol::Decision Refused(protocol::Cause cause);
// A request by p, now, that step 6 permits.
Authorize RequestOfP();

// Fails the test unless `plan` takes the user of `snapshot` back: at primary, the next epoch, the request memory as it
// was, and a cancel at `cancelled` with the epoch that it held, or none where that is empty.
void ExpectTakenBack(const Snapshot& snapshot, const Plan& plan, Change change, const protocol::RequestId& request_id,
                     const identity::SystemName& cancelled);
// … unless it changes nothing.
void ExpectNothing(const Plan& plan, Outcome outcome, protocol::Cause cause = protocol::Cause::kNone);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_TRANSITION_VALUES_H_
