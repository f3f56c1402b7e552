#include "common/register/postgresql/visitor_store.h"

#include <limits>

#include "absl/time/time.h"
#include "common/register/postgresql/frozen_view.h"
#include "common/register/postgresql/visitor_schema.h"
#include "common/register/row_codec.h"
#include "common/register/row_visitor_store.h"

namespace mcmig::migration {
namespace {

using postgresql::Command;
using postgresql::Parameters;
using postgresql::Rows;
using postgresql::Statement;

constexpr Statement kVisit = {"visit", "SELECT apply_visit($1, $2, $3, $4, $5, $6)"};
constexpr Statement kCancel = {"cancel", "SELECT apply_cancel($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement kVisitor = {
    "visitor", "SELECT value FROM visitors WHERE primary_system = $1 AND canonical_id = $2 AND service = $3"};
constexpr Statement kCancelled = {
    "cancelled", "SELECT value FROM cancelled WHERE primary_system = $1 AND canonical_id = $2 AND service = $3"};
constexpr Statement kVisitors = {"visitors", R"sql(
  SELECT primary_system, canonical_id, service, value FROM visitors
  WHERE (primary_system, canonical_id, service) > ($1, $2, $3)
  ORDER BY primary_system, canonical_id, service LIMIT $4)sql"};
constexpr Statement kVisitorsOf = {"visitors_of", R"sql(
  SELECT primary_system, canonical_id, service, value FROM visitors
  WHERE primary_system = $5 AND (primary_system, canonical_id, service) > ($1, $2, $3)
  ORDER BY primary_system, canonical_id, service LIMIT $4)sql"};
constexpr Statement kForget = {"forget", R"sql(
  WITH page AS (
    SELECT primary_system, canonical_id, service FROM cancelled
    WHERE (primary_system, canonical_id, service) > ($1, $2, $3)
    ORDER BY primary_system, canonical_id, service LIMIT $4),
  forgotten AS (
    DELETE FROM cancelled USING page
    WHERE (cancelled.primary_system, cancelled.canonical_id, cancelled.service)
          = (page.primary_system, page.canonical_id, page.service) AND cancelled.at < $5)
  SELECT primary_system, canonical_id, service FROM page
  ORDER BY primary_system, canonical_id, service OFFSET $4 - 1 LIMIT 1)sql"};
constexpr Statement kPutExpected = {
    "put_expected", "INSERT INTO expected VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"};
constexpr Statement kFindExpected = {"find_expected",
                                     "SELECT key, value FROM expected WHERE key IN ($1, $2) ORDER BY key DESC"};
constexpr Statement kExpected = {"expected", "SELECT key, value FROM expected WHERE key > $1 ORDER BY key LIMIT $2"};

int64_t LimitOf(size_t limit) {
  constexpr auto kMost = static_cast<size_t>(std::numeric_limits<int32_t>::max());
  return static_cast<int64_t>(limit < kMost ? limit : kMost);
}

Parameters ParametersOf(const VisitorKey& key) {
  return Parameters()
      .Bytes(key.primary_system)
      .Bytes(key.user.canonical_id)
      .Number(static_cast<int64_t>(key.user.service));
}

Command CommandOf(const VisitorChange& change) {
  if (const auto* visit = std::get_if<Visit>(&change)) {
    return {kVisit, ParametersOf(visit->key)
                        .Number(visit->visitor.epoch.incarnation)
                        .Number(visit->visitor.epoch.counter)
                        .Bytes(row::ValueOf(visit->visitor))};
  }
  const auto& cancel = std::get<CancelVisit>(change);
  return {kCancel, ParametersOf(cancel.key)
                       .Number(cancel.epoch.incarnation)
                       .Number(cancel.epoch.counter)
                       .Number(absl::ToUnixNanos(cancel.at))
                       .Bytes(row::ValueOf(row::Cancelled{.epoch = cancel.epoch, .at = cancel.at}))};
}

// The place in key order, and the limit. Before all keys where empty: no system's name is.
absl::StatusOr<Parameters> PageOf(const std::string& after, size_t limit) {
  VisitorKey key;
  if (!after.empty()) {
    absl::StatusOr<VisitorKey> parsed = row::ParseVisitorKey(after);
    if (!parsed.ok()) return absl::InvalidArgumentError("no place in this list");
    key = *std::move(parsed);
  }
  return ParametersOf(key).Number(LimitOf(limit));
}

VisitorKey KeyAt(const Rows& rows, size_t row) {
  return {
      .primary_system = rows.Text(row, 0),
      .user = {.canonical_id = rows.Text(row, 1), .service = static_cast<protocol::McService>(rows.Number(row, 2))}};
}

}  // namespace

absl::StatusOr<std::unique_ptr<VisitorStore>> PostgreSqlVisitorStore::Open(postgresql::SessionOptions options) {
  absl::StatusOr<std::unique_ptr<postgresql::Database>> database =
      postgresql::Database::Open(std::move(options), postgresql::kVisitorSchema);
  if (!database.ok()) return database.status();
  return std::unique_ptr<VisitorStore>(new PostgreSqlVisitorStore(*std::move(database)));
}

absl::StatusOr<std::vector<ExpectedVisitor>> PostgreSqlVisitorStore::FindExpected(const VisitorKey& key,
                                                                                  const std::string& domain) {
  const absl::StatusOr<Rows> rows =
      database_->Read(kFindExpected, Parameters()
                                         .Bytes(row::ExpectedKeyOf(key))
                                         .Bytes(row::ExpectedKeyOf(key.primary_system, domain, key.user.service)));
  if (!rows.ok()) return rows.status();
  std::vector<ExpectedVisitor> found;
  for (size_t i = 0; i < rows->size(); ++i) {
    absl::StatusOr<ExpectedVisitor> expected = row::ParseExpected(rows->Bytes(i, 0), rows->Bytes(i, 1));
    if (!expected.ok()) return expected.status();
    found.push_back(*std::move(expected));
  }
  return found;
}

absl::Status PostgreSqlVisitorStore::ImportExpected(absl::Span<const ExpectedVisitor> entries) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<Command> commands;
  commands.reserve(entries.size());
  for (const ExpectedVisitor& expected : entries) {
    commands.push_back({kPutExpected, Parameters().Bytes(row::KeyOf(expected)).Bytes(row::ValueOf(expected))});
  }
  return database_->Write(std::move(commands)).status();
}

