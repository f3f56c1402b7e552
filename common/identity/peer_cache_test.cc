#include "common/identity/peer_cache.h"

#include "absl/strings/str_cat.h"
#include "common/digest/sha256.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const Validity kAnHour = {.not_before = kNow, .not_after = kNow + absl::Hours(1)};

Peer Gateway() { return {.system = "north", .role = Role::kGateway, .own = true}; }

TEST(PeerCacheTest, KnownPeerIsFoundWhileItsChainIsValid) {
  PeerCache cache;
  const ChainDigest chain = digest::Sha256Of("chain");
  EXPECT_FALSE(cache.Find(chain, kNow).has_value());
  cache.Put(chain, Gateway(), kAnHour);
  for (const absl::Time now : {kNow, kNow + absl::Minutes(30), kNow + absl::Hours(1) - absl::Nanoseconds(1)}) {
    const auto peer = cache.Find(chain, now);
    ASSERT_TRUE(peer.has_value());
    EXPECT_EQ(peer->system, "north");
    EXPECT_EQ(peer->role, Role::kGateway);
    EXPECT_TRUE(peer->own);
  }
  EXPECT_FALSE(cache.Find(digest::Sha256Of("other chain"), kNow).has_value());
}

TEST(PeerCacheTest, ChainThatIsNoLongerOrNotYetValidIsForgotten) {
  for (const absl::Time now : {kNow + absl::Hours(1), kNow - absl::Nanoseconds(1)}) {
    PeerCache cache;
    cache.Put(digest::Sha256Of("chain"), Gateway(), kAnHour);
    EXPECT_FALSE(cache.Find(digest::Sha256Of("chain"), now).has_value());
    EXPECT_EQ(cache.size(), 0U);
  }
}

TEST(PeerCacheTest, IsBounded) {
  PeerCache cache;
  for (size_t i = 0; i < PeerCache::kMaxPeers * 2 + 10; ++i) {
    cache.Put(digest::Sha256Of(absl::StrCat(i)), Gateway(), kAnHour);
    ASSERT_LE(cache.size(), PeerCache::kMaxPeers);
  }
  EXPECT_TRUE(cache.Find(digest::Sha256Of(absl::StrCat(PeerCache::kMaxPeers * 2 + 9)), kNow).has_value());
}

}  // namespace
}  // namespace mcmig::identity
