#include "common/token/claims.h"

#include <cstdint>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/digest/sha256.h"
#include "common/token/json_object.h"
#include "common/token/jws.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

// 9999-12-31T23:59:59Z, the last second that a timestamp of the contract can hold.
constexpr double kLastSecond = 253'402'300'799;
constexpr uint64_t kMaxProfileIndex = 255;

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

struct Times {
  absl::Time expires;
  absl::Time not_before;
  absl::Time issued;  // InfinitePast where absent
};

absl::StatusOr<Times> ReadTimes(const Json& claims) {
  if (!claims.contains("exp")) return Refused("exp", "missing");
  const absl::StatusOr<absl::Time> expires = ReadTime(claims, "exp", absl::InfinitePast());
  if (!expires.ok()) return expires.status();
  const absl::StatusOr<absl::Time> not_before = ReadTime(claims, "nbf", absl::InfinitePast());
  if (!not_before.ok()) return not_before.status();
  // No decision about an access token needs it, but an issuer that writes it wrongly is not trusted with the rest.
  const absl::StatusOr<absl::Time> issued = ReadTime(claims, "iat", absl::InfinitePast());
  if (!issued.ok()) return issued.status();
  return Times{.expires = *expires, .not_before = *not_before, .issued = *issued};
}

// The service ID claims, which both kinds of token have.
template <class Token>
absl::Status ReadServiceIds(const Json& claims, Token& token) {
  if (absl::Status status = ReadId(claims, "mcptt_id", token.mcptt_id); !status.ok()) return status;
  if (absl::Status status = ReadId(claims, "mcvideo_id", token.mcvideo_id); !status.ok()) return status;
  return ReadId(claims, "mcdata_id", token.mcdata_id);
}

absl::StatusOr<std::optional<uint8_t>> ReadProfileIndex(const Json& claims) {
  constexpr const char* kName = "mcmig_profile_index";
  const Json* claim = FindMember(claims, kName);
  if (claim == nullptr) return std::nullopt;
  if (!claim->is_number_unsigned() || claim->get<uint64_t>() > kMaxProfileIndex) {
    return Refused(kName, "not a whole number of 0 to 255");
  }
  return static_cast<uint8_t>(claim->get<uint64_t>());
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
  const absl::StatusOr<Times> times = ReadTimes(*claims);
  if (!times.ok()) return times.status();
  AccessToken token;
  token.expires = times->expires;
  token.not_before = times->not_before;
  if (absl::Status status = ReadServiceIds(*claims, token); !status.ok()) return status;
  if (absl::Status status = ReadId(*claims, "mcmig_primary_id", token.primary_id); !status.ok()) return status;
  const absl::StatusOr<std::string> scope = ReadString(*claims, "scope", kMaxScopeBytes);
  if (!scope.ok()) return scope.status();
  token.scopes = absl::StrSplit(*scope, ' ', absl::SkipEmpty());
  if (token.scopes.size() > kMaxScopes) return Refused("scope", "too many values");
  return token;
}

absl::StatusOr<PrimaryCredential> ReadCredentialClaims(absl::string_view payload, const TokenOrigin& origin) {
  // An empty one would not be checked.
  if (origin.issuer.empty() || origin.audience.empty()) return Refused("iss", "no issuer or audience is configured");
  const absl::StatusOr<Json> claims = ParseJsonObject(payload, kMaxTokenBytes);
  if (!claims.ok()) return Refused("payload", claims.status().message());
  if (absl::Status status = CheckIssuer(*claims, origin.issuer); !status.ok()) return status;
  if (absl::Status status = CheckAudience(*claims, origin.audience); !status.ok()) return status;
  const absl::StatusOr<Times> times = ReadTimes(*claims);
  if (!times.ok()) return times.status();
  if (times->issued == absl::InfinitePast()) return Refused("iat", "missing");
  const absl::StatusOr<std::string> id = ReadString(*claims, "jti", kMaxTokenIdBytes);
  if (!id.ok()) return id.status();
  if (id->empty()) return Refused("jti", "missing or empty");
  PrimaryCredential credential;
  credential.expires = times->expires;
  credential.issued = times->issued;
  credential.not_before = times->not_before;
  credential.id = digest::Sha256Of(*id);
  if (absl::Status status = ReadServiceIds(*claims, credential); !status.ok()) return status;
  const absl::StatusOr<std::optional<uint8_t>> profile_index = ReadProfileIndex(*claims);
  if (!profile_index.ok()) return profile_index.status();
  credential.profile_index = *profile_index;
  return credential;
}

}  // namespace mcmig::token
