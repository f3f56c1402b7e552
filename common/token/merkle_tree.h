#ifndef COMMON_TOKEN_MERKLE_TREE_H_
#define COMMON_TOKEN_MERKLE_TREE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/digest/sha256.h"

// Merkle trees as in RFC 9162 section 2.1, with SHA-256: whoever believes the root and the size of one can tell, by a
// few hashes, that a text is in it and where. Pure; thread-safe.
namespace mcmig::token {

// Of a text in the tree. No text has the hash of two others together: the two kinds are hashed apart.
digest::Sha256 LeafHash(absl::string_view text);

class MerkleTree {
 public:
  // At least one leaf.
  explicit MerkleTree(std::vector<digest::Sha256> leaves);

  [[nodiscard]] const digest::Sha256& root() const { return levels_.back().front(); }
  // What RootFrom takes for the leaf at `index`, counted from 0: from the leaf's sibling upwards.
  [[nodiscard]] std::vector<digest::Sha256> PathFrom(size_t index) const;

 private:
  // From the leaves to the root; a node without a sibling is in the next level as it is.
  std::vector<std::vector<digest::Sha256>> levels_;
};

// The root of a tree of `size` leaves, of which `leaf` is the one at `index`. Nothing where there is no such place, or
// `path` is shorter or longer than the way from there.
std::optional<digest::Sha256> RootFrom(const digest::Sha256& leaf, size_t index, size_t size,
                                       absl::Span<const digest::Sha256> path);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_MERKLE_TREE_H_
