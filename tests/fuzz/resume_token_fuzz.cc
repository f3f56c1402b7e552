// Tokens that a caller gives back: resume_token of a watch, page_token of a list.
#include "common/admin/page.h"
#include "services/primary_server/resume_token.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

void CheckPage(absl::string_view token) {
  const absl::StatusOr<admin::Page> page = admin::ParsePage(0, token);
  if (!page.ok()) return RequireRefusal(page.status(), absl::StatusCode::kInvalidArgument, token);
  Require(token.size() <= admin::kMaxTokenBytes, "an accepted token keeps its limit");
  Require(page->limit == admin::kDefaultPageSize, "a token changes no limit");
  Require(admin::PageToken(page->after) == token, "one token for one place");
}

void CheckResume(absl::string_view token) {
  const absl::StatusOr<primary_server::JournalPlace> place = primary_server::ParseResumeToken(token);
  if (!place.ok()) return RequireRefusal(place.status(), absl::StatusCode::kInvalidArgument, token);
  Require(ResumeToken(*place) == token, "one token for one place");
  Require(!token.empty(), "no place is none");
}

// Text: what is in a token, which is then edited.
void Check(const Input& input) {
  const std::string token = Edited(admin::PageToken(input.text), input.edits);
  CheckPage(token);
  CheckResume(token);
  CheckPage(input.text);
  CheckResume(input.text);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