absl::StatusOr<std::vector<VisitOutcome>> PostgreSqlVisitorStore::Apply(absl::Span<const VisitorChange> changes) {
  if (changes.empty()) return std::vector<VisitOutcome>();
  std::vector<Command> commands;
  commands.reserve(changes.size());
  for (const VisitorChange& change : changes) commands.push_back(CommandOf(change));
  const absl::StatusOr<std::vector<Rows>> results = database_->Write(std::move(commands));
  if (!results.ok()) return results.status();
  std::vector<VisitOutcome> outcomes;
  outcomes.reserve(changes.size());
  for (const Rows& result : *results) outcomes.push_back(static_cast<VisitOutcome>(result.Number(0, 0)));
  return outcomes;
}

absl::StatusOr<std::optional<Visitor>> PostgreSqlVisitorStore::FindVisitor(const VisitorKey& key) {
  const absl::StatusOr<Rows> rows = database_->Read(kVisitor, ParametersOf(key));
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return std::nullopt;
  absl::StatusOr<Visitor> visitor = row::ParseVisitor(rows->Bytes(0, 0));
  if (!visitor.ok()) return visitor.status();
  return *std::move(visitor);
}

absl::StatusOr<VisitorStore::VisitorPage> PostgreSqlVisitorStore::ListVisitors(
    const identity::SystemName& primary_system, const std::string& after, size_t limit) {
  absl::StatusOr<Parameters> page_of = PageOf(after, limit + 1);
  if (!page_of.ok()) return page_of.status();
  const bool all = primary_system.empty();
  if (!all) page_of->Bytes(primary_system);
  const absl::StatusOr<Rows> rows = database_->Read(all ? kVisitors : kVisitorsOf, *std::move(page_of));
  if (!rows.ok()) return rows.status();
  VisitorPage page;
  for (size_t i = 0; i < rows->size() && i < limit; ++i) {
    absl::StatusOr<Visitor> visitor = row::ParseVisitor(rows->Bytes(i, 3));
    if (!visitor.ok()) return visitor.status();
    page.entries.push_back({.key = KeyAt(*rows, i), .visitor = *std::move(visitor)});
  }
  if (rows->size() > limit && limit > 0) page.next = row::KeyOf(page.entries.back().key);
  return page;
}

absl::StatusOr<VisitorStore::ExpectedPage> PostgreSqlVisitorStore::ListExpected(const std::string& after,
                                                                                size_t limit) {
  const absl::StatusOr<Rows> rows = database_->Read(kExpected, Parameters().Bytes(after).Number(LimitOf(limit + 1)));
  if (!rows.ok()) return rows.status();
  ExpectedPage page;
  for (size_t i = 0; i < rows->size() && i < limit; ++i) {
    absl::StatusOr<ExpectedVisitor> expected = row::ParseExpected(rows->Bytes(i, 0), rows->Bytes(i, 1));
    if (!expected.ok()) return expected.status();
    page.entries.push_back(*std::move(expected));
  }
  if (rows->size() > limit && limit > 0) page.next = row::KeyOf(page.entries.back());
  return page;
}

absl::StatusOr<std::optional<protocol::Epoch>> PostgreSqlVisitorStore::FindCancelled(const VisitorKey& key) {
  const absl::StatusOr<Rows> rows = database_->Read(kCancelled, ParametersOf(key));
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return std::nullopt;
  const absl::StatusOr<row::Cancelled> cancelled = row::ParseCancelled(rows->Bytes(0, 0));
  if (!cancelled.ok()) return cancelled.status();
  return cancelled->epoch;
}

absl::StatusOr<std::string> PostgreSqlVisitorStore::ForgetCancelled(absl::Time time, const std::string& after,
                                                                    size_t limit) {
  absl::StatusOr<Parameters> page = PageOf(after, limit);
  if (!page.ok()) return page.status();
  page->Number(absl::ToUnixNanos(time));
  const absl::StatusOr<std::vector<Rows>> results = database_->Write({{kForget, *std::move(page)}});
  if (!results.ok()) return results.status();
  // The last of a full page.
  const Rows& last = results->front();
  return last.size() == 0 ? std::string() : row::KeyOf(KeyAt(last, 0));
}

absl::StatusOr<FrozenStore> PostgreSqlVisitorStore::Freeze() const {
  absl::StatusOr<std::unique_ptr<postgresql::Connection>> connection = database_->Freeze();
  if (!connection.ok()) return connection.status();
  return FrozenStore{.kind = StoreKind::kVisitors,
                     .schema = RowVisitorStore::kSchema,
                     .families = RowVisitorStore::Families(),
                     .rows = std::make_unique<postgresql::FrozenView>(*std::move(connection), database_->incarnation(),
                                                                      postgresql::VisitorFamilies()),
                     .at_once = postgresql::FrozenView::kAtOnce};
}

}  // namespace mcmig::migration
