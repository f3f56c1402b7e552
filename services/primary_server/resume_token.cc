#include "services/primary_server/resume_token.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/admin/page.h"

namespace mcmig::primary_server {

std::string ResumeToken(const JournalPlace& place) {
  return admin::PageToken(absl::StrCat(place.incarnation, ".", place.sequence, ".", absl::ToUnixNanos(place.at)));
}

absl::StatusOr<JournalPlace> ParseResumeToken(absl::string_view token) {
  absl::Status malformed = absl::InvalidArgumentError("resume_token: not one of an earlier watch");
  const absl::StatusOr<admin::Page> page = admin::ParsePage(0, token);
  if (!page.ok()) return malformed;
  const std::vector<absl::string_view> parts = absl::StrSplit(page->after, '.');
  JournalPlace place;
  int64_t nanos = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &place.incarnation) ||
      !absl::SimpleAtoi(parts[1], &place.sequence) || !absl::SimpleAtoi(parts[2], &nanos)) {
    return malformed;
  }
  place.at = absl::FromUnixNanos(nanos);
  if (ResumeToken(place) != token) return malformed;
  return place;
}

}  // namespace mcmig::primary_server
