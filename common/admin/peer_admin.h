#ifndef COMMON_ADMIN_PEER_ADMIN_H_
#define COMMON_ADMIN_PEER_ADMIN_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/bulkhead/peer_server.h"
#include "common/protocol/call.h"
#include "mcmig/v1/peer_admin.pb.h"

namespace mcmig::admin {

// mcmig.v1.PeerAdmin, as its comments say, of the servers that one process asks. Who may call what is the permission
// table's. Thread-safe once it is complete.
class PeerAdmin {
 public:
  // What outlives it; before the first call.
  void Add(const std::vector<std::unique_ptr<bulkhead::PeerServer>>& servers) {
    for (const auto& server : servers) servers_.push_back(server.get());
  }

  async::Task<absl::StatusOr<v1::ListPeerServersResponse>> ListPeerServers(
      const protocol::Call& call, const v1::ListPeerServersRequest& request) const;
  async::Task<absl::StatusOr<v1::ResetPeerServersResponse>> ResetPeerServers(
      const protocol::Call& call, const v1::ResetPeerServersRequest& request) const;

 private:
  std::vector<bulkhead::PeerServer*> servers_;
};

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_PEER_ADMIN_H_
