#include "common/token/jws.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/token/base64url.h"
#include "common/token/json_object.h"

namespace mcmig::token {
namespace {

// Type of the payload that marks a refusal.
constexpr char kUnknownKey[] = "mcmig/unknown-key";

absl::Status Refused(absl::string_view reason) { return absl::UnauthenticatedError(reason); }

// The part of a media type that `typ` carries (RFC 7515 section 4.1.9).
absl::string_view MediaSubtype(absl::string_view type) {
  constexpr absl::string_view kPrefix = "application/";
  return absl::StartsWithIgnoreCase(type, kPrefix) ? type.substr(kPrefix.size()) : type;
}

absl::Status CheckType(const nlohmann::json& header, absl::Span<const absl::string_view> types) {
  absl::string_view actual;
  if (const nlohmann::json* member = FindMember(header, "typ"); member != nullptr) {
    const auto* type = member->get_ptr<const std::string*>();
    if (type != nullptr) actual = MediaSubtype(*type);
    // Only a missing member counts as absent.
    if (actual.empty()) return Refused("typ: not a name");
  }
  const auto equal = [actual](absl::string_view accepted) { return absl::EqualsIgnoreCase(accepted, actual); };
  return absl::c_any_of(types, equal) ? absl::OkStatus() : Refused("typ: not this kind of token");
}

struct KeyChoice {
  const VerificationKey* key;
  Algorithm algorithm;
};

absl::StatusOr<KeyChoice> ChooseKey(const nlohmann::json& header, const KeySet& keys) {
  for (const char* name : {"crit", "b64"}) {
    if (header.contains(name)) return Refused(absl::StrCat(name, ": extensions are not supported"));
  }
  for (const char* name : {"jku", "jwk", "x5u", "x5c"}) {
    if (header.contains(name)) return Refused(absl::StrCat(name, ": a token must not bring its key"));
  }
  const std::string* name = FindString(header, "alg");
  if (name == nullptr) return Refused("alg: missing or not a string");
  const std::optional<Algorithm> algorithm = AlgorithmOfName(*name);
  if (!algorithm.has_value()) return Refused("alg: not supported");
  const std::string* id = FindString(header, "kid");
  if (id == nullptr) return Refused("kid: missing or not a string");
  const VerificationKey* key = keys.Find(*id);
  if (key == nullptr) {
    absl::Status refused = Refused("kid: no such key");
    refused.SetPayload(kUnknownKey, absl::Cord());
    return refused;
  }
  if (!key->Allows(*algorithm)) return Refused("alg: not allowed for this key");
  return KeyChoice{.key = key, .algorithm = *algorithm};
}

}  // namespace

bool NamesUnknownKey(const absl::Status& refusal) { return refusal.GetPayload(kUnknownKey).has_value(); }

absl::StatusOr<std::string> VerifyCompact(absl::string_view token, const KeySet& keys,
                                          absl::Span<const absl::string_view> types, size_t max_bytes) {
  if (token.size() > max_bytes) return Refused("token: too large");
  const std::vector<absl::string_view> parts = absl::StrSplit(token, absl::MaxSplits('.', 3));
  if (parts.size() != 3) return Refused("token: not three parts");
  const std::optional<std::string> header_bytes = DecodeBase64Url(parts[0]);
  if (!header_bytes.has_value()) return Refused("header: not base64url");
  const absl::StatusOr<nlohmann::json> header = ParseJsonObject(*header_bytes, kMaxTokenBytes);
  if (!header.ok()) return Refused(absl::StrCat("header: ", header.status().message()));
  if (absl::Status status = CheckType(*header, types); !status.ok()) return status;
  const absl::StatusOr<KeyChoice> choice = ChooseKey(*header, keys);
  if (!choice.ok()) return choice.status();

  const std::optional<std::string> signature = DecodeBase64Url(parts[2]);
  if (!signature.has_value()) return Refused("signature: not base64url");
  const absl::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!choice->key->Verify(choice->algorithm, signed_text, *signature)) return Refused("signature: wrong");
  std::optional<std::string> payload = DecodeBase64Url(parts[1]);
  if (!payload.has_value()) return Refused("payload: not base64url");
  return *std::move(payload);
}

}  // namespace mcmig::token
