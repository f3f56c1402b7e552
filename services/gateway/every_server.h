#ifndef SERVICES_GATEWAY_EVERY_SERVER_H_
#define SERVICES_GATEWAY_EVERY_SERVER_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/async/task.h"
#include "common/protocol/call.h"
#include "common/protocol/lifecycle.h"

namespace mcmig::gateway {

// The next page over all `servers`, next hops with ReconcileMigrations: those of the first, then of the second, and so
// on. A page token is a server's own behind its position. INVALID_ARGUMENT for any other token; else what the asked
// server's call came to. FAILED_PRECONDITION where there is no server. `servers` outlives the task.
template <class Hop>
async::Task<absl::StatusOr<protocol::ReconcilePage>> AskEveryServer(const std::vector<Hop*>& servers,
                                                                    const protocol::Call& call,
                                                                    protocol::ReconcileRequest request) {
  size_t position = 0;
  if (!request.page_token.empty()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(request.page_token, absl::MaxSplits('.', 1));
    if (!absl::SimpleAtoi(parts.first, &position) || position >= servers.size()) {
      co_return absl::InvalidArgumentError("page_token: is none of this list");
    }
    request.page_token = parts.second;
  }
  if (servers.empty()) co_return absl::FailedPreconditionError("this gateway has no server to ask");
  absl::StatusOr<protocol::ReconcilePage> page = co_await servers[position]->ReconcileMigrations(call, request);
  if (!page.ok()) co_return page.status();
  if (!page->next_page_token.empty()) {
    page->next_page_token = absl::StrCat(position, ".", page->next_page_token);
  } else if (position + 1 < servers.size()) {
    page->next_page_token = absl::StrCat(position + 1, ".");
  }
  co_return page;
}

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_EVERY_SERVER_H_
