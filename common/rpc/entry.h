#ifndef COMMON_RPC_ENTRY_H_
#define COMMON_RPC_ENTRY_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/bulkhead/peer_server.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/ops/metrics.h"
#include "common/protocol/next_hop.h"
#include "common/rpc/credentials.h"

namespace mcmig::rpc {

// Next hops to other MC systems, by the system's name. Immutable; thread-safe.
template <class Hop>
class EntriesOf {
 public:
  // Valid while this object lives.
  [[nodiscard]] const absl::flat_hash_map<identity::SystemName, Hop*>& by_system() const { return by_system_; }
  // The servers that are asked there, each behind a bulkhead of its own. Valid while this object lives.
  [[nodiscard]] const std::vector<std::unique_ptr<bulkhead::PeerServer>>& servers() const { return servers_; }
  void Add(std::unique_ptr<bulkhead::PeerServer> server, std::unique_ptr<Hop> hop) {
    by_system_.emplace(server->name().system, hop.get());
    servers_.push_back(std::move(server));
    hops_.push_back(std::move(hop));
  }

 private:
  std::vector<std::unique_ptr<bulkhead::PeerServer>> servers_;
  std::vector<std::unique_ptr<Hop>> hops_;
  absl::flat_hash_map<identity::SystemName, Hop*> by_system_;
};
using Entries = EntriesOf<protocol::PrimaryHop>;
using VisitorsEntries = EntriesOf<protocol::PartnerHop>;

// The way to primary MC systems: to each that has an entry in the system table (step 4, or step 3 without a gateway).
// An entry whose server_name is that of a primary MC service server is asked as one (NOTE 3: that system hides
// nothing); every other, also a plain-text one without a name, as a gateway. INVALID_ARGUMENT as
// Credentials::ForEndpoint. `metrics` as for MakeNextHop.
absl::StatusOr<Entries> MakeEntries(const std::shared_ptr<const Credentials>& credentials,
                                    const identity::SystemTable& systems, ops::Metrics* metrics = nullptr);

// The way to partner MC systems, in the same way: to each that has a visitors_entry, or an entry that is a gateway.
absl::StatusOr<VisitorsEntries> MakeVisitorsEntries(const std::shared_ptr<const Credentials>& credentials,
                                                    const identity::SystemTable& systems,
                                                    ops::Metrics* metrics = nullptr);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_ENTRY_H_
