#include "common/admin/place.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/admin/page.h"
#include "common/protocol/authorization.h"

namespace mcmig::admin {

// One digit for the service, then the canonical ID.
std::string PlaceOf(const migration::UserKey& key) {
  return absl::StrCat(static_cast<int>(key.service), key.canonical_id);
}

absl::StatusOr<migration::UserKey> KeyOfPlace(absl::string_view place) {
  if (place.size() < 2) return absl::InvalidArgumentError("page_token: not one of this list");
  const absl::StatusOr<protocol::McService> service =
      protocol::ParseMcService(static_cast<v1::McService>(place[0] - '0'), "page_token");
  if (!service.ok()) return absl::InvalidArgumentError("page_token: not one of this list");
  return migration::UserKey{std::string(place.substr(1)), *service};
}

absl::StatusOr<migration::UserKey> UserOfToken(absl::string_view page_token) {
  const absl::StatusOr<Page> page = ParsePage(0, page_token);
  if (!page.ok()) return page.status();
  return KeyOfPlace(page->after);
}

}  // namespace mcmig::admin
