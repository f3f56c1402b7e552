// The claims of an access token: token::ReadClaims, and the rule of step 2 on what was read.
#include <algorithm>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/token/access_token_check.h"
#include "common/token/claims.h"
#include "nlohmann/json.hpp"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using identity::McServiceId;
using nlohmann::json;
using token::AccessToken;

constexpr char kIssuer[] = "https://idms.south.example";
constexpr char kAudience[] = "mcptt-south";
constexpr char kUser[] = "sip:visitor-alice@south.example";
constexpr char kPrimary[] = "sip:alice@north.example";

double SecondsOf(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

// The claims again, as an issuer would write them.
std::string Print(const AccessToken& token) {
  json claims = {{"exp", SecondsOf(token.expires)}, {"scope", absl::StrJoin(token.scopes, " ")}};
  if (token.not_before != absl::InfinitePast()) claims["nbf"] = SecondsOf(token.not_before);
  const std::pair<const char*, std::string> ids[] = {{"mcptt_id", token.mcptt_id},
                                                     {"mcvideo_id", token.mcvideo_id},
                                                     {"mcdata_id", token.mcdata_id},
                                                     {"mcmig_primary_id", token.primary_id}};
  for (const auto& [name, id] : ids) {
    if (!id.empty()) claims[name] = id;
  }
  return claims.dump();
}

// As near as a double of seconds can be in the year 9999.
bool Near(absl::Time a, absl::Time b) { return a == b || absl::AbsDuration(a - b) < absl::Milliseconds(1); }

void RequireSame(const AccessToken& a, const AccessToken& b) {
  Require(Near(a.expires, b.expires) && Near(a.not_before, b.not_before), "the times are the same");
  Require(a.mcptt_id == b.mcptt_id && a.mcvideo_id == b.mcvideo_id && a.mcdata_id == b.mcdata_id &&
              a.primary_id == b.primary_id && a.scopes == b.scopes,
          "the claims are the same");
}

void RequireLimits(const AccessToken& token) {
  for (const std::string* id : {&token.mcptt_id, &token.mcvideo_id, &token.mcdata_id, &token.primary_id}) {
    Require(id->size() <= token::kMaxIdClaimBytes, "an ID keeps its limit");
  }
  Require(token.scopes.size() <= token::kMaxScopes, "scopes keep their limit");
  for (const std::string& scope : token.scopes) Require(!scope.empty(), "no scope is empty");
  Require(token.expires >= absl::UnixEpoch() && token.expires < absl::FromUnixSeconds(253'402'300'800),
          "the time is one of the contract");
}

// Where step 2 lets a token pass, it stands for this user, for this service, now.
void RequireHolder(const AccessToken& token) {
  const McServiceId user = *McServiceId::Parse(kUser);
  const McServiceId primary = *McServiceId::Parse(kPrimary);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const absl::StatusOr<AccessToken> verified = token;
  const protocol::Decision decision = token::CheckAccessToken(
      {.presented = true, .token = verified, .leeway = absl::Hours(1)},
      {.service = protocol::McService::kMcptt, .mc_service_id = user, .primary_mc_service_id = &primary}, now);
  Require(*decision.rule != '\0', "a decision names its rule");
  if (decision.cause != protocol::Cause::kNone) return;
  const absl::StatusOr<McServiceId> claimed = McServiceId::Parse(token.mcptt_id);
  const absl::StatusOr<McServiceId> claimed_primary = McServiceId::Parse(token.primary_id);
  Require(claimed.ok() && *claimed == user && claimed_primary.ok() && *claimed_primary == primary,
          "a token that passes names both IDs");
  Require(token.expires + token::kMaxLeeway > now && token.not_before - token::kMaxLeeway <= now,
          "a token that passes is in time, whatever leeway is configured");
  Require(std::find(token.scopes.begin(), token.scopes.end(), "3gpp:mc:ptt_service") != token.scopes.end(),
          "a token that passes has the scope");
}

void Check(absl::string_view payload) {
  const absl::StatusOr<AccessToken> token = token::ReadClaims(payload, {});
  const absl::StatusOr<AccessToken> of_issuer = token::ReadClaims(payload, {.issuer = kIssuer, .audience = {}});
  const absl::StatusOr<AccessToken> for_audience = token::ReadClaims(payload, {.issuer = {}, .audience = kAudience});
  for (const auto* checked : {&of_issuer, &for_audience}) {
    if (!checked->ok()) RequireRefusal(checked->status(), absl::StatusCode::kUnauthenticated, payload);
    Require(!checked->ok() || token.ok(), "an origin to check makes nothing acceptable");
  }
  if (!token.ok()) return RequireRefusal(token.status(), absl::StatusCode::kUnauthenticated, payload);

  const json claims = json::parse(payload.begin(), payload.end(), nullptr, false);
  Require(!of_issuer.ok() || claims["iss"] == kIssuer, "the issuer is the configured one");
  if (for_audience.ok()) {
    const json audience = claims["aud"].is_array() ? claims["aud"] : json::array({claims["aud"]});
    Require(std::find(audience.begin(), audience.end(), json(kAudience)) != audience.end(),
            "the audience holds the configured one");
  }
  RequireLimits(*token);
  const absl::StatusOr<AccessToken> again = token::ReadClaims(Print(*token), {});
  Require(again.ok(), "claims that were read, printed, are read again");
  RequireSame(*token, *again);
  RequireHolder(*token);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
