#ifndef COMMON_RPC_ENTRY_H_
#define COMMON_RPC_ENTRY_H_

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/ops/metrics.h"
#include "common/protocol/next_hop.h"
#include "common/rpc/credentials.h"

namespace mcmig::rpc {

// The way out of this MC system: a next hop to each system that has an entry in the system table (step 4, or step 3
// without a gateway). Immutable; thread-safe.
class Entries {
 public:
  // An entry whose server_name is that of a primary MC service server is asked as one (NOTE 3: that system hides
  // nothing); every other, also a plain-text one without a name, as a gateway. INVALID_ARGUMENT as
  // Credentials::ForEndpoint. `metrics` as for MakeNextHop.
  static absl::StatusOr<Entries> Create(const std::shared_ptr<const Credentials>& credentials,
                                        const identity::SystemTable& systems, ops::Metrics* metrics = nullptr);

  // By the system's name. Valid while this object lives.
  [[nodiscard]] const absl::flat_hash_map<identity::SystemName, protocol::NextHop*>& by_system() const {
    return by_system_;
  }

 private:
  std::vector<std::unique_ptr<protocol::NextHop>> hops_;
  absl::flat_hash_map<identity::SystemName, protocol::NextHop*> by_system_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_ENTRY_H_
