#ifndef COMMON_TOKEN_GRANT_VERIFIER_H_
#define COMMON_TOKEN_GRANT_VERIFIER_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/async/mutex.h"
#include "common/digest/sha256.h"
#include "common/ops/reloads.h"
#include "common/token/claims.h"
#include "common/token/file_keys.h"
#include "common/token/grant.h"
#include "common/token/jwks.h"
#include "common/token/key_source.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::token {

// Verifies what one primary MC system signs for this one (an extension). ES256 only. Remembers the trees whose
// signature was right, so that each grant in one costs some hashes; and no grant, which is for one answer. Thread-safe.
class GrantVerifier {
 public:
  // Reads the JWKS file; `directory` is where a relative name starts. INVALID_ARGUMENT, naming the field, for whatever
  // is missing and a key set that is refused; NOT_FOUND where the file cannot be read.
  static absl::StatusOr<std::unique_ptr<GrantVerifier>> Create(const config::v1::GrantKeys& config,
                                                               absl::string_view directory);

  // `keys` were parsed with ES256 alone; neither part of `origin` is empty.
  GrantVerifier(KeySet keys, TokenOrigin origin)
      : GrantVerifier(std::make_unique<FileKeys>(std::move(keys)), std::move(origin)) {}
  GrantVerifier(std::unique_ptr<KeySource> keys, TokenOrigin origin)
      : keys_(std::move(keys)), origin_(std::move(origin)) {}

  // As KeySource::Keep. The series of the metrics are those of all primary MC systems together.
  void Keep(ops::Reloads& reloads) { keys_->Keep(reloads, "grant_keys"); }

  // Trees that are remembered. The answers with the grants of one come within a few milliseconds of each other.
  static constexpr size_t kRemembered = 256;

  // The claims of a compact JWS, or of a grant as in grant_in_tree.h, whose issuer is that system and whose audience is
  // this one; of at most 8 KiB.
  // UNAUTHENTICATED, with a reason and nothing of the token, where it is not right or of the other kind. What it stands
  // for, and when, is for a rule to decide.
  [[nodiscard]] absl::StatusOr<Grant> VerifyGrant(absl::string_view grant) const;
  [[nodiscard]] absl::StatusOr<SignedCancel> VerifyCancel(absl::string_view cancel) const;

  // As audience of the requests whose digests are in grants.
  [[nodiscard]] const std::string& audience() const { return origin_.audience; }

 private:
  // Those whose signature `keys` verified; in the order they came.
  struct Remembered {
    std::shared_ptr<const KeySet> keys;
    absl::flat_hash_map<digest::Sha256, GrantTree> trees;
    std::deque<digest::Sha256> order;
  };
  // What is signed, where it is of `type` and by a key that is current.
  [[nodiscard]] absl::StatusOr<std::string> Payload(absl::string_view text, absl::string_view type) const;
  // The claims of a grant as in grant_in_tree.h, where they are in the tree.
  [[nodiscard]] absl::StatusOr<std::string> ClaimsInTree(absl::string_view text) const;
  [[nodiscard]] absl::StatusOr<GrantTree> VerifyTree(const std::string& jws) const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<KeySource> keys_;
  const TokenOrigin origin_;
  // Remembering changes no answer.
  mutable async::Mutex mutex_;
  mutable Remembered remembered_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_VERIFIER_H_
