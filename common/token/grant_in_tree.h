#ifndef COMMON_TOKEN_GRANT_IN_TREE_H_
#define COMMON_TOKEN_GRANT_IN_TREE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/merkle_tree.h"

// The text of a grant that shares its signature with others (an extension; docs/tokens.md): the compact JWS of the
// tree, the grant's claims, and its place in the tree, each in base64url, with "~" in between. Pure; thread-safe.
namespace mcmig::token {

// Grants that one signature may be for.
inline constexpr size_t kMaxGrantsInTree = 64;

struct GrantInTree {
  std::string tree;    // the compact JWS
  std::string claims;  // the bytes that are a leaf of the tree
  size_t index = 0;    // of that leaf; less than kMaxGrantsInTree
  std::vector<digest::Sha256> path;
};

// Whether a grant is of this form, and not a compact JWS of its own.
bool IsInTree(absl::string_view grant);

std::string WriteInTree(const GrantInTree& grant);
// UNAUTHENTICATED, with nothing of the text, where it is not of the form, which is one for each grant. What it says
// has not been verified.
absl::StatusOr<GrantInTree> ReadInTree(absl::string_view text);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_IN_TREE_H_
