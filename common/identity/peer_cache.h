#ifndef COMMON_IDENTITY_PEER_CACHE_H_
#define COMMON_IDENTITY_PEER_CACHE_H_

#include <cstddef>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/digest/sha256.h"
#include "common/identity/certificate.h"
#include "common/identity/peer.h"

namespace mcmig::identity {

// SHA-256 of a chain as received: the key of what was found out about it.
using ChainDigest = digest::Sha256;

// Peers whose chains were verified, so that a call costs a digest instead of signatures. Bounded: when full, it forgets
// all and fills anew, since a process that meets that many certificates gains nothing from a finer order. Thread-safe.
class PeerCache {
 public:
  static constexpr size_t kMaxPeers = 4'096;

  PeerCache() = default;
  // Takes the lock: gRPC ends what holds the cache on a thread of its own, and only the lock shows a race detector,
  // which does not see into gRPC, that the last call was before.
  ~PeerCache();
  PeerCache(const PeerCache&) = delete;
  PeerCache& operator=(const PeerCache&) = delete;

  // The peer of that chain, where it is known and the chain is valid at `now`.
  [[nodiscard]] std::optional<Peer> Find(const ChainDigest& chain, absl::Time now);
  void Put(const ChainDigest& chain, const Peer& peer, const Validity& validity);
  // Peers known, expired ones included. At most kMaxPeers.
  [[nodiscard]] size_t size();

 private:
  struct Known {
    Peer peer;
    Validity validity;
  };

  async::Mutex mutex_;
  absl::flat_hash_map<ChainDigest, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_PEER_CACHE_H_
