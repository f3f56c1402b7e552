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
constexpr std::array<CauseInfo, 24> kCauses = {{
    {.cause = Cause::kAccessTokenMissing,
     .number = v1::REFUSAL_CAUSE_ACCESS_TOKEN_MISSING,
     .name = "ACCESS_TOKEN_MISSING",
     .steps = "2",
     .public_form = Cause::kAccessTokenMissing,
     .text = "The request carried no access token of the partner MC system."},
    {.cause = Cause::kAccessTokenInvalid,
     .number = v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID,
     .name = "ACCESS_TOKEN_INVALID",
     .steps = "2",
     .public_form = Cause::kAccessTokenInvalid,
     .text = "The access token is malformed, or was not issued by the partner's identity management server."},
    {.cause = Cause::kAccessTokenExpired,
     .number = v1::REFUSAL_CAUSE_ACCESS_TOKEN_EXPIRED,
     .name = "ACCESS_TOKEN_EXPIRED",
     .steps = "2",
     .public_form = Cause::kAccessTokenExpired,
     .text = "The access token has expired, or is not valid yet."},
    {.cause = Cause::kAccessTokenOfAnotherUser,
     .number = v1::REFUSAL_CAUSE_ACCESS_TOKEN_OF_ANOTHER_USER,
     .name = "ACCESS_TOKEN_OF_ANOTHER_USER",
     .steps = "2",
     .public_form = Cause::kAccessTokenOfAnotherUser,
     .text = "The access token was issued for other MC service IDs than those requested."},
    {.cause = Cause::kAccessTokenScopeMissing,
     .number = v1::REFUSAL_CAUSE_ACCESS_TOKEN_SCOPE_MISSING,
     .name = "ACCESS_TOKEN_SCOPE_MISSING",
     .steps = "2",
     .public_form = Cause::kAccessTokenScopeMissing,
     .text = "The access token does not cover the requested MC service."},
    {.cause = Cause::kVisitorNotExpected,
     .number = v1::REFUSAL_CAUSE_VISITOR_NOT_EXPECTED,
     .name = "VISITOR_NOT_EXPECTED",
     .steps = "2",
     .public_form = Cause::kVisitorNotExpected,
     .text = "The partner MC system does not expect this visitor now."},
    {.cause = Cause::kNoAgreement,
     .number = v1::REFUSAL_CAUSE_NO_AGREEMENT,
     .name = "NO_AGREEMENT",
     .steps = "2, 4, 5, 6",
     .public_form = Cause::kNoAgreement,
     .text = "The two MC systems have no migration agreement for this MC service in this direction."},
    {.cause = Cause::kUnknownPrimarySystem,
     .number = v1::REFUSAL_CAUSE_UNKNOWN_PRIMARY_SYSTEM,
     .name = "UNKNOWN_PRIMARY_SYSTEM",
     .steps = "2, 3, 4",
     .public_form = Cause::kUnknownPrimarySystem,
     .text = "The primary MC service ID belongs to no MC system that is known to the partner."},
    {.cause = Cause::kOwnSystem,
     .number = v1::REFUSAL_CAUSE_OWN_SYSTEM,
     .name = "OWN_SYSTEM",
     .steps = "2, 3, 4",
     .public_form = Cause::kOwnSystem,
     .text = "The primary MC service ID belongs to the MC system that was asked; its own users do not migrate to it."},
    {.cause = Cause::kNotAuthorizedByPrimary,
     .number = v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY,
     .name = "NOT_AUTHORIZED_BY_PRIMARY",
     .steps = "5, 6, 7",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The primary MC system does not authorize this migration."},
    {.cause = Cause::kNotAUserOfThisSystem,
     .number = v1::REFUSAL_CAUSE_NOT_A_USER_OF_THIS_SYSTEM,
     .name = "NOT_A_USER_OF_THIS_SYSTEM",
     .steps = "5",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The primary MC service ID is not one of this MC system."},
    {.cause = Cause::kNoServerForUser,
     .number = v1::REFUSAL_CAUSE_NO_SERVER_FOR_USER,
     .name = "NO_SERVER_FOR_USER",
     .steps = "5",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "No MC service server is assigned to this user and MC service."},
    {.cause = Cause::kUserUnknown,
     .number = v1::REFUSAL_CAUSE_USER_UNKNOWN,
     .name = "USER_UNKNOWN",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The user has no profile for this MC service."},
    {.cause = Cause::kProfileUnknown,
     .number = v1::REFUSAL_CAUSE_PROFILE_UNKNOWN,
     .name = "PROFILE_UNKNOWN",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The user has no profile with this index."},
    {.cause = Cause::kProfileDisabled,
     .number = v1::REFUSAL_CAUSE_PROFILE_DISABLED,
     .name = "PROFILE_DISABLED",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The user profile is disabled."},
    {.cause = Cause::kProfileNotValidForPartner,
     .number = v1::REFUSAL_CAUSE_PROFILE_NOT_VALID_FOR_PARTNER,
     .name = "PROFILE_NOT_VALID_FOR_PARTNER",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The user profile is not valid for use in this partner MC system."},
    {.cause = Cause::kUserDisabled,
     .number = v1::REFUSAL_CAUSE_USER_DISABLED,
     .name = "USER_DISABLED",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The user is disabled."},
    {.cause = Cause::kMigratedElsewhere,
     .number = v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE,
     .name = "MIGRATED_ELSEWHERE",
     .steps = "7",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The user is migrated to another partner MC system and has to end that migration first."},
    {.cause = Cause::kConcurrent,
     .number = v1::REFUSAL_CAUSE_CONCURRENT,
     .name = "CONCURRENT",
     .steps = "7",
     .public_form = Cause::kConcurrent,
     .text = "Another change of the user's migration came first."},
    {.cause = Cause::kReplayed,
     .number = v1::REFUSAL_CAUSE_REPLAYED,
     .name = "REPLAYED",
     .steps = "7",
     .public_form = Cause::kReplayed,
     .text = "The request ID, or the primary credential, was used before for a different request."},
    {.cause = Cause::kSuperseded,
     .number = v1::REFUSAL_CAUSE_SUPERSEDED,
     .name = "SUPERSEDED",
     .steps = "7",
     .public_form = Cause::kSuperseded,
     .text = "The request was answered with success before, and the user's migration has changed since."},
    {.cause = Cause::kStaleRequest,
     .number = v1::REFUSAL_CAUSE_STALE_REQUEST,
     .name = "STALE_REQUEST",
     .steps = "7",
     .public_form = Cause::kStaleRequest,
     .text = "The request is too old to be repeated, or its time of issue is in the future."},
    {.cause = Cause::kPrimaryCredentialMissing,
     .number = v1::REFUSAL_CAUSE_PRIMARY_CREDENTIAL_MISSING,
     .name = "PRIMARY_CREDENTIAL_MISSING",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text = "The agreement with the partner MC system requires a primary credential, and the request carried none."},
    {.cause = Cause::kPrimaryCredentialInvalid,
     .number = v1::REFUSAL_CAUSE_PRIMARY_CREDENTIAL_INVALID,
     .name = "PRIMARY_CREDENTIAL_INVALID",
     .steps = "6",
     .public_form = Cause::kNotAuthorizedByPrimary,
     .text =
         "The primary credential is not one of the primary's identity management server for this migration, or not in "
         "time."},
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
