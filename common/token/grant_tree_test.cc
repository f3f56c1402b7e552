// Grants that share a signature.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/token/grant_in_tree.h"
#include "common/token/grant_test_keys.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

std::vector<Grant> Grants(size_t count) {
  std::vector<Grant> grants;
  for (size_t i = 0; i < count; ++i) {
    grants.push_back(AliceGrant());
    grants.back().profile_index = static_cast<uint8_t>(i);
  }
  return grants;
}

std::vector<std::string> Together(size_t count) { return *NorthSigner().SignTogether(Grants(count), "south"); }

// The second of three, taken apart, changed, and put together again.
template <class Change>
std::string Changed(Change change) {
  GrantInTree grant = *ReadInTree(Together(3)[1]);
  change(grant);
  return WriteInTree(grant);
}

std::string Signed(const Json& payload, absl::string_view type = kGrantTreeType) {
  return *GrantKey().SignCompact(Json({{"alg", "ES256"}, {"kid", "g-1"}, {"typ", std::string(type)}}).dump(),
                                 payload.dump());
}

Json PayloadOfTree(const digest::Sha256& root, size_t size) {
  return Json::parse(WriteClaims(GrantTree{.root = root, .size = size}, kNorthToSouth));
}

TEST(GrantTree, EachGrantOfEverySizeIsItself) {
  for (size_t size = 1; size <= kMaxGrantsInTree; ++size) {
    const GrantVerifier verifier = SouthVerifier();
    const std::vector<std::string> texts = Together(size);
    ASSERT_EQ(texts.size(), size);
    for (size_t i = 0; i < size; ++i) {
      const auto grant = verifier.VerifyGrant(texts[i]);
      ASSERT_TRUE(grant.ok()) << grant.status() << " " << i << " of " << size;
      EXPECT_EQ(grant->profile_index, i);
    }
  }
}

TEST(GrantTree, OneAloneIsACompactJwsOfItsOwn) {
  EXPECT_FALSE(IsInTree(Together(1)[0]));
  EXPECT_TRUE(IsInTree(Together(2)[0]));
}

TEST(GrantTree, EveryChangedCharacterIsNoticed) {
  const std::string grant = Together(3)[2];
  for (const bool tree_is_known : {false, true}) {
    const GrantVerifier verifier = SouthVerifier();
    if (tree_is_known) ASSERT_TRUE(verifier.VerifyGrant(grant).ok());
    for (size_t i = 0; i < grant.size(); ++i) {
      std::string changed = grant;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(verifier.VerifyGrant(changed).ok()) << i;
    }
    EXPECT_FALSE(verifier.VerifyGrant(grant + "~").ok());
    EXPECT_FALSE(verifier.VerifyGrant(grant + "A").ok());
  }
}

TEST(GrantTree, ClaimsThatAreNotInTheTreeAreRefused) {
  const GrantVerifier verifier = SouthVerifier();
  ASSERT_TRUE(verifier.VerifyGrant(Changed([](GrantInTree&) {})).ok());
  const std::string stranger = WriteClaims(AliceGrant(), kNorthToSouth);
  EXPECT_FALSE(verifier.VerifyGrant(Changed([&](GrantInTree& grant) { grant.claims = stranger; })).ok());
  for (const size_t index : {0, 2, 3, 63}) {
    EXPECT_FALSE(verifier.VerifyGrant(Changed([&](GrantInTree& grant) { grant.index = index; })).ok()) << index;
  }
  EXPECT_FALSE(verifier.VerifyGrant(Changed([](GrantInTree& grant) { grant.path.pop_back(); })).ok());
  EXPECT_FALSE(verifier.VerifyGrant(Changed([](GrantInTree& grant) { grant.path.clear(); })).ok());
  EXPECT_FALSE(verifier.VerifyGrant(Changed([](GrantInTree& grant) { grant.path.push_back(grant.path[0]); })).ok());
  EXPECT_FALSE(verifier.VerifyGrant(Changed([](GrantInTree& grant) { std::swap(grant.path[0], grant.path[1]); })).ok());
  // The place of another, and the tree of others.
  const GrantInTree other = *ReadInTree(Together(3)[0]);
  EXPECT_FALSE(verifier.VerifyGrant(Changed([&](GrantInTree& grant) { grant.path = other.path; })).ok());
  EXPECT_FALSE(
      verifier.VerifyGrant(Changed([](GrantInTree& grant) { grant.tree = ReadInTree(Together(4)[1])->tree; })).ok());
}

