#include "common/register/incarnation_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/register/sync_directory.h"

namespace mcmig::migration {
namespace {

constexpr size_t kMaxBytes = 32;

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::generic_category().message(errno)));
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status WriteAndSync(const std::string& path, const std::string& text) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd() < 0 || write(file.fd(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(file.fd()) != 0) {
    return Failed(path);
  }
  return absl::OkStatus();
}

}  // namespace

std::string IncarnationFile(const std::string& directory) {
  absl::string_view name = directory;
  while (name.size() > 1 && absl::ConsumeSuffix(&name, "/")) {
  }
  return absl::StrCat(name, ".incarnation");
}

absl::StatusOr<std::optional<uint64_t>> ReadIncarnation(const std::string& directory) {
  const std::string path = IncarnationFile(directory);
  const Descriptor file(path, O_RDONLY);
  if (file.fd() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return Failed(path);
  }
  char text[kMaxBytes];
  const ssize_t bytes = read(file.fd(), text, sizeof(text));
  if (bytes < 0) return Failed(path);
  uint64_t incarnation = 0;
  if (!absl::SimpleAtoi(absl::string_view(text, static_cast<size_t>(bytes)), &incarnation) || incarnation == 0) {
    return absl::DataLossError(absl::StrCat(path, ": not a number of 1 or more, which it was written with"));
  }
  return incarnation;
}

absl::Status WriteIncarnation(const std::string& directory, uint64_t incarnation) {
  const std::string path = IncarnationFile(directory);
  const std::string written = absl::StrCat(path, ".new");
  if (absl::Status done = WriteAndSync(written, absl::StrCat(incarnation, "\n")); !done.ok()) return done;
  if (rename(written.c_str(), path.c_str()) != 0) return Failed(path);
  return SyncDirectoryOf(path);
}

}  // namespace mcmig::migration
