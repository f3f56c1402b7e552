#include "common/admin/page.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mcmig::admin {

absl::StatusOr<Page> ParsePage(uint32_t page_size, absl::string_view page_token) {
  Page page;
  if (page_size > kMaxEntries) {
    return absl::InvalidArgumentError(absl::StrCat("page_size: more than ", kMaxEntries));
  }
  if (page_size > 0) page.limit = page_size;
  // Unescaping forgives padding and trailing bits; only the one form that PageToken makes is accepted.
  if (page_token.size() > kMaxTokenBytes || !absl::WebSafeBase64Unescape(page_token, &page.after) ||
      PageToken(page.after) != page_token) {
    return absl::InvalidArgumentError("page_token: not one of an earlier page");
  }
  return page;
}

std::string PageToken(absl::string_view place) { return absl::WebSafeBase64Escape(place); }

}  // namespace mcmig::admin
