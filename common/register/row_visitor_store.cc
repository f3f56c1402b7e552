#include "common/register/row_visitor_store.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/register/row_codec.h"
#include "common/register/row_count.h"
#include "common/register/row_families.h"

namespace mcmig::migration {
namespace {

// The rows of one page, in key order; the key of the last where there are more.
template <class Page, class Parse>
absl::StatusOr<Page> ListPage(const RowStore& rows, VisitorFamily family, const std::string& prefix,
                              const std::string& after, size_t limit, Parse parse) {
  Page page;
  std::string last;
  absl::Status scanned =
      rows.Scan(family, prefix, after, limit + 1, [&](absl::string_view key, absl::string_view value) -> absl::Status {
        if (page.entries.size() == limit) {
          page.next = last;
          return absl::OkStatus();
        }
        auto entry = parse(key, value);
        if (!entry.ok()) return entry.status();
        page.entries.push_back(*std::move(entry));
        last = std::string(key);
        return absl::OkStatus();
      });
  if (!scanned.ok()) return scanned;
  return page;
}

absl::StatusOr<Visit> ParseVisit(absl::string_view key, absl::string_view value) {
  absl::StatusOr<VisitorKey> visitor_key = row::ParseVisitorKey(key);
  if (!visitor_key.ok()) return visitor_key.status();
  absl::StatusOr<Visitor> visitor = row::ParseVisitor(value);
  if (!visitor.ok()) return visitor.status();
  return Visit{.key = *std::move(visitor_key), .visitor = *std::move(visitor)};
}

// One durable commit in the making. One thread; used once.
class VisitorCommit {
 public:
  explicit VisitorCommit(const RowStore& rows) : rows_(rows) {}

  absl::StatusOr<VisitOutcome> Add(const Visit& visit) {
    const std::string key = row::KeyOf(visit.key);
    const absl::StatusOr<Known*> known = KnownOf(key);
    if (!known.ok()) return known.status();
    const protocol::Epoch epoch = visit.visitor.epoch;
    if (epoch <= (*known)->cancelled) return VisitOutcome::kCancelled;
    if (epoch == (*known)->installed) return VisitOutcome::kAlready;
    if (epoch < (*known)->installed) return VisitOutcome::kSuperseded;
    batch_.Put(kVisitors, key, row::ValueOf(visit.visitor));
    if ((*known)->installed == protocol::Epoch{}) ++more_visitors_;
    (*known)->installed = epoch;
    return VisitOutcome::kInstalled;
  }

  absl::StatusOr<VisitOutcome> Add(const CancelVisit& cancel) {
    const std::string key = row::KeyOf(cancel.key);
    const absl::StatusOr<Known*> known = KnownOf(key);
    if (!known.ok()) return known.status();
    if (cancel.epoch > (*known)->cancelled) {
      batch_.Put(kCancelled, key, row::ValueOf(row::Cancelled{.epoch = cancel.epoch, .at = cancel.at}));
      (*known)->cancelled = cancel.epoch;
    }
    if ((*known)->installed == protocol::Epoch{}) return VisitOutcome::kNoVisitor;
    if ((*known)->installed > cancel.epoch) return VisitOutcome::kLaterVisitor;
    batch_.Delete(kVisitors, key);
    (*known)->installed = {};
    --more_visitors_;
    return VisitOutcome::kRemoved;
  }

  [[nodiscard]] RowBatch& batch() { return batch_; }
  // By how much the batch changes the number of visitors.
  [[nodiscard]] int64_t more_visitors() const { return more_visitors_; }

 private:
  // What is there once the batch is written; {0, 0} for nothing.
  struct Known {
    protocol::Epoch installed;
    protocol::Epoch cancelled;
  };
  absl::StatusOr<Known*> KnownOf(const std::string& key) {
    if (const auto known = known_.find(key); known != known_.end()) return &known->second;
    const auto values = rows_.Get({{kVisitors, key}, {kCancelled, key}});
    if (!values.ok()) return values.status();
    Known read;
    if (const std::optional<std::string>& value = (*values)[0]) {
      const absl::StatusOr<Visitor> visitor = row::ParseVisitor(*value);
      if (!visitor.ok()) return visitor.status();
      read.installed = visitor->epoch;
    }
    if (const std::optional<std::string>& value = (*values)[1]) {
      const absl::StatusOr<row::Cancelled> cancelled = row::ParseCancelled(*value);
      if (!cancelled.ok()) return cancelled.status();
      read.cancelled = cancelled->epoch;
    }
    return &known_.emplace(key, read).first->second;
  }

