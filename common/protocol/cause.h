#ifndef COMMON_PROTOCOL_CAUSE_H_
#define COMMON_PROTOCOL_CAUSE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mcmig::protocol {

// Why a migration was refused. The one table of causes: cause.cc lists each with its step, its number in
// mcmig.v1.RefusalCause, its public form and its text; docs/outcomes.md shows the same table, and a test compares them.
enum class Cause {
  kNone,
  kAccessTokenMissing,
  kAccessTokenInvalid,
  kAccessTokenExpired,
  kAccessTokenOfAnotherUser,
  kAccessTokenScopeMissing,
  kVisitorNotExpected,
  kNoAgreement,
  kUnknownPrimarySystem,
  kOwnSystem,
  kNotAuthorizedByPrimary,
  kNotAUserOfThisSystem,
  kNoServerForUser,
  kUserUnknown,
  kProfileUnknown,
  kProfileDisabled,
  kProfileNotValidForPartner,
  kUserDisabled,
  kMigratedElsewhere,
  kConcurrent,
  kReplayed,
  kSuperseded,
  kStaleRequest,
  kPrimaryCredentialMissing,
  kPrimaryCredentialInvalid,
};

struct CauseInfo {
  Cause cause = Cause::kNone;
  // mcmig.v1.RefusalCause.
  int number = 0;
  // As in the contract, without the prefix: "VISITOR_NOT_EXPECTED".
  absl::string_view name;
  // Steps of clause 10.6.3.3 that decide it, e.g. "2" or "3, 4".
  absl::string_view steps;
  // What another MC system and its clients see instead; the cause itself where nothing is hidden.
  Cause public_form = Cause::kNone;
  // For people: one sentence without identities.
  absl::string_view text;
};

// Every cause but kNone, by number.
absl::Span<const CauseInfo> AllCauses();
// Total: kNone has name "NONE" and number 0.
const CauseInfo& InfoOf(Cause cause);
// The cause with this number; kNone for an unknown one.
Cause CauseOfNumber(int number);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_CAUSE_H_
