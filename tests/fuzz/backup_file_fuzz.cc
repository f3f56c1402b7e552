// A backup file: migration::BackupReader.
//
// Text: the chunks of a backup, a line each, which is encrypted under a key of this process and then edited. Where the
// text is empty, the edits are the file.
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/register/backup_file.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using migration::BackupCipher;
using migration::BackupKey;
using migration::BackupReader;

// Any key: only this process writes and reads with it.
constexpr BackupKey kKey = {1, 2, 3};

std::string LengthOf(const std::string& sealed) {
  std::string length;
  for (int shift = 24; shift >= 0; shift -= 8) length.push_back(static_cast<char>(sealed.size() >> shift));
  return length;
}

std::string BackupOf(const std::vector<std::string>& chunks) {
  // A salt of its own would make the same input another file each time.
  std::string file = absl::StrCat("mcmig backup 1\n", std::string(32, 's'));
  BackupCipher cipher = *BackupCipher::Create(kKey, file);
  for (size_t i = 0; i < chunks.size(); ++i) {
    const std::string sealed = *cipher.Seal(chunks[i], i + 1 == chunks.size());
    absl::StrAppend(&file, LengthOf(sealed), sealed);
  }
  return file;
}

// A file without a place on a disk.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : fd_(memfd_create("backup", MFD_CLOEXEC)) {
    Require(fd_ >= 0 && write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "a file can be written");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  [[nodiscard]] std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  const int fd_;
};

void Check(const Input& input) {
  const bool written = !input.text.empty();
  std::vector<std::string> chunks;
  if (written) chunks = absl::StrSplit(input.text, '\n');
  const std::string whole = written ? BackupOf(chunks) : "";
  const std::string bytes = written ? Edited(whole, input.edits) : std::string(input.edits);
  const MemoryFile file(bytes);
  const absl::StatusOr<std::unique_ptr<BackupReader>> reader = BackupReader::Open(file.path(), kKey);
  if (!reader.ok()) {
    Require(!written || bytes != whole, "a whole backup is one");
    return RequireRefusal(reader.status(), absl::StatusCode::kInvalidArgument, bytes);
  }
  for (size_t read = 0;; ++read) {
    absl::StatusOr<std::optional<std::string>> chunk = (*reader)->Next();
    if (!chunk.ok()) {
      Require(bytes != whole, "a whole backup reads back");
      return RequireRefusal(chunk.status(), absl::StatusCode::kDataLoss, bytes);
    }
    if (!chunk->has_value()) return Require(bytes == whole && read == chunks.size(), "only the whole reads to its end");
    Require(read < chunks.size() && **chunk == chunks[read], "what reads back is what was written, in its order");
  }
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
