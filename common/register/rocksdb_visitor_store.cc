#include "common/register/rocksdb_visitor_store.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/register/rocks_database.h"
#include "common/register/rocksdb_count.h"
#include "common/register/row_codec.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {
namespace {

constexpr uint32_t kSchema = 1;
// In the order of RocksDatabase::Options::families.
enum VisitorFamily : size_t { kExpected, kVisitors };

// The rows of one page, in key order; the key of the last where there are more.
template <class Page, class Parse>
absl::StatusOr<Page> ListPage(const RocksDatabase& database, VisitorFamily family, const std::string& after,
                              size_t limit, Parse parse) {
  Page page;
  std::string last;
  absl::Status scanned = database.Scan(database.family(family), "", after, limit + 1,
                                       [&](absl::string_view key, absl::string_view value) -> absl::Status {
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

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbVisitorStore>> RocksDbVisitorStore::Open(const std::string& directory,
                                                                               rocksdb::Env* env) {
  absl::StatusOr<std::unique_ptr<RocksDatabase>> database = RocksDatabase::Open({.directory = directory,
                                                                                 .kind = storage::StoreMeta::VISITORS,
                                                                                 .schema = kSchema,
                                                                                 .families = {"expected", "visitors"},
                                                                                 .env = env});
  if (!database.ok()) return database.status();
  std::unique_ptr<RocksDbVisitorStore> store(new RocksDbVisitorStore(*std::move(database)));
  const absl::StatusOr<uint64_t> visitors =
      ReadCount(*store->database_, store->database_->family(kVisitors), [](absl::string_view) { return true; });
  if (!visitors.ok()) return visitors.status();
  store->visitors_ = *visitors;
  return store;
}

RocksDbVisitorStore::RocksDbVisitorStore(std::unique_ptr<RocksDatabase> database) : database_(std::move(database)) {}
RocksDbVisitorStore::~RocksDbVisitorStore() = default;

absl::StatusOr<std::vector<ExpectedVisitor>> RocksDbVisitorStore::FindExpected(const VisitorKey& key,
                                                                               const std::string& domain) {
  const std::vector<std::string> keys = {row::ExpectedKeyOf(key),
                                         row::ExpectedKeyOf(key.primary_system, domain, key.user.service)};
  const absl::StatusOr<std::vector<std::optional<std::string>>> values =
      database_->Get(database_->family(kExpected), keys);
  if (!values.ok()) return values.status();
  std::vector<ExpectedVisitor> found;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!(*values)[i]) continue;
    absl::StatusOr<ExpectedVisitor> expected = row::ParseExpected(keys[i], *(*values)[i]);
    if (!expected.ok()) return expected.status();
    found.push_back(*std::move(expected));
  }
  return found;
}

absl::Status RocksDbVisitorStore::ImportExpected(absl::Span<const ExpectedVisitor> entries) {
  if (entries.empty()) return absl::OkStatus();
  rocksdb::WriteBatch batch;
  for (const ExpectedVisitor& expected : entries) {
    batch.Put(database_->family(kExpected), row::KeyOf(expected), row::ValueOf(expected));
  }
  return database_->Write(&batch);
}

absl::StatusOr<std::vector<VisitOutcome>> RocksDbVisitorStore::Apply(absl::Span<const Visit> visits) {
  rocksdb::WriteBatch batch;
  std::vector<VisitOutcome> outcomes;
  outcomes.reserve(visits.size());
  uint64_t visitors = visitors_;
  // The epochs that are installed once the batch is written.
  absl::flat_hash_map<std::string, protocol::Epoch> installed;
  for (const Visit& visit : visits) {
    const std::string key = row::KeyOf(visit.key);
    auto current = installed.find(key);
    if (current == installed.end()) {
      const absl::StatusOr<std::optional<Visitor>> stored = FindVisitor(visit.key);
      if (!stored.ok()) return stored.status();
      current = installed.emplace(key, stored->has_value() ? (*stored)->epoch : protocol::Epoch{}).first;
    }
    if (visit.visitor.epoch == current->second) {
      outcomes.push_back(VisitOutcome::kAlready);
    } else if (visit.visitor.epoch < current->second) {
      outcomes.push_back(VisitOutcome::kSuperseded);
    } else {
      if (current->second == protocol::Epoch{}) ++visitors;
      batch.Put(database_->family(kVisitors), key, row::ValueOf(visit.visitor));
      current->second = visit.visitor.epoch;
      outcomes.push_back(VisitOutcome::kInstalled);
    }
  }
  if (batch.Count() == 0) return outcomes;
  if (visitors != visitors_) PutCount(*database_, visitors, batch);
  if (absl::Status written = database_->Write(&batch); !written.ok()) return written;
  visitors_ = visitors;
  return outcomes;
}

absl::StatusOr<std::optional<Visitor>> RocksDbVisitorStore::FindVisitor(const VisitorKey& key) {
  const absl::StatusOr<std::optional<std::string>> value =
      database_->Get(database_->family(kVisitors), row::KeyOf(key));
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  absl::StatusOr<Visitor> visitor = row::ParseVisitor(**value);
  if (!visitor.ok()) return visitor.status();
  return *std::move(visitor);
}

absl::StatusOr<VisitorStore::VisitorPage> RocksDbVisitorStore::ListVisitors(const std::string& after, size_t limit) {
  return ListPage<VisitorPage>(*database_, kVisitors, after, limit, ParseVisit);
}

absl::StatusOr<VisitorStore::ExpectedPage> RocksDbVisitorStore::ListExpected(const std::string& after, size_t limit) {
  return ListPage<ExpectedPage>(*database_, kExpected, after, limit, row::ParseExpected);
}

}  // namespace mcmig::migration
