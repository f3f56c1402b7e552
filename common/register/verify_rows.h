#ifndef COMMON_REGISTER_VERIFY_ROWS_H_
#define COMMON_REGISTER_VERIFY_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/register/migration.h"
#include "common/register/row_view.h"
#include "common/register/verification.h"

// What Verification does with each row: see there.
namespace mcmig::migration {

// What the checks read, and what they have found and counted so far.
struct Checked {
  Checked(const RowView& store, absl::Time at, absl::Duration skew) : rows(store), now(at), clock_skew(skew) {}

  const RowView& rows;
  const absl::Time now;
  const absl::Duration clock_skew;
  std::vector<Finding> findings;

  // Records that are migrated, or visitors.
  uint64_t users = 0;
  // Of journal entries, and of what says that it follows one: each entry is followed once, by the next of the same user
  // or by the record. Sums of Mixed.
  uint64_t entries = 0;
  uint64_t followed = 0;

  void Find(absl::string_view rule, std::string place, std::string text) {
    findings.push_back({std::string(rule), std::move(place), std::move(text)});
  }
};

// Looks at one row of a family. Not OK only where other rows could not be read.
using CheckRow = absl::Status (*)(Checked& checked, absl::string_view key, absl::string_view value);
// What can be said once all rows have been looked at.
using CheckTotals = absl::Status (*)(Checked& checked);

struct FamilyCheck {
  size_t family = 0;
  CheckRow check = nullptr;
};
std::vector<FamilyCheck> MigrationChecks();
absl::Status CheckMigrationTotals(Checked& checked);
std::vector<FamilyCheck> VisitorChecks();
absl::Status CheckVisitorTotals(Checked& checked);

// "sip:alice@north.example MCPTT".
std::string PlaceOf(const UserKey& user);
// A key that cannot be understood: its bytes.
std::string PlaceOf(absl::string_view family, absl::string_view key);
std::string TextOf(const protocol::Epoch& epoch);

// The count row of the metadata; empty where there is none yet.
absl::StatusOr<std::optional<uint64_t>> StoredCount(const RowView& rows);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_VERIFY_ROWS_H_
