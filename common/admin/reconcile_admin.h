#ifndef COMMON_ADMIN_RECONCILE_ADMIN_H_
#define COMMON_ADMIN_RECONCILE_ADMIN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/cancel.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "common/register/reconciliation_gate.h"
#include "mcmig/v1/register_admin.pb.h"

namespace mcmig::admin {

// mcmig.v1.RegisterAdmin/ReconcileRegister, as its comments say. Who may call it is the permission table's. The
// executor's thread only; the executor ends before this object.
class ReconcileAdmin {
 public:
  struct Doors {
    // The MC systems that the register can be compared with.
    std::vector<identity::SystemName> systems;
    // One comparison; the response's numbers.
    std::function<async::Task<absl::StatusOr<v1::ReconcileRegisterResponse>>(async::Executor&, async::CancelSignal&,
                                                                             identity::SystemName)>
        compare;
    // The register waits for this MC system no more.
    std::function<async::Task<absl::Status>(async::Executor&, identity::SystemName)> pass;
    const migration::ReconciliationGate* gate = nullptr;
  };
  explicit ReconcileAdmin(Doors doors) : doors_(std::move(doors)) {}

  async::Task<absl::StatusOr<v1::ReconcileRegisterResponse>> ReconcileRegister(
      const protocol::Call& call, const v1::ReconcileRegisterRequest& request);

 private:
  struct Run {
    uint64_t number = 0;
    bool under_way = false;
    absl::StatusOr<v1::ReconcileRegisterResponse> result;
  };
  async::Task<> Compare(async::Executor& executor, identity::SystemName system);

  const Doors doors_;
  // Never cancelled: a comparison is of use whether or not its caller waits.
  async::CancelSignal never_;
  // The last one with each MC system.
  std::map<identity::SystemName, Run> runs_;
};

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_RECONCILE_ADMIN_H_
