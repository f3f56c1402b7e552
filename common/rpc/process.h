#ifndef COMMON_RPC_PROCESS_H_
#define COMMON_RPC_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/ops/metrics_server.h"
#include "common/rpc/health.h"
#include "common/rpc/server.h"

namespace mcmig::rpc {

// Keeps SIGTERM and SIGINT for RunUntilSignal. Main thread, before any other thread exists (glog, stores and gRPC start
// some).
void BlockSignals();

// The life of a process between wiring and exit: starts `servers` and `metrics` (may be null); tells `ready_file` (none
// where empty) that all of them listen; SERVING; waits for SIGTERM or SIGINT; NOT_SERVING; drains all servers at once,
// each within `grace`, the health listener after them and metrics last. Stores and whatever else handlers use outlive
// it. An error: what could not be started or written; nothing runs any more.
//
// The ready file appears whole or not at all: {"pid":4711,"listeners":{"client":"127.0.0.1:40123",…}}, by name of
// listener.
absl::Status RunUntilSignal(const std::vector<std::unique_ptr<Server>>& servers, Health& health, absl::Duration grace,
                            const std::string& ready_file, ops::MetricsServer* metrics = nullptr);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_PROCESS_H_
