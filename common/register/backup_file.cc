#include "common/register/backup_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/register/sync_directory.h"

namespace mcmig::migration {
namespace {

constexpr size_t kLengthBytes = 4;
// Longer than any chunk that is written: what a changed length can make this reserve.
constexpr uint32_t kMaxSealedBytes = 16U << 20;

std::string Unfinished(const std::string& path) { return absl::StrCat(path, ".unfinished"); }

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::generic_category().message(errno)));
}

absl::Status CutOff() { return absl::DataLossError("the backup was cut off or changed"); }

}  // namespace

absl::StatusOr<BackupKey> ReadBackupKey(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kBackupKeyBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || static_cast<size_t>(file.gcount()) != kBackupKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file of exactly ", kBackupKeyBytes, " bytes"));
  }
  BackupKey key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(bytes[i]);
  return key;
}

absl::StatusOr<std::unique_ptr<BackupWriter>> BackupWriter::Create(const std::string& path, const BackupKey& key) {
  if (access(path.c_str(), F_OK) == 0) return absl::FailedPreconditionError(absl::StrCat(path, ": is there already"));
  const absl::StatusOr<std::string> header = BackupCipher::NewHeader();
  if (!header.ok()) return header.status();
  absl::StatusOr<BackupCipher> cipher = BackupCipher::Create(key, *header);
  if (!cipher.ok()) return cipher.status();
  const int fd = open(Unfinished(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return Failed(Unfinished(path));
  std::unique_ptr<BackupWriter> writer(new BackupWriter(path, *std::move(cipher), fd));
  if (absl::Status written = writer->WriteAll(*header); !written.ok()) return written;
  return writer;
}

BackupWriter::BackupWriter(std::string path, BackupCipher cipher, int fd)
    : path_(std::move(path)), cipher_(std::move(cipher)), fd_(fd) {}

BackupWriter::~BackupWriter() {
  if (fd_ < 0) return;
  close(fd_);
  std::remove(Unfinished(path_).c_str());
}

absl::Status BackupWriter::WriteAll(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return Failed(Unfinished(path_));
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status BackupWriter::Write(absl::string_view chunk, bool last) {
  const absl::StatusOr<std::string> sealed = cipher_.Seal(chunk, last);
  if (!sealed.ok()) return sealed.status();
  std::string length(kLengthBytes, '\0');
  auto bytes = static_cast<uint32_t>(sealed->size());
  for (size_t i = kLengthBytes; i-- > 0; bytes >>= 8) length[i] = static_cast<char>(bytes & 0xff);
  if (absl::Status written = WriteAll(length); !written.ok()) return written;
  return WriteAll(*sealed);
}

absl::Status BackupWriter::Finish() {
  if (fsync(fd_) != 0) return Failed(Unfinished(path_));
  if (std::rename(Unfinished(path_).c_str(), path_.c_str()) != 0) return Failed(path_);
  close(std::exchange(fd_, -1));
  return SyncDirectoryOf(path_);
}

absl::StatusOr<std::unique_ptr<BackupReader>> BackupReader::Open(const std::string& path, const BackupKey& key) {
  std::ifstream file(path, std::ios::binary);
  std::string header(BackupCipher::kHeaderBytes, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read, or is no backup"));
  absl::StatusOr<BackupCipher> cipher = BackupCipher::Create(key, header);
  if (!cipher.ok()) return cipher.status();
  return std::unique_ptr<BackupReader>(new BackupReader(std::move(file), *std::move(cipher)));
}

BackupReader::BackupReader(std::ifstream file, BackupCipher cipher)
    : file_(std::move(file)), cipher_(std::move(cipher)) {}

absl::StatusOr<std::optional<std::string>> BackupReader::Next() {
  if (done_) return std::nullopt;
  std::string length(kLengthBytes, '\0');
  if (!file_.read(length.data(), kLengthBytes)) return CutOff();
  uint32_t bytes = 0;
  for (const char byte : length) bytes = bytes << 8 | static_cast<uint8_t>(byte);
  if (bytes > kMaxSealedBytes) return CutOff();
  std::string sealed(bytes, '\0');
  if (!file_.read(sealed.data(), static_cast<std::streamsize>(bytes))) return CutOff();
  // Only at the end of the file can it be the last, and there it has to be.
  done_ = file_.peek() == std::ifstream::traits_type::eof();
  absl::StatusOr<std::string> chunk = cipher_.Open(sealed, done_);
  if (!chunk.ok()) return chunk.status();
  return *std::move(chunk);
}

}  // namespace mcmig::migration
