#include "common/rpc/key_pair_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"

namespace mcmig::rpc {
namespace {

// A new file with these bytes, modified at `version`; below 0 where that fails.
int NewFile(const std::string& bytes, std::time_t version) {
  const int descriptor = memfd_create("key pair", MFD_CLOEXEC);
  if (descriptor < 0) return descriptor;
  const std::array<timespec, 2> times = {{{.tv_sec = version, .tv_nsec = 0}, {.tv_sec = version, .tv_nsec = 0}}};
  const auto size = static_cast<ssize_t>(bytes.size());
  if (write(descriptor, bytes.data(), bytes.size()) == size && futimens(descriptor, times.data()) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyPairFile>> KeyPairFile::Create(absl::string_view key_pem,
                                                                 absl::string_view chain_pem) {
  const int descriptor = NewFile(absl::StrCat(key_pem, "\n", chain_pem), 1);
  if (descriptor < 0) return absl::InternalError("certificate: no memory for the key");
  return std::unique_ptr<KeyPairFile>(new KeyPairFile(descriptor));
}

KeyPairFile::~KeyPairFile() { close(descriptor_); }

std::string KeyPairFile::path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

absl::Status KeyPairFile::Replace(absl::string_view key_pem, absl::string_view chain_pem) {
  const int next = NewFile(absl::StrCat(key_pem, "\n", chain_pem), version_ + 1);
  if (next < 0) return absl::InternalError("certificate: no memory for the key");
  // The path keeps its name, and names another file from one moment to the next.
  const int replaced = dup3(next, descriptor_, O_CLOEXEC);
  close(next);
  if (replaced != descriptor_) return absl::InternalError("certificate: the key cannot be replaced");
  ++version_;
  return absl::OkStatus();
}

}  // namespace mcmig::rpc
