#ifndef COMMON_REGISTER_ROCKSDB_VISITOR_STORE_H_
#define COMMON_REGISTER_ROCKSDB_VISITOR_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/visitor_store.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace mcmig::migration {

class RocksDatabase;

// The partner's state in an embedded RocksDB database, owned by one process. docs/register.md has its layout.
class RocksDbVisitorStore final : public VisitorStore {
 public:
  // As RocksDbMigrationStore::Open.
  static absl::StatusOr<std::unique_ptr<RocksDbVisitorStore>> Open(const std::string& directory,
                                                                   rocksdb::Env* env = nullptr);
  ~RocksDbVisitorStore() override;

  absl::StatusOr<std::vector<ExpectedVisitor>> FindExpected(const VisitorKey& key, const std::string& domain) override;
  absl::Status ImportExpected(absl::Span<const ExpectedVisitor> entries) override;
  absl::StatusOr<std::vector<VisitOutcome>> Apply(absl::Span<const Visit> visits) override;
  absl::StatusOr<uint64_t> CountVisitors() override { return visitors_.load(); }
  absl::StatusOr<std::optional<Visitor>> FindVisitor(const VisitorKey& key) override;
  absl::StatusOr<VisitorPage> ListVisitors(const std::string& after, size_t limit) override;
  absl::StatusOr<ExpectedPage> ListExpected(const std::string& after, size_t limit) override;

 private:
  explicit RocksDbVisitorStore(std::unique_ptr<RocksDatabase> database);
  const std::unique_ptr<RocksDatabase> database_;
  // Changed by the writer, read by any thread.
  std::atomic<uint64_t> visitors_ = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_VISITOR_STORE_H_
