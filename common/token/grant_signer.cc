#include "common/token/grant_signer.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/grant_in_tree.h"
#include "common/token/merkle_tree.h"

namespace mcmig::token {

absl::StatusOr<std::unique_ptr<GrantSigner>> GrantSigner::Create(const config::v1::GrantSigning& config,
                                                                 absl::string_view directory) {
  if (config.signing_key_file().empty()) return absl::InvalidArgumentError("signing_key_file: missing");
  if (config.issuer().empty() || config.issuer().size() > kMaxIdClaimBytes) {
    return absl::InvalidArgumentError("issuer: must be 1 to 256 bytes");
  }
  const std::filesystem::path path = std::filesystem::path(std::string(directory)) / config.signing_key_file();
  absl::StatusOr<SigningKey> key = SigningKey::LoadFile(path.string(), config.key_id());
  if (!key.ok()) return absl::Status(key.status().code(), absl::StrCat("signing_key_file: ", key.status().message()));
  return std::unique_ptr<GrantSigner>(
      new GrantSigner(*std::move(key), config.issuer(), config.key_id().empty() ? path.string() : ""));
}

void GrantSigner::Keep(ops::Reloads& reloads) {
  if (path_.empty()) return;
  reloads.Add(
      "grant_signing_key", [path = path_] { return std::vector<std::string>{path}; }, [this] { return Reload(); });
}

absl::StatusOr<bool> GrantSigner::Reload() {
  absl::StatusOr<SigningKey> key = SigningKey::LoadFile(path_, "");
  if (!key.ok()) return absl::Status(key.status().code(), absl::StrCat(path_, ": ", key.status().message()));
  const async::MutexLock lock(mutex_);
  if (key->key_id() == key_->key_id()) return false;
  key_ = std::make_shared<const SigningKey>(*std::move(key));
  return true;
}

std::shared_ptr<const SigningKey> GrantSigner::Key() const {
  const async::MutexLock lock(mutex_);
  return key_;
}

absl::StatusOr<std::string> GrantSigner::Sign(const Grant& grant, const std::string& audience) const {
  return Key()->Sign(kGrantType, WriteClaims(grant, {.issuer = issuer_, .audience = audience}));
}

absl::StatusOr<std::vector<std::string>> GrantSigner::SignTogether(absl::Span<const Grant> grants,
                                                                   const std::string& audience) const {
  if (grants.size() == 1) {
    absl::StatusOr<std::string> only = Sign(grants.front(), audience);
    if (!only.ok()) return only.status();
    return std::vector<std::string>{*std::move(only)};
  }
  const TokenOrigin origin{.issuer = issuer_, .audience = audience};
  std::vector<std::string> claims;
  std::vector<digest::Sha256> leaves;
  for (const Grant& grant : grants) {
    claims.push_back(WriteClaims(grant, origin));
    leaves.push_back(LeafHash(claims.back()));
  }
  const MerkleTree tree(std::move(leaves));
  const absl::StatusOr<std::string> jws =
      Key()->Sign(kGrantTreeType, WriteClaims(GrantTree{.root = tree.root(), .size = grants.size()}, origin));
  if (!jws.ok()) return jws.status();
  std::vector<std::string> texts;
  texts.reserve(grants.size());
  for (size_t i = 0; i < grants.size(); ++i) {
    texts.push_back(WriteInTree({.tree = *jws, .claims = std::move(claims[i]), .index = i, .path = tree.PathFrom(i)}));
  }
  return texts;
}

absl::StatusOr<std::string> GrantSigner::Sign(const SignedCancel& cancel, const std::string& audience) const {
  return Key()->Sign(kCancelType, WriteClaims(cancel, {.issuer = issuer_, .audience = audience}));
}

}  // namespace mcmig::token
