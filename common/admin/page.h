#ifndef COMMON_ADMIN_PAGE_H_
#define COMMON_ADMIN_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mcmig::admin {

// Most entries in one import batch or one page (admin.proto).
inline constexpr size_t kMaxEntries = 1000;
// Entries of a page where the request names no size.
inline constexpr size_t kDefaultPageSize = 100;
// Longest accepted page token in bytes; longer than that of any key.
inline constexpr size_t kMaxTokenBytes = 2048;

// One page asked for.
struct Page {
  size_t limit = kDefaultPageSize;
  // Where the page starts: after this place; empty means from the start.
  std::string after;
};

// Reads page_size and page_token of a request. INVALID_ARGUMENT, "<field>: <violation>", where the size is over
// kMaxEntries, or the token is none that PageToken makes. A well-formed token of another list is not told apart here.
absl::StatusOr<Page> ParsePage(uint32_t page_size, absl::string_view page_token);

// The token that continues after `place`; empty for an empty place, the end. Callers must not read meaning into it.
std::string PageToken(absl::string_view place);

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_PAGE_H_
