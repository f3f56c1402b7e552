#ifndef COMMON_REGISTER_TESTING_FAILING_DISK_H_
#define COMMON_REGISTER_TESTING_FAILING_DISK_H_

#include <atomic>
#include <memory>
#include <string>

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

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

 private:
  class Log;
  std::atomic<Fault> fault_ = Fault::kNone;
  std::atomic<int> syncs_ = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_FAILING_DISK_H_
