#include "common/token/merkle_tree.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mcmig::token {
namespace {

constexpr absl::string_view kLeaf("\x00", 1);
constexpr absl::string_view kNode("\x01", 1);

digest::Sha256 NodeHash(const digest::Sha256& left, const digest::Sha256& right) {
  return digest::Sha256Of(absl::StrCat(kNode, digest::BytesOf(left), digest::BytesOf(right)));
}

bool HasSibling(size_t index, size_t size) { return (index ^ 1) < size; }

}  // namespace

digest::Sha256 LeafHash(absl::string_view text) { return digest::Sha256Of(absl::StrCat(kLeaf, text)); }

MerkleTree::MerkleTree(std::vector<digest::Sha256> leaves) : levels_({std::move(leaves)}) {
  while (levels_.back().size() > 1) {
    const std::vector<digest::Sha256>& below = levels_.back();
    std::vector<digest::Sha256> level;
    level.reserve((below.size() + 1) / 2);
    for (size_t i = 0; i < below.size(); i += 2) {
      level.push_back(HasSibling(i, below.size()) ? NodeHash(below[i], below[i + 1]) : below[i]);
    }
    levels_.push_back(std::move(level));
  }
}

std::vector<digest::Sha256> MerkleTree::PathFrom(size_t index) const {
  std::vector<digest::Sha256> path;
  for (const std::vector<digest::Sha256>& level : levels_) {
    if (HasSibling(index, level.size())) path.push_back(level[index ^ 1]);
    index /= 2;
  }
  return path;
}

std::optional<digest::Sha256> RootFrom(const digest::Sha256& leaf, size_t index, size_t size,
                                       absl::Span<const digest::Sha256> path) {
  if (index >= size) return std::nullopt;
  digest::Sha256 hash = leaf;
  for (; size > 1; index /= 2, size = (size + 1) / 2) {
    if (!HasSibling(index, size)) continue;
    if (path.empty()) return std::nullopt;
    hash = index % 2 == 0 ? NodeHash(hash, path.front()) : NodeHash(path.front(), hash);
    path.remove_prefix(1);
  }
  if (!path.empty()) return std::nullopt;
  return hash;
}

}  // namespace mcmig::token
