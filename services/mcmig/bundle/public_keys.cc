#include "services/mcmig/bundle/public_keys.h"

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "common/token/json_object.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace mcmig::bundle {

using config::v1::PublicKey;
using config::v1::PublicKeys;
using token::Algorithm;

const token::Algorithms& OwnAlgorithms() {
  static const auto& algorithms = *new token::Algorithms({Algorithm::kEs256});
  return algorithms;
}

const token::Algorithms& AllAlgorithms() {
  static const auto& algorithms =
      *new token::Algorithms({Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEdDsa});
  return algorithms;
}

std::string KeySetText(const PublicKeys& keys) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  // Strings only: there is nothing that cannot be printed.
  (void)google::protobuf::util::MessageToJsonString(keys, &json, options);
  return json;
}

absl::StatusOr<token::KeySet> KeySetOf(const PublicKeys& keys, const token::Algorithms& allowed) {
  absl::StatusOr<token::KeySet> set = token::KeySet::Parse(KeySetText(keys), allowed);
  if (!set.ok()) return set;
  if (set->size() != static_cast<size_t>(keys.keys_size())) {
    return absl::InvalidArgumentError("keys: one is not for these signatures");
  }
  return set;
}

absl::StatusOr<PublicKeys> UsableKeys(absl::string_view jwks, const token::Algorithms& allowed) {
  if (absl::Status whole = token::KeySet::Parse(jwks, allowed).status(); !whole.ok()) return whole;
  const absl::StatusOr<nlohmann::json> set = token::ParseJsonObject(jwks, token::KeySet::kMaxBytes);
  if (!set.ok()) return set.status();
  PublicKeys usable;
  const google::protobuf::Descriptor& members = *PublicKey::descriptor();
  for (const nlohmann::json& jwk : (*set)["keys"]) {
    const auto alone = token::KeySet::Parse(nlohmann::json({{"keys", nlohmann::json::array({jwk})}}).dump(), allowed);
    if (!alone.ok()) continue;
    PublicKey& key = *usable.add_keys();
    for (int i = 0; i < members.field_count(); ++i) {
      const auto& field = *members.field(i);
      const std::string* text = token::FindString(jwk, field.name().c_str());
      if (text != nullptr) PublicKey::GetReflection()->SetString(&key, &field, *text);
    }
  }
  return usable;
}

const PublicKey* FindKey(const PublicKeys& keys, absl::string_view key_id) {
  const auto found = absl::c_find_if(keys.keys(), [key_id](const PublicKey& key) { return key.kid() == key_id; });
  return found == keys.keys().end() ? nullptr : &*found;
}

bool IsSameKey(const PublicKey& a, const PublicKey& b) {
  return a.kty() == b.kty() && a.crv() == b.crv() && a.x() == b.x() && a.y() == b.y() && a.n() == b.n() &&
         a.e() == b.e();
}

}  // namespace mcmig::bundle
