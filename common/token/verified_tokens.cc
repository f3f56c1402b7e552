#include "common/token/verified_tokens.h"

namespace mcmig::token {

std::shared_ptr<const AccessToken> VerifiedTokens::Find(const digest::Sha256& digest) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto token = tokens_.find(digest);
  return token == tokens_.end() ? nullptr : token->second;
}

void VerifiedTokens::Insert(const digest::Sha256& digest, const std::shared_ptr<const AccessToken>& token) {
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
