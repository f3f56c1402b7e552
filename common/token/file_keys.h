#ifndef COMMON_TOKEN_FILE_KEYS_H_
#define COMMON_TOKEN_FILE_KEYS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/async/mutex.h"
#include "common/token/algorithm.h"
#include "common/token/key_source.h"

namespace mcmig::token {

// Keys of a JWKS file. Rotation with overlap: the file holds the old and the new key for a while; a key that is gone
// from it verifies nothing any more, from the moment when it was read again.
class FileKeys final : public KeySource {
 public:
  // As KeySet::LoadFile.
  static absl::StatusOr<std::unique_ptr<FileKeys>> Load(std::string path, Algorithms allowed);
  // Keys that never change, of no file.
  explicit FileKeys(KeySet keys) : keys_(std::make_shared<const KeySet>(std::move(keys))) {}

  [[nodiscard]] std::shared_ptr<const KeySet> Keys() const override;
  void Keep(ops::Reloads& reloads, const char* what) override;

  // Reads the file again; whether it holds anything new. As Load: then the keys stay what they were.
  absl::StatusOr<bool> Reload();

 private:
  FileKeys(std::string path, Algorithms allowed) : path_(std::move(path)), allowed_(std::move(allowed)) {}

  const std::string path_;
  const Algorithms allowed_;
  mutable async::Mutex mutex_;
  std::string json_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_FILE_KEYS_H_
