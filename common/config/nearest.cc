#include "common/config/nearest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace mcmig::config {
namespace {

constexpr size_t kMaxBytes = 64;

// Optimal string alignment distance, by rows.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

absl::string_view Nearest(absl::string_view written, absl::Span<const absl::string_view> names) {
  absl::string_view best;
  if (written.size() > kMaxBytes) return best;
  size_t fewest = std::max<size_t>(written.size() / 3, 1) + 1;
  for (const absl::string_view name : names) {
    const size_t distance = Distance(written, name);
    if (distance < fewest) {
      fewest = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace mcmig::config
