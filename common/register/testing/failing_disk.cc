#include "common/register/testing/failing_disk.h"

#include <utility>

#include "absl/strings/match.h"

namespace mcmig::migration {

class FailingDisk::Log final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Log(std::unique_ptr<rocksdb::FSWritableFile> file, FailingDisk& disk)
      : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}

  using rocksdb::FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (disk_.fault_ == Fault::kAppend) return rocksdb::IOStatus::IOError("append failed");
    if (disk_.fault_ == Fault::kNoSpace) return rocksdb::IOStatus::NoSpace("disk full");
    return rocksdb::FSWritableFileOwnerWrapper::Append(bytes, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (disk_.fault_ == Fault::kSync) return rocksdb::IOStatus::IOError("sync failed");
    ++disk_.syncs_;
    return rocksdb::FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  FailingDisk& disk_;
};

rocksdb::IOStatus FailingDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSWritableFile>* file,
                                               rocksdb::IODebugContext* debug) {
  rocksdb::IOStatus status = rocksdb::FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (status.ok() && absl::EndsWith(name, ".log")) *file = std::make_unique<Log>(std::move(*file), *this);
  return status;
}

}  // namespace mcmig::migration
