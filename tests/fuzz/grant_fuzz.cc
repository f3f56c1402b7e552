// The claims of grants, their trees and signed cancels: token::ReadGrant, ReadGrantTree and ReadSignedCancel. The text
// of a grant in a tree: token::ReadInTree.
#include "common/token/grant.h"
#include "common/token/grant_in_tree.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using token::TokenOrigin;

const TokenOrigin& NorthToSouth() {
  static const TokenOrigin& origin = *new TokenOrigin{.issuer = "https://mc.north.example", .audience = "south"};
  return origin;
}

template <class Signed>
void RequireForm(const Signed& claims) {
  Require(claims.epoch.incarnation > 0 && claims.epoch.counter > 0, "an epoch has both parts");
  Require(claims.issued >= absl::UnixEpoch() && claims.issued < absl::FromUnixSeconds(253'402'300'800),
          "the time is one of the contract");
}

// Whatever is read, written again, says the same: nothing has two meanings.
void CheckGrant(absl::string_view payload) {
  const absl::StatusOr<token::Grant> grant = token::ReadGrant(payload, NorthToSouth());
  if (!grant.ok()) return RequireRefusal(grant.status(), absl::StatusCode::kUnauthenticated, payload);
  RequireForm(*grant);
  const std::string again = WriteClaims(*grant, NorthToSouth());
  const absl::StatusOr<token::Grant> reread = token::ReadGrant(again, NorthToSouth());
  Require(reread.ok(), "claims that were read, written, are read again");
  Require(WriteClaims(*reread, NorthToSouth()) == again, "the claims are the same");
  Require(!token::ReadSignedCancel(payload, NorthToSouth()).ok(), "a grant is no cancel");
}

void CheckCancel(absl::string_view payload) {
  const absl::StatusOr<token::SignedCancel> cancel = token::ReadSignedCancel(payload, NorthToSouth());
  if (!cancel.ok()) return RequireRefusal(cancel.status(), absl::StatusCode::kUnauthenticated, payload);
  RequireForm(*cancel);
  const std::string again = WriteClaims(*cancel, NorthToSouth());
  Require(token::ReadSignedCancel(again, NorthToSouth()).ok(), "claims that were read, written, are read again");
  Require(!token::ReadGrant(payload, NorthToSouth()).ok(), "a cancel is no grant");
}

void CheckTree(absl::string_view payload) {
  const absl::StatusOr<token::GrantTree> tree = token::ReadGrantTree(payload, NorthToSouth());
  if (!tree.ok()) return RequireRefusal(tree.status(), absl::StatusCode::kUnauthenticated, payload);
  Require(tree->size >= 1 && tree->size <= token::kMaxGrantsInTree, "a tree has a size");
  const absl::StatusOr<token::GrantTree> reread =
      token::ReadGrantTree(WriteClaims(*tree, NorthToSouth()), NorthToSouth());
  Require(reread.ok() && reread->root == tree->root && reread->size == tree->size, "the tree is the same");
  Require(!token::ReadGrant(payload, NorthToSouth()).ok(), "a tree is no grant");
}

void CheckInTree(absl::string_view text) {
  const absl::StatusOr<token::GrantInTree> grant = token::ReadInTree(text);
  if (!grant.ok()) return RequireRefusal(grant.status(), absl::StatusCode::kUnauthenticated, text);
  Require(token::IsInTree(text), "its form says that it is in a tree");
  Require(token::WriteInTree(*grant) == text, "each grant in a tree has one text");
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const absl::string_view payload(reinterpret_cast<const char*>(bytes), size);
  mcmig::fuzz::CheckGrant(payload);
  mcmig::fuzz::CheckCancel(payload);
  mcmig::fuzz::CheckTree(payload);
  mcmig::fuzz::CheckInTree(payload);
  return 0;
}
