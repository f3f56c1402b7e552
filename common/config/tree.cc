#include "common/config/tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mcmig::config {
namespace {

const Node* Find(const Node& map, absl::string_view key) {
  for (const Node::Entry& entry : map.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::ErrnoToStatus(errno, "cannot be read");
  absl::Cleanup close_file = [file] { close(file); };
  struct stat info{};
  if (fstat(file, &info) != 0) return absl::ErrnoToStatus(errno, "cannot be read");
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError("is not a regular file");
  std::string text;
  // One byte more than allowed, so that a file that grows meanwhile is noticed as well.
  text.resize(max_bytes + 1);
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot be read");
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > max_bytes) return absl::InvalidArgumentError(absl::StrCat("is over ", max_bytes, " bytes"));
  text.resize(size);
  return text;
}

Position Locate(const Node& tree, absl::string_view path) {
  const Node* node = &tree;
  while (!path.empty()) {
    const Node* next = nullptr;
    if (path[0] == '[') {
      const size_t end = path.find(']');
      size_t index = 0;
      if (end == absl::string_view::npos || !absl::SimpleAtoi(path.substr(1, end - 1), &index)) break;
      if (index < node->items.size()) next = &node->items[index];
      path.remove_prefix(end + 1);
    } else {
      const size_t end = path.find_first_of(".[");
      next = Find(*node, path.substr(0, end));
      path.remove_prefix(end == absl::string_view::npos ? path.size() : end);
    }
    if (next == nullptr) break;
    node = next;
    if (!path.empty() && path[0] == '.') path.remove_prefix(1);
  }
  return node->at;
}

}  // namespace mcmig::config
