#include "services/mcmig/bundle/trust_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/config/tree.h"
#include "common/register/sync_directory.h"

namespace mcmig::bundle {
namespace {

constexpr absl::string_view kPrefix = "generation-";
constexpr const char* kNames[] = {kBundleFile, kRootsFile, kGrantsFile, kIdentityServerFile};
constexpr mode_t kFileMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
constexpr mode_t kDirectoryMode = S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH;

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::generic_category().message(errno)));
}

std::string NameOf(uint64_t generation) { return absl::StrCat(kPrefix, generation); }

// 0 where it is none.
uint64_t GenerationOf(absl::string_view name) {
  uint64_t number = 0;
  const bool named =
      absl::ConsumePrefix(&name, kPrefix) && absl::SimpleAtoi(name, &number) && name == absl::StrCat(number);
  return named ? number : 0;
}

// The generation in force; 0 where there is none.
absl::StatusOr<uint64_t> CurrentOf(const std::string& path) {
  const std::string link = absl::StrCat(path, "/", TrustDirectory::kCurrent);
  std::error_code error;
  const std::filesystem::path target = std::filesystem::read_symlink(link, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  const uint64_t generation = error ? 0 : GenerationOf(target.string());
  if (generation > 0) return generation;
  return absl::FailedPreconditionError(absl::StrCat(link, ": is none that an import has made"));
}

absl::Status WriteAndSync(const std::string& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode);
  if (file < 0) return Failed(path);
  absl::string_view rest = bytes;
  absl::Status status;
  while (!rest.empty() && status.ok()) {
    const ssize_t written = write(file, rest.data(), rest.size());
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
    if (written < 0 && errno != EINTR) status = Failed(path);
  }
  if (status.ok() && fsync(file) != 0) status = Failed(path);
  close(file);
  return status;
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, const std::string& bytes) {
  const std::string written = path + ".new";
  if (absl::Status done = WriteAndSync(written, bytes); !done.ok()) return done;
  if (rename(written.c_str(), path.c_str()) != 0) return Failed(path);
  return migration::SyncDirectoryOf(path);
}

absl::StatusOr<std::optional<Files>> TrustDirectory::Read(const std::string& path) {
  const absl::StatusOr<uint64_t> generation = CurrentOf(path);
  if (!generation.ok()) return generation.status();
  if (*generation == 0) return std::nullopt;
  Files files;
  for (const char* name : kNames) {
    const std::string file = absl::StrCat(path, "/", NameOf(*generation), "/", name);
    absl::StatusOr<std::string> bytes = config::ReadFile(file);
    if (absl::IsNotFound(bytes.status())) continue;
    if (!bytes.ok()) return absl::UnavailableError(absl::StrCat(file, ": ", bytes.status().message()));
    files[name] = *std::move(bytes);
  }
  return files;
}

absl::StatusOr<TrustDirectory> TrustDirectory::Lock(const std::string& path) {
  if (mkdir(path.c_str(), kDirectoryMode) != 0 && errno != EEXIST) return Failed(path);
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failed(path);
  TrustDirectory directory(path, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": another import is at work"));
  }
  return directory;
}

TrustDirectory::TrustDirectory(TrustDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      after_step_(std::move(other.after_step_)) {}

TrustDirectory::~TrustDirectory() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status TrustDirectory::WriteGeneration(const std::string& directory, const Files& files) {
  // What an import that died has left is nobody's.
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  after_step_();
  if (mkdir(directory.c_str(), kDirectoryMode) != 0) return Failed(directory);
  after_step_();
  for (const auto& [name, bytes] : files) {
    if (absl::Status done = WriteAndSync(absl::StrCat(directory, "/", name), bytes); !done.ok()) return done;
    after_step_();
  }
  return migration::SyncDirectoryOf(directory + "/");
}

absl::Status TrustDirectory::Publish(const Files& files) {
  const absl::StatusOr<uint64_t> before = CurrentOf(path_);
  if (!before.ok()) return before.status();
  const uint64_t next = *before + 1;
  const std::string link = absl::StrCat(path_, "/", kCurrent);
  const std::string new_link = link + ".new";
  absl::Status written = WriteGeneration(absl::StrCat(path_, "/", NameOf(next)), files);
  if (!written.ok()) return written;
  // The generation has its name before anything leads to it.
  if (absl::Status done = migration::SyncDirectoryOf(link); !done.ok()) return done;
  if (unlink(new_link.c_str()) != 0 && errno != ENOENT) return Failed(new_link);
  after_step_();
  if (symlink(NameOf(next).c_str(), new_link.c_str()) != 0) return Failed(new_link);
  after_step_();
  if (rename(new_link.c_str(), link.c_str()) != 0) return Failed(link);
  after_step_();
  if (absl::Status done = migration::SyncDirectoryOf(link); !done.ok()) return done;
  // And the directory itself, which the first import has made.
  if (absl::Status done = migration::SyncDirectoryOf(path_); !done.ok()) return done;
  RemoveOld(next);
  after_step_();
  return absl::OkStatus();
}

void TrustDirectory::RemoveOld(uint64_t now) const {
  std::error_code error;
  std::vector<std::filesystem::path> old;
  for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error)) {
    const uint64_t generation = GenerationOf(entry->path().filename().string());
    if (generation > 0 && generation + 1 < now) old.push_back(entry->path());
  }
  // What cannot be removed is in nobody's way.
  for (const std::filesystem::path& directory : old) std::filesystem::remove_all(directory, error);
}

}  // namespace mcmig::bundle
