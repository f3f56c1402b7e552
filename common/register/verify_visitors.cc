#include <string>

#include "absl/strings/str_cat.h"
#include "common/register/row_codec.h"
#include "common/register/row_families.h"
#include "common/register/verify_rows.h"

namespace mcmig::migration {
namespace {

absl::Status CheckExpected(Checked& checked, absl::string_view key, absl::string_view value) {
  if (!row::ParseExpected(key, value).ok()) {
    checked.Find("expected.readable", PlaceOf("expected", key), "cannot be understood");
  }
  return absl::OkStatus();
}

absl::Status CheckCancelled(Checked& checked, absl::string_view key, absl::string_view value) {
  if (!row::ParseVisitorKey(key).ok() || !row::ParseCancelled(value).ok()) {
    checked.Find("cancelled.readable", PlaceOf("cancelled", key), "cannot be understood");
  }
  return absl::OkStatus();
}

absl::Status CheckVisitor(Checked& checked, absl::string_view key, absl::string_view value) {
  ++checked.users;
  const absl::StatusOr<VisitorKey> who = row::ParseVisitorKey(key);
  const absl::StatusOr<Visitor> visitor = row::ParseVisitor(value);
  if (!who.ok() || !visitor.ok()) {
    checked.Find("visitors.readable", PlaceOf("visitors", key), "cannot be understood");
    return absl::OkStatus();
  }
  const std::string place = absl::StrCat(PlaceOf(who->user), " of ", who->primary_system);
  if (visitor->authorized_until + checked.clock_skew < checked.now) {
    checked.Find(
        "visitors.expired", place,
        absl::StrCat("was authorized until ", absl::FormatTime(visitor->authorized_until, absl::UTCTimeZone())));
  }
  const absl::StatusOr<std::optional<std::string>> value_cancelled = checked.rows.Get({kCancelled, std::string(key)});
  if (!value_cancelled.ok()) return value_cancelled.status();
  if (!value_cancelled->has_value()) return absl::OkStatus();
  const absl::StatusOr<row::Cancelled> cancelled = row::ParseCancelled(**value_cancelled);
  if (cancelled.ok() && visitor->epoch <= cancelled->epoch) {
    checked.Find(
        "visitors.cancelled", place,
        absl::StrCat("is served under epoch ", TextOf(visitor->epoch), "; cancelled up to ", TextOf(cancelled->epoch)));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<FamilyCheck> VisitorChecks() {
  return {{kExpected, CheckExpected}, {kVisitors, CheckVisitor}, {kCancelled, CheckCancelled}};
}

absl::Status CheckVisitorTotals(Checked& checked) {
  const absl::StatusOr<std::optional<uint64_t>> count = StoredCount(checked.rows);
  if (!count.ok()) return count.status();
  if (*count && **count != checked.users) {
    checked.Find("visitors.count", "count", absl::StrCat("says ", **count, ", but there are ", checked.users));
  }
  return absl::OkStatus();
}

}  // namespace mcmig::migration
