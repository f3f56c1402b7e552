#include "common/token/verified_tokens.h"

#include "openssl/sha.h"

namespace mcmig::token {

TokenDigest DigestOf(absl::string_view token) {
  static_assert(std::tuple_size_v<TokenDigest> == SHA256_DIGEST_LENGTH);
  TokenDigest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

std::shared_ptr<const AccessToken> VerifiedTokens::Find(const TokenDigest& digest) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto token = tokens_.find(digest);
  return token == tokens_.end() ? nullptr : token->second;
}

void VerifiedTokens::Insert(const TokenDigest& digest, const std::shared_ptr<const AccessToken>& token) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (tokens_.contains(digest)) return;
  if (tokens_.size() >= capacity_) {
    tokens_.erase(by_expiry_.begin()->second);
    by_expiry_.erase(by_expiry_.begin());
  }
  by_expiry_.emplace(token->expires, digest);
  tokens_.emplace(digest, token);
}

size_t VerifiedTokens::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return tokens_.size();
}

}  // namespace mcmig::token
