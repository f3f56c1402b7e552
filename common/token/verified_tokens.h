#ifndef COMMON_TOKEN_VERIFIED_TOKENS_H_
#define COMMON_TOKEN_VERIFIED_TOKENS_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/digest/sha256.h"
#include "common/token/access_token.h"

namespace mcmig::token {

// Remembers tokens whose signature was right, by the hash of the whole token: one that is used again costs a hash and
// not a signature, and no token is kept in memory.
//
// Holds at most `capacity` tokens; the one that expires first makes room, so expired ones go before any other. It knows
// no time and gives expired tokens too: who asks decides on `expires` each time. Belongs to one key set. Thread-safe.
class VerifiedTokens {
 public:
  // `capacity` is at least 1.
  explicit VerifiedTokens(size_t capacity) : capacity_(capacity) {}

  // Null where the token is not remembered.
  [[nodiscard]] std::shared_ptr<const AccessToken> Find(const digest::Sha256& digest) const;
  // Keeps what is there where the token is remembered already.
  void Insert(const digest::Sha256& digest, const std::shared_ptr<const AccessToken>& token);
  [[nodiscard]] size_t size() const;

 private:
  const size_t capacity_;
  // Guards both below. Not absl::Mutex: Debian's is not instrumented for TSan.
  mutable std::mutex mutex_;
  absl::flat_hash_map<digest::Sha256, std::shared_ptr<const AccessToken>> tokens_;
  absl::btree_set<std::pair<absl::Time, digest::Sha256>> by_expiry_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_VERIFIED_TOKENS_H_
