#include "common/register/rocks_options.h"

#include <cstddef>
#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace mcmig::migration {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr int kBlockCacheShardBits = 4;
constexpr size_t kWriteBufferBytes = 16 * kMiB;
// Of all column families together.
constexpr size_t kAllWriteBuffersBytes = 64 * kMiB;
// Bounds how much log is replayed at start, after a kill as well.
constexpr size_t kLogBytes = 16 * kMiB;
constexpr int kMaxOpenFiles = 512;
constexpr double kBloomBitsPerKey = 10;
constexpr double kMemtableBloomRatio = 0.02;

}  // namespace

rocksdb::Options RocksOptions(const RocksDbSettings& settings) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(settings.cache_mib * kMiB, kBlockCacheShardBits);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  // Filters and indexes count against the cache, so that memory stays bounded whatever the size of the store.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In parts: the whole filter of a file of millions of rows is larger than what a shard of the cache holds, and would
  // be read for every row that is asked for.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;

  rocksdb::Options options;
  if (settings.env != nullptr) options.env = settings.env;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kWriteBufferBytes;
  options.db_write_buffer_size = kAllWriteBuffersBytes;
  options.max_total_wal_size = kLogBytes;
  // Most keys that an import asks for are new.
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = kMemtableBloomRatio;
  options.max_open_files = kMaxOpenFiles;
  options.level_compaction_dynamic_level_bytes = true;
  options.skip_stats_update_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 2;
  // The end of the log may be torn by a crash: that write was never acknowledged. Damage anywhere else must not pass as
  // the end of the log, or acknowledged commits were lost without a word.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  return options;
}

}  // namespace mcmig::migration
