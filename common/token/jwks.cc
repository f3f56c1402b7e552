#include "common/token/jwks.h"

#include <fstream>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/json_object.h"

namespace mcmig::token {

absl::StatusOr<KeySet> KeySet::Parse(absl::string_view json, const Algorithms& allowed) {
  const absl::StatusOr<nlohmann::json> set = ParseJsonObject(json, kMaxBytes);
  if (!set.ok()) return set.status();
  const nlohmann::json* list = FindMember(*set, "keys");
  if (list == nullptr || !list->is_array()) return absl::InvalidArgumentError("keys: missing or not an array");
  if (list->size() > kMaxKeys) return absl::InvalidArgumentError("keys: more than 64");
  absl::flat_hash_map<std::string, VerificationKey> keys;
  for (size_t i = 0; i < list->size(); ++i) {
    const auto refused = [i](absl::string_view reason) {
      return absl::InvalidArgumentError(absl::StrCat("keys[", i, "]: ", reason));
    };
    absl::StatusOr<std::optional<VerificationKey>> read = VerificationKey::FromJwk((*list)[i], allowed);
    if (!read.ok()) return refused(read.status().message());
    std::optional<VerificationKey> key = *std::move(read);
    if (!key.has_value()) continue;
    std::string id = key->id();
    if (!keys.emplace(std::move(id), *std::move(key)).second) return refused("kid: used by an earlier key");
  }
  if (keys.empty()) return absl::InvalidArgumentError("keys: none is usable with an allowed algorithm");
  return KeySet(std::move(keys));
}

absl::StatusOr<std::string> KeySet::ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string json(kMaxBytes + 1, '\0');
  // One byte more than allowed is enough to know that a file is too large.
  file.read(json.data(), static_cast<std::streamsize>(json.size()));
  if (file.bad() || (!file.eof() && file.gcount() == 0))
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  json.resize(static_cast<size_t>(file.gcount()));
  return json;
}

absl::StatusOr<KeySet> KeySet::LoadFile(const std::string& path, const Algorithms& allowed) {
  const absl::StatusOr<std::string> json = ReadFile(path);
  if (!json.ok()) return json.status();
  absl::StatusOr<KeySet> keys = Parse(*json, allowed);
  if (!keys.ok()) return absl::Status(keys.status().code(), absl::StrCat(path, ": ", keys.status().message()));
  return keys;
}

const VerificationKey* KeySet::Find(absl::string_view key_id) const {
  const auto key = keys_.find(key_id);
  return key == keys_.end() ? nullptr : &key->second;
}

}  // namespace mcmig::token
