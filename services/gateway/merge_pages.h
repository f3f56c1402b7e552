#ifndef SERVICES_GATEWAY_MERGE_PAGES_H_
#define SERVICES_GATEWAY_MERGE_PAGES_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "common/protocol/lifecycle.h"

namespace mcmig::gateway {

// One page of what several MC service servers record, in the order of the users: it shows neither how many servers
// there are nor who is held by which. `pages` are what the servers answered to one page_token, each up to `limit`
// entries in that order; tokens are those of admin::PageToken(admin::PlaceOf(...)). The page has at most `limit`
// entries, and goes on behind a user whom the peer has been shown, or after whom a server has shown none. INTERNAL
// where a token is none. Pure; thread-safe.
absl::StatusOr<protocol::ReconcilePage> MergePages(std::vector<protocol::ReconcilePage> pages, size_t limit);

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_MERGE_PAGES_H_