TEST(GrantTree, TheTreeIsOfItsKindAndForThisSystem) {
  const std::string claims = WriteClaims(AliceGrant(), kNorthToSouth);
  const digest::Sha256 leaf = LeafHash(claims);
  // A tree of one is right, though nobody makes one.
  const auto verifies = [&](const std::string& tree) {
    return SouthVerifier().VerifyGrant(WriteInTree({.tree = tree, .claims = claims, .index = 0, .path = {}})).ok();
  };
  ASSERT_TRUE(verifies(Signed(PayloadOfTree(leaf, 1))));
  for (const absl::string_view type : {kGrantType, kCancelType, absl::string_view("JWT"), absl::string_view("")}) {
    EXPECT_FALSE(verifies(Signed(PayloadOfTree(leaf, 1), type))) << type;
  }
  EXPECT_FALSE(verifies(NorthSigner().Sign(AliceGrant(), "south").value()));
  for (const char* name : {"iss", "aud", "mcmig_root", "mcmig_size"}) {
    Json missing = PayloadOfTree(leaf, 1);
    missing.erase(name);
    EXPECT_FALSE(verifies(Signed(missing))) << name;
    Json other = PayloadOfTree(leaf, 1);
    other[name] = "another";
    EXPECT_FALSE(verifies(Signed(other))) << name;
  }
  EXPECT_FALSE(ReadGrantTree(PayloadOfTree(leaf, 0).dump(), kNorthToSouth).ok());
  Json more = PayloadOfTree(leaf, 1);
  more["exp"] = 4'000'000'000;
  EXPECT_FALSE(verifies(Signed(more)));
  for (const size_t size : {size_t{0}, size_t{2}, kMaxGrantsInTree + 1}) {
    EXPECT_FALSE(verifies(Signed(PayloadOfTree(leaf, size)))) << size;
  }
  Json upper = PayloadOfTree(leaf, 1);
  upper["mcmig_root"] = std::string(64, 'A');
  EXPECT_FALSE(verifies(Signed(upper)));
}

// Each says for itself from whom it is and for whom.
TEST(GrantTree, ClaimsForAnotherSystemAreRefused) {
  const std::string claims = WriteClaims(AliceGrant(), {.issuer = "north", .audience = "east"});
  const std::string tree = Signed(PayloadOfTree(LeafHash(claims), 1));
  EXPECT_FALSE(SouthVerifier().VerifyGrant(WriteInTree({.tree = tree, .claims = claims, .index = 0, .path = {}})).ok());
}

TEST(GrantTree, ATreeIsNeitherAGrantNorACancel) {
  const GrantVerifier verifier = SouthVerifier();
  const std::string tree = ReadInTree(Together(2)[0])->tree;
  EXPECT_FALSE(verifier.VerifyGrant(tree).ok());
  EXPECT_FALSE(verifier.VerifyCancel(tree).ok());
  EXPECT_FALSE(verifier.VerifyCancel(Together(2)[0]).ok());
}

TEST(GrantTree, TextsThatAreNotOfTheFormAreRefused) {
  const std::vector<std::string> texts = {"~",      "~~",      "~~~",      "a~b",       "a~~",
                                          "a~e30~", "a~e30~A", "a~e30~QA", "a~e30~AA=", "a~!~AA"};
  for (const std::string& text : texts) {
    EXPECT_FALSE(SouthVerifier().VerifyGrant(text).ok()) << text;
  }
  EXPECT_FALSE(SouthVerifier().VerifyGrant(std::string(9000, '~')).ok());
}

// A key that was replaced verifies nothing any more, also not what it verified before.
class TwoKeySets final : public KeySource {
 public:
  TwoKeySets() { Set(*GrantKey().PublicJwk()); }
  void Set(const Json& key) {
    keys_ = std::make_shared<const KeySet>(*KeySet::Parse(devtools::KeySetOf({key}), {Algorithm::kEs256}));
  }
  [[nodiscard]] std::shared_ptr<const KeySet> Keys() const override { return keys_; }
  void Keep(ops::Reloads& /*reloads*/, const char* /*what*/) override {}

 private:
  std::shared_ptr<const KeySet> keys_;
};

TEST(GrantTree, ATreeIsForgottenWithTheKeysThatVerifiedIt) {
  auto source = std::make_unique<TwoKeySets>();
  TwoKeySets& keys = *source;
  const GrantVerifier verifier(std::move(source), kNorthToSouth);
  const std::vector<std::string> texts = Together(2);
  EXPECT_TRUE(verifier.VerifyGrant(texts[0]).ok());
  keys.Set(*devtools::Signer::Generate(Algorithm::kEs256, "g-1")->PublicJwk());
  EXPECT_FALSE(verifier.VerifyGrant(texts[0]).ok());
  EXPECT_FALSE(verifier.VerifyGrant(texts[1]).ok());
  keys.Set(*GrantKey().PublicJwk());
  EXPECT_TRUE(verifier.VerifyGrant(texts[1]).ok());
}

TEST(GrantTree, MoreTreesThanAreRememberedAreVerifiedAnew) {
  const GrantVerifier verifier = SouthVerifier();
  std::vector<std::vector<std::string>> trees;
  for (size_t i = 0; i < GrantVerifier::kRemembered + 2; ++i) trees.push_back(Together(2));
  for (const auto& texts : trees) EXPECT_TRUE(verifier.VerifyGrant(texts[0]).ok());
  for (const auto& texts : trees) EXPECT_TRUE(verifier.VerifyGrant(texts[1]).ok());
}

}  // namespace
}  // namespace mcmig::token
