#ifndef SERVICES_PRIMARY_SERVER_GRANT_QUEUE_H_
#define SERVICES_PRIMARY_SERVER_GRANT_QUEUE_H_

#include <coroutine>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/token/grant.h"
#include "common/token/grant_signer.h"

namespace mcmig::primary_server {

// Signs the grants for one partner MC system that are wanted at the same time together: a commit ends many calls at
// once, and a signature takes longer than all else that is done for one of them. Waits for nothing: a grant that is
// alone is signed alone. One executor's thread.
class GrantQueue {
 public:
  // At most `most` share a signature: 1 to token::kMaxGrantsInTree. `signer` outlives the queue, which outlives every
  // task.
  GrantQueue(const token::GrantSigner& signer, size_t most) : signer_(signer), most_(most) {}
  GrantQueue(const GrantQueue&) = delete;
  GrantQueue& operator=(const GrantQueue&) = delete;

  // The text of `grant` for the partner MC system `audience`. As GrantSigner::Sign.
  async::Task<absl::StatusOr<std::string>> Sign(async::Executor& executor, token::Grant grant, std::string audience);

 private:
  // Grants that will share a signature, and those who wait for it: all but the first, whose task signs.
  struct Group {
    std::vector<token::Grant> grants;
    std::vector<std::coroutine_handle<>> others;
    std::vector<absl::StatusOr<std::string>> texts;
  };
  // co_await Join(group): when its texts are there.
  class Join;
  void Close(const Group& group, const std::string& audience);
  void SignAll(Group& group, const std::string& audience) const;

  const token::GrantSigner& signer_;
  const size_t most_;
  // By audience: groups that take more. Each lives in the frame of its first task.
  absl::flat_hash_map<std::string, Group*> open_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_GRANT_QUEUE_H_
