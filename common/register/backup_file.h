#ifndef COMMON_REGISTER_BACKUP_FILE_H_
#define COMMON_REGISTER_BACKUP_FILE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// An encrypted file of chunks. What reads back is exactly what was written, whole and in order, or it is an error.
//
//   header   "mcmig backup 1\n", then 32 random bytes, the salt
//   chunk    4 bytes, the highest first: how many follow; the chunk encrypted; 16 bytes of tag
//   …        one chunk or more, the last one marked as such; nothing after it
//
// Each file has a key of its own, HKDF-SHA256 of the key that is given, the salt, and "mcmig backup 1" as info. Chunks
// are AES-256-GCM with the header as additional data, and a nonce of 12 bytes: the number of the chunk from 0 in 8
// bytes, the highest first, three zeros, and 1 in the last chunk or else 0. One thread.
namespace mcmig::migration {

inline constexpr size_t kBackupKeyBytes = 32;
using BackupKey = std::array<uint8_t, kBackupKeyBytes>;

// The key in a file of exactly 32 bytes. INVALID_ARGUMENT where it is none or cannot be read.
absl::StatusOr<BackupKey> ReadBackupKey(const std::string& path);

// The key of one file, and how its chunks are sealed.
class BackupCipher {
 public:
  static constexpr size_t kHeaderBytes = 47;
  // A header with a new salt.
  static absl::StatusOr<std::string> NewHeader();
  // INVALID_ARGUMENT where `header` is of another kind of file.
  static absl::StatusOr<BackupCipher> Create(const BackupKey& key, absl::string_view header);

  // The next chunk, with its tag.
  absl::StatusOr<std::string> Seal(absl::string_view chunk, bool last);
  // What Seal was given; `last` as it was then. DATA_LOSS where the key, the bytes or their place is another.
  absl::StatusOr<std::string> Open(absl::string_view sealed, bool last);

 private:
  BackupCipher() = default;

  BackupKey key_{};
  std::string header_;
  uint64_t chunks_ = 0;
};

// Writes a new file, for its owner only, which is there under its name once Finish was OK, and durably.
class BackupWriter {
 public:
  // FAILED_PRECONDITION where `path` exists; UNAVAILABLE where it cannot be written.
  static absl::StatusOr<std::unique_ptr<BackupWriter>> Create(const std::string& path, const BackupKey& key);
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;
  // Removes what was not finished.
  ~BackupWriter();

  absl::Status Write(absl::string_view chunk, bool last);
  absl::Status Finish();

 private:
  BackupWriter(std::string path, BackupCipher cipher, int fd);
  absl::Status WriteAll(absl::string_view bytes);

  const std::string path_;
  BackupCipher cipher_;
  int fd_;
};

class BackupReader {
 public:
  // INVALID_ARGUMENT where the file cannot be read or is of another kind.
  static absl::StatusOr<std::unique_ptr<BackupReader>> Open(const std::string& path, const BackupKey& key);

  // The next chunk; empty after the last. DATA_LOSS where the file was cut off or changed, or the key is another.
  absl::StatusOr<std::optional<std::string>> Next();

 private:
  BackupReader(std::ifstream file, BackupCipher cipher);

  std::ifstream file_;
  BackupCipher cipher_;
  bool done_ = false;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_BACKUP_FILE_H_
