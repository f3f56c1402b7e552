#include "common/protocol/cause.h"

#include <array>
#include <cstddef>

#include "mcmig/v1/migration.pb.h"

namespace mcmig::protocol {
namespace {

constexpr CauseInfo kNoCause = {.cause = Cause::kNone,
                                .number = 0,
                                .name = "NONE",
                                .steps = "",
                                .public_form = Cause::kNone,
                                .text = "Not refused."};

// By number, without gaps: entry i has number i + 1.
constexpr std::array<CauseInfo, 22> kCauses = {{
    {Cause::kAccessTokenMissing, v1::REFUSAL_CAUSE_ACCESS_TOKEN_MISSING, "ACCESS_TOKEN_MISSING", "2",
     Cause::kAccessTokenMissing, "The request carried no access token of the partner MC system."},
    {Cause::kAccessTokenInvalid, v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID, "ACCESS_TOKEN_INVALID", "2",
     Cause::kAccessTokenInvalid,
     "The access token is malformed, or was not issued by the partner's identity management server."},
    {Cause::kAccessTokenExpired, v1::REFUSAL_CAUSE_ACCESS_TOKEN_EXPIRED, "ACCESS_TOKEN_EXPIRED", "2",
     Cause::kAccessTokenExpired, "The access token has expired, or is not valid yet."},
    {Cause::kAccessTokenOfAnotherUser, v1::REFUSAL_CAUSE_ACCESS_TOKEN_OF_ANOTHER_USER, "ACCESS_TOKEN_OF_ANOTHER_USER",
     "2", Cause::kAccessTokenOfAnotherUser,
     "The access token was issued for other MC service IDs than those requested."},
    {Cause::kAccessTokenScopeMissing, v1::REFUSAL_CAUSE_ACCESS_TOKEN_SCOPE_MISSING, "ACCESS_TOKEN_SCOPE_MISSING", "2",
     Cause::kAccessTokenScopeMissing, "The access token does not cover the requested MC service."},
    {Cause::kVisitorNotExpected, v1::REFUSAL_CAUSE_VISITOR_NOT_EXPECTED, "VISITOR_NOT_EXPECTED", "2",
     Cause::kVisitorNotExpected, "The partner MC system does not expect this visitor now."},
    {Cause::kNoAgreement, v1::REFUSAL_CAUSE_NO_AGREEMENT, "NO_AGREEMENT", "2, 4, 5, 6", Cause::kNoAgreement,
     "The two MC systems have no migration agreement for this MC service in this direction."},
    {Cause::kUnknownPrimarySystem, v1::REFUSAL_CAUSE_UNKNOWN_PRIMARY_SYSTEM, "UNKNOWN_PRIMARY_SYSTEM", "2, 3, 4",
     Cause::kUnknownPrimarySystem, "The primary MC service ID belongs to no MC system that is known to the partner."},
    {Cause::kOwnSystem, v1::REFUSAL_CAUSE_OWN_SYSTEM, "OWN_SYSTEM", "2, 3, 4", Cause::kOwnSystem,
     "The primary MC service ID belongs to the MC system that was asked; its own users do not migrate to it."},
    {Cause::kNotAuthorizedByPrimary, v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY, "NOT_AUTHORIZED_BY_PRIMARY",
     "5, 6, 7", Cause::kNotAuthorizedByPrimary, "The primary MC system does not authorize this migration."},
    {Cause::kNotAUserOfThisSystem, v1::REFUSAL_CAUSE_NOT_A_USER_OF_THIS_SYSTEM, "NOT_A_USER_OF_THIS_SYSTEM", "5",
     Cause::kNotAuthorizedByPrimary, "The primary MC service ID is not one of this MC system."},
    {Cause::kNoServerForUser, v1::REFUSAL_CAUSE_NO_SERVER_FOR_USER, "NO_SERVER_FOR_USER", "5",
     Cause::kNotAuthorizedByPrimary, "No MC service server is assigned to this user and MC service."},
    {Cause::kUserUnknown, v1::REFUSAL_CAUSE_USER_UNKNOWN, "USER_UNKNOWN", "6", Cause::kNotAuthorizedByPrimary,
     "The user has no profile for this MC service."},
    {Cause::kProfileUnknown, v1::REFUSAL_CAUSE_PROFILE_UNKNOWN, "PROFILE_UNKNOWN", "6", Cause::kNotAuthorizedByPrimary,
     "The user has no profile with this index."},
    {Cause::kProfileDisabled, v1::REFUSAL_CAUSE_PROFILE_DISABLED, "PROFILE_DISABLED", "6",
     Cause::kNotAuthorizedByPrimary, "The user profile is disabled."},
    {Cause::kProfileNotValidForPartner, v1::REFUSAL_CAUSE_PROFILE_NOT_VALID_FOR_PARTNER,
     "PROFILE_NOT_VALID_FOR_PARTNER", "6", Cause::kNotAuthorizedByPrimary,
     "The user profile is not valid for use in this partner MC system."},
    {Cause::kUserDisabled, v1::REFUSAL_CAUSE_USER_DISABLED, "USER_DISABLED", "6", Cause::kNotAuthorizedByPrimary,
     "The user is disabled."},
    {Cause::kMigratedElsewhere, v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE, "MIGRATED_ELSEWHERE", "7",
     Cause::kNotAuthorizedByPrimary,
     "The user is migrated to another partner MC system and has to end that migration first."},
    {Cause::kConcurrent, v1::REFUSAL_CAUSE_CONCURRENT, "CONCURRENT", "7", Cause::kConcurrent,
     "Another change of the user's migration came first."},
    {Cause::kReplayed, v1::REFUSAL_CAUSE_REPLAYED, "REPLAYED", "7", Cause::kReplayed,
     "The request ID was used before for a different request."},
    {Cause::kSuperseded, v1::REFUSAL_CAUSE_SUPERSEDED, "SUPERSEDED", "7", Cause::kSuperseded,
     "The request was answered with success before, and the user's migration has changed since."},
    {Cause::kStaleRequest, v1::REFUSAL_CAUSE_STALE_REQUEST, "STALE_REQUEST", "7", Cause::kStaleRequest,
     "The request is too old to be repeated, or its time of issue is in the future."},
}};

constexpr bool IsInOrder() {
  for (size_t i = 0; i < kCauses.size(); ++i) {
    if (kCauses[i].number != static_cast<int>(i) + 1 || kCauses[i].cause != static_cast<Cause>(i + 1)) return false;
  }
  return true;
}
static_assert(IsInOrder(), "InfoOf and CauseOfNumber index the table");
static_assert(kCauses.size() == static_cast<size_t>(v1::RefusalCause_MAX),
              "every cause of the contract is in the table");

}  // namespace

absl::Span<const CauseInfo> AllCauses() { return kCauses; }

const CauseInfo& InfoOf(Cause cause) {
  const auto index = static_cast<size_t>(cause);
  return index == 0 || index > kCauses.size() ? kNoCause : kCauses[index - 1];
}

Cause CauseOfNumber(int number) {
  return number < 1 || number > static_cast<int>(kCauses.size()) ? Cause::kNone : static_cast<Cause>(number);
}

}  // namespace mcmig::protocol
