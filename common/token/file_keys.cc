#include "common/token/file_keys.h"

#include <vector>

namespace mcmig::token {

absl::StatusOr<std::unique_ptr<FileKeys>> FileKeys::Load(std::string path, Algorithms allowed) {
  std::unique_ptr<FileKeys> keys(new FileKeys(std::move(path), std::move(allowed)));
  if (absl::Status read = keys->Reload().status(); !read.ok()) return read;
  return keys;
}

std::shared_ptr<const KeySet> FileKeys::Keys() const {
  const async::MutexLock lock(mutex_);
  return keys_;
}

absl::StatusOr<bool> FileKeys::Reload() {
  absl::StatusOr<std::string> json = KeySet::ReadFile(path_);
  if (!json.ok()) return json.status();
  absl::StatusOr<KeySet> keys = KeySet::Parse(*json, allowed_);
  if (!keys.ok()) return absl::Status(keys.status().code(), path_ + ": " + std::string(keys.status().message()));
  const async::MutexLock lock(mutex_);
  if (*json == json_) return false;
  json_ = *std::move(json);
  keys_ = std::make_shared<const KeySet>(*std::move(keys));
  return true;
}

void FileKeys::Keep(ops::Reloads& reloads, const char* what) {
  if (path_.empty()) return;
  reloads.Add(what, [path = path_] { return std::vector<std::string>{path}; }, [this] { return Reload(); });
}

}  // namespace mcmig::token
