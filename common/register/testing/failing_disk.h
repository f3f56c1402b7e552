#ifndef COMMON_REGISTER_TESTING_FAILING_DISK_H_
#define COMMON_REGISTER_TESTING_FAILING_DISK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "common/async/mutex.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace mcmig::migration {

// The machine's files, with a log that can be made to fail. Any thread.
class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  enum class Fault { kNone, kAppend, kSync, kNoSpace };

  FailingDisk() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  [[nodiscard]] const char* Name() const override { return "FailingDisk"; }
  void Set(Fault fault) { fault_ = fault; }
  // Times that a log was synced.
  [[nodiscard]] int syncs() const { return syncs_; }
  // Takes from every log what was appended after its last sync, as a power failure would. The stores are closed.
  void LoseUnsynced();

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

 private:
  class Log;
  std::atomic<Fault> fault_ = Fault::kNone;
  std::atomic<int> syncs_ = 0;
  async::Mutex mutex_;
  // Bytes of each log that are synced.
  std::map<std::string, uint64_t> synced_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_FAILING_DISK_H_
