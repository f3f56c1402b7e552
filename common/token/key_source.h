#ifndef COMMON_TOKEN_KEY_SOURCE_H_
#define COMMON_TOKEN_KEY_SOURCE_H_

#include <memory>

#include "common/ops/reloads.h"
#include "common/token/jwks.h"

namespace mcmig::token {

// Where the keys of one identity management server come from, and come anew while the process runs. Thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;

  // The keys to verify with now; another object whenever they are others. Null where there are none that may be
  // trusted: then no token is valid.
  [[nodiscard]] virtual std::shared_ptr<const KeySet> Keys() const = 0;

  // A token names a key that is not in the set: there may be a newer one.
  virtual void Missed() const {}

  // Keeps the keys current from now on: by `reloads`, which does not outlive this object, or by itself. `what` is a
  // literal, for logs and metrics. Once, and before `reloads` starts.
  virtual void Keep(ops::Reloads& reloads, const char* what) = 0;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_KEY_SOURCE_H_
