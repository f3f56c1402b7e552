#include "services/gateway/merge_pages.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "common/admin/page.h"
#include "common/admin/place.h"

namespace mcmig::gateway {

using migration::UserKey;
using protocol::ReconcilePage;

absl::StatusOr<ReconcilePage> MergePages(std::vector<ReconcilePage> pages, size_t limit) {
  std::vector<std::pair<UserKey, ReconcilePage::Entry>> entries;
  // Behind it, some server may have more than it showed.
  std::optional<UserKey> known_to;
  for (ReconcilePage& page : pages) {
    for (ReconcilePage::Entry& entry : page.entries) {
      UserKey key{entry.user.primary_mc_service_id.canonical(), entry.user.service};
      entries.emplace_back(std::move(key), std::move(entry));
    }
    if (page.next_page_token.empty()) continue;
    absl::StatusOr<UserKey> next = admin::UserOfToken(page.next_page_token);
    if (!next.ok()) return absl::InternalError("a server's page_token is none");
    if (!known_to || *next < *known_to) known_to = *std::move(next);
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  ReconcilePage merged;
  std::optional<UserKey> shown_to;
  for (auto& [key, entry] : entries) {
    if (known_to && *known_to < key) break;
    // Servers that share a register show the same user.
    if (shown_to && !(*shown_to < key)) continue;
    if (merged.entries.size() == limit) break;
    merged.entries.push_back(std::move(entry));
    shown_to = std::move(key);
  }
  // A full page goes on, as one server's does: else its end would tell that there are several.
  if (merged.entries.size() == limit) known_to = shown_to;
  if (known_to) merged.next_page_token = admin::PageToken(admin::PlaceOf(*known_to));
  return merged;
}

}  // namespace mcmig::gateway
