#include "common/token/merkle_tree.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mcmig::token {
namespace {

std::vector<digest::Sha256> Leaves(size_t count) {
  std::vector<digest::Sha256> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(absl::StrCat("leaf ", i)));
  return leaves;
}

digest::Sha256 Node(const digest::Sha256& left, const digest::Sha256& right) {
  return digest::Sha256Of(absl::StrCat("\x01", digest::BytesOf(left), digest::BytesOf(right)));
}

// RFC 9162 section 2.1.1, word for word: the tree is cut at the largest power of two that is smaller than it.
digest::Sha256 RootByDefinition(std::vector<digest::Sha256> leaves) {
  if (leaves.size() == 1) return leaves.front();
  size_t cut = 1;
  while (cut * 2 < leaves.size()) cut *= 2;
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(cut);
  return Node(RootByDefinition({leaves.begin(), middle}), RootByDefinition({middle, leaves.end()}));
}

TEST(MerkleTree, HashesOfTheCertificateTransparencyTestData) {
  // The empty leaf, as every implementation of RFC 6962 and its successor has it.
  EXPECT_EQ(absl::BytesToHexString(digest::BytesOf(LeafHash(""))),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(MerkleTree, RootIsThatOfTheDefinition) {
  for (size_t size = 1; size <= 70; ++size) {
    EXPECT_EQ(MerkleTree(Leaves(size)).root(), RootByDefinition(Leaves(size))) << size;
  }
}

TEST(MerkleTree, EachLeafIsFoundInItsPlaceAndInNoOther) {
  for (size_t size = 1; size <= 66; ++size) {
    const std::vector<digest::Sha256> leaves = Leaves(size);
    const MerkleTree tree(leaves);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<digest::Sha256> path = tree.PathFrom(index);
      for (size_t place = 0; place < size + 2; ++place) {
        const bool found = RootFrom(leaves[index], place, size, path) == tree.root();
        EXPECT_EQ(found, place == index) << index << " of " << size << " at " << place;
      }
    }
  }
}

TEST(MerkleTree, AnotherLeafAnotherPathOrAnotherSizeIsNotFound) {
  const MerkleTree tree(Leaves(5));
  const std::vector<digest::Sha256> path = tree.PathFrom(2);
  ASSERT_EQ(path.size(), 3U);
  EXPECT_NE(RootFrom(LeafHash("leaf 3"), 2, 5, path), tree.root());
  for (size_t i = 0; i < path.size(); ++i) {
    std::vector<digest::Sha256> changed = path;
    changed[i][31] ^= 1;
    EXPECT_NE(RootFrom(LeafHash("leaf 2"), 2, 5, changed), tree.root());
  }
  std::vector<digest::Sha256> longer = path;
  longer.push_back(path.front());
  EXPECT_FALSE(RootFrom(LeafHash("leaf 2"), 2, 5, longer).has_value());
  EXPECT_FALSE(RootFrom(LeafHash("leaf 2"), 2, 5, absl::MakeSpan(path).first(2)).has_value());
  EXPECT_FALSE(RootFrom(LeafHash("leaf 2"), 2, 0, {}).has_value());
  EXPECT_FALSE(RootFrom(LeafHash("leaf 2"), 2, 2, absl::MakeSpan(path).first(1)).has_value());
}

// What two others are together, shown as a leaf, would be found with a path that is shorter by one.
TEST(MerkleTree, ANodeIsNoLeaf) {
  const std::vector<digest::Sha256> leaves = Leaves(2);
  const std::string node = absl::StrCat(digest::BytesOf(leaves[0]), digest::BytesOf(leaves[1]));
  EXPECT_NE(LeafHash(node), MerkleTree(leaves).root());
  EXPECT_NE(LeafHash(absl::StrCat("\x01", node)), MerkleTree(leaves).root());
}

}  // namespace
}  // namespace mcmig::token
