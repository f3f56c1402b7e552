#ifndef COMMON_RPC_PROCESS_H_
#define COMMON_RPC_PROCESS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/audit/trail.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/ops/metrics.h"
#include "common/ops/metrics_server.h"
#include "common/ops/reloads.h"
#include "common/rpc/credentials.h"
#include "common/rpc/health.h"
#include "common/rpc/loop.h"
#include "common/rpc/server.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::rpc {

// Keeps SIGTERM, SIGINT and SIGHUP for RunUntilSignal. Main thread, before any other thread exists (glog, stores and
// gRPC start some).
void BlockSignals();

// The listeners of a process, on one loop. Stores and whatever else handlers use outlive it. One thread.
class Process {
 public:
  // `metrics`, where calls are counted, and `trail`, where they are recorded (each nowhere where null), outlive it.
  explicit Process(std::shared_ptr<const Credentials> credentials, ops::Metrics* metrics = nullptr,
                   audit::Trail* trail = nullptr);

  // A listener to add methods to before RunUntilSignal; as Server::Create.
  absl::StatusOr<Server*> Listen(identity::Listener kind, const config::v1::Listener& config);
  // One for health probes; none where `address` is empty.
  void ListenForHealth(const std::string& address);

  // Something that runs beside the calls, from RunUntilSignal until it ends by itself or `stop` is cancelled, at the
  // begin of draining: then it ends soon.
  using Background = std::function<async::Task<>(async::Executor& executor, async::CancelSignal& stop)>;
  void RunInBackground(Background background) { backgrounds_.push_back(std::move(background)); }

  // What is read again while the process runs, from RunUntilSignal until draining: when its files change, and all of it
  // at SIGHUP.
  [[nodiscard]] ops::Reloads& reloads() { return reloads_; }
  // The own certificate, and whom `systems`, read from `table_file`, believes.
  void KeepCertificates(std::shared_ptr<Credentials> credentials, std::shared_ptr<identity::SystemTable> systems,
                        const std::string& table_file);

  // The life of the process between wiring and exit: starts the listeners and `metrics` (may be null); tells
  // `ready_file` (none where empty) that all of them listen; SERVING; waits for SIGTERM or SIGINT; NOT_SERVING; drains
  // all listeners at once, each within `grace`, the health listener after them and metrics last. An error: what could
  // not be started or written; nothing runs any more. Once.
  //
  // The ready file appears whole or not at all: {"pid":4711,"listeners":{"client":"127.0.0.1:40123",…}}, by name of
  // listener.
  absl::Status RunUntilSignal(absl::Duration grace, const std::string& ready_file,
                              ops::MetricsServer* metrics = nullptr);

  [[nodiscard]] const Health& health() const { return *health_; }

 private:
  const std::shared_ptr<const Credentials> credentials_;
  ops::Metrics* const metrics_;
  audit::Trail* const trail_;
  const std::shared_ptr<LoopThread> loop_ = std::make_shared<LoopThread>();
  const std::shared_ptr<Health> health_ = std::make_shared<Health>();
  std::vector<std::unique_ptr<Server>> listeners_;
  std::vector<Background> backgrounds_;
  ops::Reloads reloads_;
  // Of the loop's thread.
  async::CancelSignal stop_backgrounds_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_PROCESS_H_
