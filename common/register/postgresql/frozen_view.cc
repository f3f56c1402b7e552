#include "common/register/postgresql/frozen_view.h"

#include "absl/strings/str_cat.h"
#include "common/register/row_families.h"
#include "common/register/storage.pb.h"

namespace mcmig::migration::postgresql {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(4);
constexpr char kMetadataQuery[] = "SELECT last_version, users FROM store";

// The metadata that a verification reads and a backup keeps, in key order.
std::vector<FrozenFamily::Entry> MetadataOf(const Rows& rows) {
  storage::RowCount count;
  count.set_rows(static_cast<uint64_t>(rows.Number(0, 1)));
  storage::VersionCounter versions;
  versions.set_last(static_cast<uint64_t>(rows.Number(0, 0)));
  return {{kCountKey, count.SerializeAsString()}, {kVersionsKey, versions.SerializeAsString()}};
}

}  // namespace

absl::StatusOr<std::vector<Rows>> FrozenView::Run(absl::Span<const std::pair<std::string, Parameters>> queries) const {
  std::vector<Command> commands;
  commands.reserve(queries.size());
  for (const auto& [sql, parameters] : queries) commands.push_back({{.sql = sql.c_str()}, parameters});
  return connection_->Run(commands, kTimeout);
}

absl::StatusOr<std::vector<std::optional<std::string>>> FrozenView::Get(absl::Span<const Place> places) const {
  std::vector<std::pair<std::string, Parameters>> queries;
  for (const Place& place : places) {
    if (place.family == kMetadata) {
      queries.emplace_back(kMetadataQuery, Parameters());
      continue;
    }
    const FrozenFamily& family = families_[place.family - 1];
    absl::StatusOr<Parameters> parameters = family.place(place.key);
    // A key that cannot be understood is that of no row.
    if (!parameters.ok()) parameters = family.place("");
    queries.emplace_back(absl::StrCat(family.select, " WHERE ", family.there), *std::move(parameters));
  }
  const async::MutexLock lock(mutex_);
  const absl::StatusOr<std::vector<Rows>> results = Run(queries);
  if (!results.ok()) return results.status();
  std::vector<std::optional<std::string>> values(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    const Rows& rows = (*results)[i];
    std::vector<FrozenFamily::Entry> entries;
    if (places[i].family == kMetadata) entries = MetadataOf(rows);
    for (size_t row = 0; places[i].family != kMetadata && row < rows.size(); ++row) {
      entries.push_back(families_[places[i].family - 1].entry(rows, row));
    }
    for (FrozenFamily::Entry& entry : entries) {
      if (entry.key == places[i].key) values[i] = std::move(entry.value);
    }
  }
  return values;
}

absl::StatusOr<std::optional<std::string>> FrozenView::Get(const Place& place) const {
  absl::StatusOr<std::vector<std::optional<std::string>>> values = Get(absl::MakeConstSpan(&place, 1));
  if (!values.ok()) return values.status();
  return std::move(values->front());
}

absl::Status FrozenView::Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                              Row row) const {
  if (!prefix.empty()) return absl::UnimplementedError("no prefixes");
  std::pair<std::string, Parameters> query = {kMetadataQuery, Parameters()};
  if (family != kMetadata) {
    const FrozenFamily& from = families_[family - 1];
    absl::StatusOr<Parameters> place = from.place(after);
    if (!place.ok()) return place.status();
    query = {absl::StrCat(from.select, " WHERE ", from.after, " ORDER BY ", from.order, " LIMIT ", limit),
             *std::move(place)};
  }
  std::vector<FrozenFamily::Entry> entries;
  {
    const async::MutexLock lock(mutex_);
    const absl::StatusOr<std::vector<Rows>> results = Run({query});
    if (!results.ok()) return results.status();
    const Rows& rows = results->front();
    if (family == kMetadata) entries = MetadataOf(rows);
    for (size_t i = 0; family != kMetadata && i < rows.size(); ++i) {
      entries.push_back(families_[family - 1].entry(rows, i));
    }
  }
  for (const FrozenFamily::Entry& entry : entries) {
    if (entry.key <= after) continue;
    if (limit-- == 0) break;
    if (absl::Status done = row(entry.key, entry.value); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FrozenView::LastKey(size_t /*family*/) const {
  return absl::UnimplementedError("nobody asks a frozen view for its last key");
}

}  // namespace mcmig::migration::postgresql
