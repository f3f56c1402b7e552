#include "common/token/grant_verifier.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/grant_in_tree.h"
#include "common/token/jws.h"
#include "common/token/merkle_tree.h"

namespace mcmig::token {
namespace {

absl::Status NoKeys() { return absl::UnauthenticatedError("no current keys to verify it with"); }

}  // namespace

absl::StatusOr<std::unique_ptr<GrantVerifier>> GrantVerifier::Create(const config::v1::GrantKeys& config,
                                                                     absl::string_view directory) {
  if (config.jwks_file().empty()) return absl::InvalidArgumentError("jwks_file: missing");
  if (config.issuer().empty()) return absl::InvalidArgumentError("issuer: missing");
  if (config.audience().empty()) return absl::InvalidArgumentError("audience: missing");
  const std::filesystem::path path = std::filesystem::path(std::string(directory)) / config.jwks_file();
  absl::StatusOr<std::unique_ptr<FileKeys>> keys = FileKeys::Load(path.string(), {Algorithm::kEs256});
  if (!keys.ok()) return absl::Status(keys.status().code(), absl::StrCat("jwks_file: ", keys.status().message()));
  return std::make_unique<GrantVerifier>(*std::move(keys),
                                         TokenOrigin{.issuer = config.issuer(), .audience = config.audience()});
}

absl::StatusOr<std::string> GrantVerifier::Payload(absl::string_view text, absl::string_view type) const {
  const std::shared_ptr<const KeySet> keys = keys_->Keys();
  if (keys == nullptr) return NoKeys();
  return VerifyCompact(text, *keys, {type});
}

absl::StatusOr<Grant> GrantVerifier::VerifyGrant(absl::string_view grant) const {
  const absl::StatusOr<std::string> claims = IsInTree(grant) ? ClaimsInTree(grant) : Payload(grant, kGrantType);
  if (!claims.ok()) return claims.status();
  return ReadGrant(*claims, origin_);
}

absl::StatusOr<std::string> GrantVerifier::ClaimsInTree(absl::string_view text) const {
  // Before it is taken apart and hashed, which an oversize text would make dear.
  if (text.size() > kMaxTokenBytes) return absl::UnauthenticatedError("grant: too large");
  absl::StatusOr<GrantInTree> grant = ReadInTree(text);
  if (!grant.ok()) return grant.status();
  const absl::StatusOr<GrantTree> tree = VerifyTree(grant->tree);
  if (!tree.ok()) return tree.status();
  if (RootFrom(LeafHash(grant->claims), grant->index, tree->size, grant->path) != tree->root) {
    return absl::UnauthenticatedError("grant: not in the tree that is signed");
  }
  return std::move(grant->claims);
}

absl::StatusOr<GrantTree> GrantVerifier::VerifyTree(const std::string& jws) const {
  const std::shared_ptr<const KeySet> keys = keys_->Keys();
  if (keys == nullptr) return NoKeys();
  const digest::Sha256 hash = digest::Sha256Of(jws);
  {
    const async::MutexLock lock(mutex_);
    if (remembered_.keys != keys) remembered_ = {.keys = keys, .trees = {}, .order = {}};
    if (const auto known = remembered_.trees.find(hash); known != remembered_.trees.end()) return known->second;
  }
  const absl::StatusOr<std::string> payload = VerifyCompact(jws, *keys, {kGrantTreeType});
  if (!payload.ok()) return payload.status();
  absl::StatusOr<GrantTree> tree = ReadGrantTree(*payload, origin_);
  if (!tree.ok()) return tree.status();
  const async::MutexLock lock(mutex_);
  if (remembered_.keys != keys || !remembered_.trees.emplace(hash, *tree).second) return tree;
  remembered_.order.push_back(hash);
  if (remembered_.order.size() > kRemembered) {
    remembered_.trees.erase(remembered_.order.front());
    remembered_.order.pop_front();
  }
  return tree;
}

absl::StatusOr<SignedCancel> GrantVerifier::VerifyCancel(absl::string_view cancel) const {
  const absl::StatusOr<std::string> payload = Payload(cancel, kCancelType);
  if (!payload.ok()) return payload.status();
  return ReadSignedCancel(*payload, origin_);
}

}  // namespace mcmig::token
