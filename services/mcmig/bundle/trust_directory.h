#ifndef SERVICES_MCMIG_BUNDLE_TRUST_DIRECTORY_H_
#define SERVICES_MCMIG_BUNDLE_TRUST_DIRECTORY_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/mcmig/bundle/believed.h"

namespace mcmig::bundle {

// Where the files of one MC system's bundle are, for processes that read them again when they change:
//
//   DIR/current -> generation-7    what is in force; processes are configured with DIR/current/roots.pem
//   DIR/generation-7/              the files of one import, never changed
//   DIR/generation-6/              those before
//
// The link changes in one step, so a reader and whoever comes after a crash or a power failure finds all of the old
// files or all of the new ones. Blocking. One import at a time, by a lock on the directory.
class TrustDirectory {
 public:
  static constexpr char kCurrent[] = "current";

  // What is in force in `path`; nothing where there is no such directory, or nothing in it yet. UNAVAILABLE where it
  // cannot be read, FAILED_PRECONDITION where `current` is none that Publish has made.
  static absl::StatusOr<std::optional<Files>> Read(const std::string& path);

  // Locks the directory, made where missing, against other imports until this object is gone. FAILED_PRECONDITION where
  // another one has it, UNAVAILABLE where it cannot be made.
  static absl::StatusOr<TrustDirectory> Lock(const std::string& path);
  TrustDirectory(TrustDirectory&& other) noexcept;
  TrustDirectory& operator=(TrustDirectory&&) = delete;
  ~TrustDirectory();

  // Puts `files` into force, durably: on OK they are, on an error (UNAVAILABLE) what was before still is, except where
  // the last step, making the new link durable, failed. Readable by everybody: nothing in it is secret. Generations
  // before the last are removed.
  absl::Status Publish(const Files& files);

  // Called after each change of the file system. For tests that die there.
  void set_after_step(std::function<void()> after_step) { after_step_ = std::move(after_step); }

 private:
  TrustDirectory(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  absl::Status WriteGeneration(const std::string& directory, const Files& files);
  void RemoveOld(uint64_t now) const;

  std::string path_;
  int descriptor_;
  std::function<void()> after_step_ = [] {};
};

// Writes a file that is there as a whole or not at all, whatever happens. UNAVAILABLE where that failed.
absl::Status ReplaceFile(const std::string& path, const std::string& bytes);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_TRUST_DIRECTORY_H_
