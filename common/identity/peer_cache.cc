#include "common/identity/peer_cache.h"

namespace mcmig::identity {

PeerCache::~PeerCache() {
  const async::MutexLock lock(mutex_);
  known_.clear();
}

std::optional<Peer> PeerCache::Find(const ChainDigest& chain, absl::Time now) {
  const async::MutexLock lock(mutex_);
  const auto known = known_.find(chain);
  if (known == known_.end()) return std::nullopt;
  if (!known->second.validity.Contains(now)) {
    known_.erase(known);
    return std::nullopt;
  }
  return known->second.peer;
}

void PeerCache::Put(const ChainDigest& chain, const Peer& peer, const Validity& validity) {
  const async::MutexLock lock(mutex_);
  if (known_.size() >= kMaxPeers) known_.clear();
  known_.insert_or_assign(chain, Known{.peer = peer, .validity = validity});
}

size_t PeerCache::size() {
  const async::MutexLock lock(mutex_);
  return known_.size();
}

}  // namespace mcmig::identity
