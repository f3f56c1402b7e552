#include "common/register/testing/failing_disk.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"

namespace mcmig::migration {

class FailingDisk::Log final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Log(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, FailingDisk& disk)
      : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), disk_(disk) {
    async::MutexLock lock(disk_.mutex_);
    disk_.synced_[name_] = 0;
  }

  using rocksdb::FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (disk_.fault_ == Fault::kAppend) return rocksdb::IOStatus::IOError("append failed");
    if (disk_.fault_ == Fault::kNoSpace) return rocksdb::IOStatus::NoSpace("disk full");
    appended_ += bytes.size();
    return rocksdb::FSWritableFileOwnerWrapper::Append(bytes, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (disk_.fault_ == Fault::kSync) return rocksdb::IOStatus::IOError("sync failed");
    ++disk_.syncs_;
    {
      async::MutexLock lock(disk_.mutex_);
      disk_.synced_[name_] = appended_;
    }
    return rocksdb::FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  const std::string name_;
  FailingDisk& disk_;
  uint64_t appended_ = 0;
};

void FailingDisk::LoseUnsynced() {
  async::MutexLock lock(mutex_);
  for (const auto& [name, size] : synced_) {
    if (std::filesystem::exists(name) && std::filesystem::file_size(name) > size) {
      std::filesystem::resize_file(name, size);
    }
  }
}

rocksdb::IOStatus FailingDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSWritableFile>* file,
                                               rocksdb::IODebugContext* debug) {
  rocksdb::IOStatus status = rocksdb::FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (status.ok() && absl::EndsWith(name, ".log")) *file = std::make_unique<Log>(std::move(*file), name, *this);
  return status;
}

}  // namespace mcmig::migration
