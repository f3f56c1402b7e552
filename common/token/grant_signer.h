#ifndef COMMON_TOKEN_GRANT_SIGNER_H_
#define COMMON_TOKEN_GRANT_SIGNER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/async/mutex.h"
#include "common/ops/reloads.h"
#include "common/token/grant.h"
#include "common/token/signing_key.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::token {

// Signs what the primary MC system grants and cancels (an extension). Thread-safe.
class GrantSigner {
 public:
  // Reads the key; `directory` is where a relative name starts. INVALID_ARGUMENT and NOT_FOUND, naming the field.
  static absl::StatusOr<std::unique_ptr<GrantSigner>> Create(const config::v1::GrantSigning& config,
                                                             absl::string_view directory);

  // `issuer` is not empty.
  GrantSigner(SigningKey key, std::string issuer) : GrantSigner(std::move(key), std::move(issuer), "") {}

  // Signs with the key that the file holds, from now on: where the configuration gives it no key ID, since a new key
  // under an old ID would verify nowhere. `reloads` does not outlive this object. Before `reloads` starts.
  void Keep(ops::Reloads& reloads);

  // Compact JWS of at most 8 KiB for the partner MC system `audience`. INTERNAL where OpenSSL fails.
  [[nodiscard]] absl::StatusOr<std::string> Sign(const Grant& grant, const std::string& audience) const;
  // The same for several grants by one signature, in their order: where there is more than one, each is a text as in
  // grant_in_tree.h. `grants`: 1 to kMaxGrantsInTree.
  [[nodiscard]] absl::StatusOr<std::vector<std::string>> SignTogether(absl::Span<const Grant> grants,
                                                                      const std::string& audience) const;
  [[nodiscard]] absl::StatusOr<std::string> Sign(const SignedCancel& cancel, const std::string& audience) const;

 private:
  GrantSigner(SigningKey key, std::string issuer, std::string path)
      : issuer_(std::move(issuer)), path_(std::move(path)), key_(std::make_shared<const SigningKey>(std::move(key))) {}
  absl::StatusOr<bool> Reload() ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::shared_ptr<const SigningKey> Key() const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string issuer_;
  // Of the key that may be replaced; empty: none.
  const std::string path_;
  mutable async::Mutex mutex_;
  std::shared_ptr<const SigningKey> key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_SIGNER_H_