  const RowStore& rows_;
  RowBatch batch_;
  int64_t more_visitors_ = 0;
  absl::flat_hash_map<std::string, Known> known_;
};

}  // namespace

std::vector<std::string> RowVisitorStore::Families() { return {"expected", "visitors", "cancelled"}; }

absl::Status RowVisitorStore::Upgrade(RowStore& /*rows*/, uint32_t /*schema*/) { return absl::OkStatus(); }

absl::StatusOr<std::unique_ptr<VisitorStore>> RowVisitorStore::Open(std::unique_ptr<RowStore> rows) {
  std::unique_ptr<RowVisitorStore> store(new RowVisitorStore(std::move(rows)));
  const absl::StatusOr<uint64_t> visitors =
      ReadCount(*store->rows_, kVisitors, [](absl::string_view /*value*/) { return true; });
  if (!visitors.ok()) return visitors.status();
  store->visitors_ = *visitors;
  return store;
}

absl::StatusOr<FrozenStore> RowVisitorStore::Freeze() const {
  absl::StatusOr<std::unique_ptr<RowView>> rows = rows_->Freeze();
  if (!rows.ok()) return rows.status();
  return FrozenStore{.kind = StoreKind::kVisitors, .schema = kSchema, .families = Families(), .rows = *std::move(rows)};
}

absl::StatusOr<bool> RowVisitorStore::ReconciliationPending() const {
  const absl::StatusOr<std::optional<std::string>> row = rows_->Get({RowStore::kMetadata, kReconciliationKey});
  if (!row.ok()) return row.status();
  return row->has_value();
}

absl::Status RowVisitorStore::SetReconciled() {
  RowBatch batch;
  batch.Delete(RowStore::kMetadata, kReconciliationKey);
  return rows_->Write(batch);
}

absl::StatusOr<std::vector<ExpectedVisitor>> RowVisitorStore::FindExpected(const VisitorKey& key,
                                                                           const std::string& domain) {
  const std::vector<RowStore::Place> places = {
      {kExpected, row::ExpectedKeyOf(key)},
      {kExpected, row::ExpectedKeyOf(key.primary_system, domain, key.user.service)}};
  const absl::StatusOr<std::vector<std::optional<std::string>>> values = rows_->Get(places);
  if (!values.ok()) return values.status();
  std::vector<ExpectedVisitor> found;
  for (size_t i = 0; i < places.size(); ++i) {
    if (!(*values)[i]) continue;
    absl::StatusOr<ExpectedVisitor> expected = row::ParseExpected(places[i].key, *(*values)[i]);
    if (!expected.ok()) return expected.status();
    found.push_back(*std::move(expected));
  }
  return found;
}

absl::Status RowVisitorStore::ImportExpected(absl::Span<const ExpectedVisitor> entries) {
  if (entries.empty()) return absl::OkStatus();
  RowBatch batch;
  for (const ExpectedVisitor& expected : entries) batch.Put(kExpected, row::KeyOf(expected), row::ValueOf(expected));
  return rows_->Write(batch);
}

absl::StatusOr<std::vector<VisitOutcome>> RowVisitorStore::Apply(absl::Span<const VisitorChange> changes) {
  VisitorCommit commit(*rows_);
  std::vector<VisitOutcome> outcomes;
  outcomes.reserve(changes.size());
  for (const VisitorChange& change : changes) {
    const absl::StatusOr<VisitOutcome> outcome =
        std::visit([&commit](const auto& each) { return commit.Add(each); }, change);
    if (!outcome.ok()) return outcome.status();
    outcomes.push_back(*outcome);
  }
  if (commit.batch().empty()) return outcomes;
  const uint64_t visitors = visitors_ + static_cast<uint64_t>(commit.more_visitors());
  if (commit.more_visitors() != 0) PutCount(visitors, commit.batch());
  if (absl::Status written = rows_->Write(commit.batch()); !written.ok()) return written;
  visitors_ = visitors;
  return outcomes;
}

absl::StatusOr<std::optional<Visitor>> RowVisitorStore::FindVisitor(const VisitorKey& key) {
  const absl::StatusOr<std::optional<std::string>> value = rows_->Get({kVisitors, row::KeyOf(key)});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  absl::StatusOr<Visitor> visitor = row::ParseVisitor(**value);
  if (!visitor.ok()) return visitor.status();
  return *std::move(visitor);
}

absl::StatusOr<VisitorStore::VisitorPage> RowVisitorStore::ListVisitors(const identity::SystemName& primary_system,
                                                                        const std::string& after, size_t limit) {
  const std::string prefix = primary_system.empty() ? "" : row::SystemPrefix(primary_system);
  return ListPage<VisitorPage>(*rows_, kVisitors, prefix, after, limit, ParseVisit);
}

absl::StatusOr<VisitorStore::ExpectedPage> RowVisitorStore::ListExpected(const std::string& after, size_t limit) {
  return ListPage<ExpectedPage>(*rows_, kExpected, "", after, limit, row::ParseExpected);
}

absl::StatusOr<std::optional<protocol::Epoch>> RowVisitorStore::FindCancelled(const VisitorKey& key) {
  const absl::StatusOr<std::optional<std::string>> value = rows_->Get({kCancelled, row::KeyOf(key)});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  const absl::StatusOr<row::Cancelled> cancelled = row::ParseCancelled(**value);
  if (!cancelled.ok()) return cancelled.status();
  return cancelled->epoch;
}

absl::StatusOr<std::string> RowVisitorStore::ForgetCancelled(absl::Time time, const std::string& after, size_t limit) {
  RowBatch batch;
  std::string last;
  size_t seen = 0;
  absl::Status scanned =
      rows_->Scan(kCancelled, "", after, limit, [&](absl::string_view key, absl::string_view value) -> absl::Status {
        const absl::StatusOr<row::Cancelled> cancelled = row::ParseCancelled(value);
        if (!cancelled.ok()) return cancelled.status();
        last = std::string(key);
        if (cancelled->at < time) batch.Delete(kCancelled, last);
        ++seen;
        return absl::OkStatus();
      });
  if (!scanned.ok()) return scanned;
  if (absl::Status written = batch.empty() ? absl::OkStatus() : rows_->Write(batch); !written.ok()) return written;
  return seen < limit ? std::string() : last;
}

}  // namespace mcmig::migration
