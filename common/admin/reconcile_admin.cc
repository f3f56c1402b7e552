#include "common/admin/reconcile_admin.h"

#include <glog/logging.h>

#include <algorithm>

namespace mcmig::admin {

async::Task<absl::StatusOr<v1::ReconcileRegisterResponse>> ReconcileAdmin::ReconcileRegister(
    const protocol::Call& call, const v1::ReconcileRegisterRequest& request) {
  if (std::ranges::find(doors_.systems, request.system()) == doors_.systems.end()) {
    co_return absl::NotFoundError("system: none that this register is compared with");
  }
  v1::ReconcileRegisterResponse response;
  if (request.without_comparison()) {
    LOG(WARNING) << "by an operator: the register waits no more for MC system " << request.system();
    const absl::Status passed = co_await doors_.pass(*call.executor, request.system());
    if (!passed.ok()) co_return passed;
    response.set_done(true);
  } else {
    Run& run = runs_[request.system()];
    if (request.run() != 0 && request.run() != run.number) co_return absl::NotFoundError("run: none of this server's");
    if (request.run() == 0 && !run.under_way) {
      ++run.number;
      run.under_way = true;
      call.executor->Spawn(Compare(*call.executor, request.system()));
    }
    // Spawn may have done it all.
    if (!run.under_way && !run.result.ok()) co_return run.result.status();
    if (!run.under_way) response = *run.result;
    response.set_run(run.number);
    response.set_done(!run.under_way);
  }
  for (const identity::SystemName& system : doors_.gate->Waiting()) response.add_unreconciled_systems(system);
  co_return response;
}

async::Task<> ReconcileAdmin::Compare(async::Executor& executor, identity::SystemName system) {
  absl::StatusOr<v1::ReconcileRegisterResponse> result = co_await doors_.compare(executor, never_, system);
  LOG(INFO) << "by an operator: comparison with MC system " << system << ": " << result.status();
  Run& run = runs_[system];
  run.result = std::move(result);
  run.under_way = false;
}

}  // namespace mcmig::admin
