#include "common/token/grant_in_tree.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/token/base64url.h"

namespace mcmig::token {
namespace {

constexpr char kSeparator = '~';

absl::Status Refused(absl::string_view reason) { return absl::UnauthenticatedError(reason); }

}  // namespace

bool IsInTree(absl::string_view grant) { return absl::StrContains(grant, kSeparator); }

std::string WriteInTree(const GrantInTree& grant) {
  std::string place(1, static_cast<char>(grant.index));
  for (const digest::Sha256& hash : grant.path) absl::StrAppend(&place, digest::BytesOf(hash));
  const char separator[] = {kSeparator, '\0'};
  return absl::StrCat(grant.tree, separator, absl::WebSafeBase64Escape(grant.claims), separator,
                      absl::WebSafeBase64Escape(place));
}

absl::StatusOr<GrantInTree> ReadInTree(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(kSeparator, 3));
  if (parts.size() != 3) return Refused("grant: not three parts");
  std::optional<std::string> claims = DecodeBase64Url(parts[1]);
  if (!claims.has_value()) return Refused("claims: not base64url");
  const std::optional<std::string> place = DecodeBase64Url(parts[2]);
  if (!place.has_value()) return Refused("place: not base64url");
  if (place->size() % sizeof(digest::Sha256) != 1) return Refused("place: not an index and whole hashes");
  GrantInTree grant{.tree = std::string(parts[0]),
                    .claims = *std::move(claims),
                    .index = static_cast<unsigned char>(place->front()),
                    .path = std::vector<digest::Sha256>(place->size() / sizeof(digest::Sha256))};
  if (grant.index >= kMaxGrantsInTree) return Refused("place: out of range");
  absl::string_view rest = absl::string_view(*place).substr(1);
  for (digest::Sha256& hash : grant.path) {
    std::copy_n(rest.begin(), hash.size(), hash.begin());
    rest.remove_prefix(hash.size());
  }
  return grant;
}

}  // namespace mcmig::token
