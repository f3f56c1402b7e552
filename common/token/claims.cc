#include "common/token/claims.h"

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/token/json_object.h"
#include "common/token/jws.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

// 9999-12-31T23:59:59Z, the last second that a timestamp of the contract can hold.
constexpr double kLastSecond = 253'402'300'799;

absl::Status Refused(absl::string_view claim, absl::string_view reason) {
  return absl::UnauthenticatedError(absl::StrCat(claim, ": ", reason));
}

// `absent` where there is no such claim.
absl::StatusOr<absl::Time> ReadTime(const Json& claims, const char* name, absl::Time absent) {
  const Json* claim = FindMember(claims, name);
  if (claim == nullptr) return absent;
  if (!claim->is_number()) return Refused(name, "not a number");
  const auto seconds = claim->get<double>();
  if (seconds < 0 || seconds > kLastSecond) return Refused(name, "out of range");
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

// Empty where the claim is absent.
absl::StatusOr<std::string> ReadString(const Json& claims, const char* name, size_t max_bytes) {
  const Json* claim = FindMember(claims, name);
  if (claim == nullptr) return "";
  const auto* text = claim->get_ptr<const std::string*>();
  if (text == nullptr) return Refused(name, "not a string");
  if (text->size() > max_bytes) return Refused(name, "too long");
  return *text;
}

absl::Status ReadId(const Json& claims, const char* name, std::string& id) {
  absl::StatusOr<std::string> text = ReadString(claims, name, kMaxIdClaimBytes);
  if (!text.ok()) return text.status();
  if (text->empty() && claims.contains(name)) return Refused(name, "empty");
  id = *std::move(text);
  return absl::OkStatus();
}

absl::Status ReadTimes(const Json& claims, AccessToken& token) {
  if (!claims.contains("exp")) return Refused("exp", "missing");
  const absl::StatusOr<absl::Time> expires = ReadTime(claims, "exp", absl::InfinitePast());
  if (!expires.ok()) return expires.status();
  const absl::StatusOr<absl::Time> not_before = ReadTime(claims, "nbf", absl::InfinitePast());
  if (!not_before.ok()) return not_before.status();
  token.expires = *expires;
  token.not_before = *not_before;
  // No decision needs it, but an issuer that writes it wrongly is not trusted with the rest.
  return ReadTime(claims, "iat", absl::InfinitePast()).status();
}

absl::Status CheckIssuer(const Json& claims, const std::string& issuer) {
  const absl::StatusOr<std::string> actual = ReadString(claims, "iss", kMaxTokenBytes);
  if (!actual.ok()) return actual.status();
  if (!issuer.empty() && *actual != issuer) return Refused("iss", "not the configured issuer");
  return absl::OkStatus();
}

absl::Status CheckAudience(const Json& claims, const std::string& audience) {
  const Json* claim = FindMember(claims, "aud");
  bool named = false;
  if (claim != nullptr) {
    const auto is_string = [](const Json& value) { return value.is_string(); };
    const bool array = claim->is_array() && absl::c_all_of(*claim, is_string);
    if (!array && !claim->is_string()) return Refused("aud", "not a string or an array of strings");
    named = array ? absl::c_linear_search(*claim, Json(audience)) : *claim == Json(audience);
  }
  if (!audience.empty() && !named) return Refused("aud", "does not hold the configured audience");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AccessToken> ReadClaims(absl::string_view payload, const TokenOrigin& origin) {
  const absl::StatusOr<Json> claims = ParseJsonObject(payload, kMaxTokenBytes);
  if (!claims.ok()) return Refused("payload", claims.status().message());
  if (absl::Status status = CheckIssuer(*claims, origin.issuer); !status.ok()) return status;
  if (absl::Status status = CheckAudience(*claims, origin.audience); !status.ok()) return status;
  AccessToken token;
  if (absl::Status status = ReadTimes(*claims, token); !status.ok()) return status;
  if (absl::Status status = ReadId(*claims, "mcptt_id", token.mcptt_id); !status.ok()) return status;
  if (absl::Status status = ReadId(*claims, "mcvideo_id", token.mcvideo_id); !status.ok()) return status;
  if (absl::Status status = ReadId(*claims, "mcdata_id", token.mcdata_id); !status.ok()) return status;
  if (absl::Status status = ReadId(*claims, "mcmig_primary_id", token.primary_id); !status.ok()) return status;
  const absl::StatusOr<std::string> scope = ReadString(*claims, "scope", kMaxScopeBytes);
  if (!scope.ok()) return scope.status();
  token.scopes = absl::StrSplit(*scope, ' ', absl::SkipEmpty());
  if (token.scopes.size() > kMaxScopes) return Refused("scope", "too many values");
  return token;
}

}  // namespace mcmig::token
