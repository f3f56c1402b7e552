#include "common/register/verification.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/register/row_families.h"
#include "common/register/storage.pb.h"
#include "common/register/verify_rows.h"

namespace mcmig::migration {
namespace {

constexpr size_t kMaxKeyBytesShown = 80;

absl::string_view NameOf(protocol::McService service) {
  switch (service) {
    case protocol::McService::kMcptt:
      return "MCPTT";
    case protocol::McService::kMcvideo:
      return "MCVIDEO";
    case protocol::McService::kMcdata:
      return "MCDATA";
  }
  return "?";
}

}  // namespace

std::string PlaceOf(const UserKey& user) { return absl::StrCat(user.canonical_id, " ", NameOf(user.service)); }

std::string PlaceOf(absl::string_view family, absl::string_view key) {
  return absl::StrCat(family, " row ", absl::CHexEscape(key.substr(0, kMaxKeyBytesShown)));
}

std::string TextOf(const protocol::Epoch& epoch) { return absl::StrCat(epoch.incarnation, ".", epoch.counter); }

absl::StatusOr<std::optional<uint64_t>> StoredCount(const RowView& rows) {
  const absl::StatusOr<std::optional<std::string>> value = rows.Get({RowView::kMetadata, kCountKey});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  storage::RowCount count;
  if (!count.ParseFromString(**value)) return absl::DataLossError("the store's row count cannot be understood");
  return count.rows();
}

struct Verification::State {
  State(FrozenStore frozen, absl::Time now, absl::Duration clock_skew)
      : store(std::move(frozen)), checked(*store.rows, now, clock_skew) {
    const bool migrations = store.kind == StoreKind::kMigrations;
    families = migrations ? MigrationChecks() : VisitorChecks();
    totals = migrations ? CheckMigrationTotals : CheckVisitorTotals;
  }

  const FrozenStore store;
  Checked checked;
  std::vector<FamilyCheck> families;
  CheckTotals totals = nullptr;
  // Where to go on: the family, and after which key in it.
  size_t family = 0;
  std::string after;
};

Verification::Verification(FrozenStore store, absl::Time now, absl::Duration clock_skew)
    : state_(std::make_unique<State>(std::move(store), now, clock_skew)) {}

Verification::~Verification() = default;

absl::StatusOr<Verification::Step> Verification::Next(size_t limit) {
  State& state = *state_;
  Step step;
  while (step.rows < limit && state.family < state.families.size()) {
    const FamilyCheck& family = state.families[state.family];
    const uint64_t before = step.rows;
    absl::Status scanned = state.store.rows->Scan(family.family, "", state.after, limit - step.rows,
                                                  [&](absl::string_view key, absl::string_view value) -> absl::Status {
                                                    ++step.rows;
                                                    state.after = std::string(key);
                                                    return family.check(state.checked, key, value);
                                                  });
    if (!scanned.ok()) return scanned;
    if (step.rows == limit && step.rows > before) break;  // there may be more
    ++state.family;
    state.after.clear();
  }
  if (state.family == state.families.size()) {
    if (absl::Status status = state.totals(state.checked); !status.ok()) return status;
    step.done = true;
  }
  step.findings = std::exchange(state.checked.findings, {});
  return step;
}

}  // namespace mcmig::migration
