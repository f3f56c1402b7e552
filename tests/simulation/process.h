#ifndef TESTS_SIMULATION_PROCESS_H_
#define TESTS_SIMULATION_PROCESS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "common/async/manual_executor.h"
#include "common/async/task.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "common/register/testing/memory_database.h"
#include "common/register/write_later.h"
#include "tests/simulation/run.h"

namespace mcmig::simulation {

// One process on a machine of its own: it runs its handlers on an executor of its own with a clock of its own, and
// loses all but its disk when it crashes. One thread.
class Process {
 public:
  // Answers one request, both as the bytes on the wire.
  using Handler = std::function<async::Task<absl::StatusOr<std::string>>(const protocol::Call&, const std::string&)>;
  // What runs from start to crash: handlers, registers and all that they need.
  class Life {
   public:
    virtual ~Life() = default;
    // Serves `method`, e.g. "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration"; `handler` as in rpc::Server::Handle.
    template <class Request, class Handle>
    void Serve(identity::Listener listener, const std::string& method, Handle handle) {
      handlers_[{listener, method}] = [handle](const protocol::Call& call, const std::string& bytes) {
        return Answer<Request>(handle, call, bytes);
      };
    }
    // Null where it is not served.
    [[nodiscard]] const Handler* Find(identity::Listener listener, const std::string& method) const {
      const auto handler = handlers_.find({listener, method});
      return handler == handlers_.end() ? nullptr : &handler->second;
    }

   private:
    // All that is referred to outlives the task: `handle` is in handlers_.
    template <class Request, class Handle>
    static async::Task<absl::StatusOr<std::string>> Answer(const Handle& handle, const protocol::Call& call,
                                                           const std::string& bytes) {
      Request message;
      if (!message.ParseFromString(bytes)) co_return absl::InternalError("cannot be parsed");
      auto answer = co_await handle(call, message);
      if (!answer.ok()) co_return answer.status();
      co_return answer->SerializeAsString();
    }

    std::map<std::pair<identity::Listener, std::string>, Handler> handlers_;
  };
  using Boot = std::function<std::unique_ptr<Life>(Process&)>;

  Process(Run& run, identity::SystemName system, identity::Role role, Boot boot);
  ~Process() { End(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Start();
  // For good; the world ends.
  void End() {
    executor_.reset();
    life_.reset();
  }
  // Destroys all that runs; `kept`: what becomes of a write that was not synced. Starts again after a while.
  void Crash(migration::MemoryDisk::LastWrite kept);
  // A crash, where the dice say so: true, and counted at `point`.
  bool MayCrash(const std::string& point);
  // Lets its clock catch up with the true time, and runs all that can run.
  void CatchUp();

  [[nodiscard]] bool up() const { return executor_ != nullptr; }
  // While up.
  [[nodiscard]] async::ManualExecutor& executor() const { return *executor_; }
  [[nodiscard]] Life& life() const { return *life_; }
  // Of its next timer, in true time; InfiniteFuture where there is none.
  [[nodiscard]] absl::Time NextTimer() const;

  [[nodiscard]] const identity::SystemName& system() const { return system_; }
  [[nodiscard]] identity::Role role() const { return role_; }
  // "south.partner_server".
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Run& run() const { return run_; }
  migration::MemoryDisk& disk() { return disk_; }
  // For the register on this disk.
  migration::WriteLater Writer();

  // Never crashes: it is outside of what is simulated.
  void KeepUp() { keep_up_ = true; }
  // What else is done in the next start, before the process runs: a backup is put back.
  void AtNextStart(absl::AnyInvocable<void()> work) { at_next_start_ = std::move(work); }

 private:
  void Write(absl::AnyInvocable<void()> write);

  Run& run_;
  const identity::SystemName system_;
  const identity::Role role_;
  const std::string name_;
  const Boot boot_;
  migration::MemoryDisk disk_;
  absl::Duration skew_;
  // Counts starts, so that what was meant for an earlier one does not reach a later.
  uint64_t started_ = 0;
  bool keep_up_ = false;
  absl::AnyInvocable<void()> at_next_start_;
  std::unique_ptr<Life> life_;
  // Ends first: its tasks are in what `life_` holds.
  std::unique_ptr<async::ManualExecutor> executor_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_PROCESS_H_
