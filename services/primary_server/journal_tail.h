#ifndef SERVICES_PRIMARY_SERVER_JOURNAL_TAIL_H_
#define SERVICES_PRIMARY_SERVER_JOURNAL_TAIL_H_

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/register/migration_register.h"
#include "services/primary_server/resume_token.h"

namespace mcmig::primary_server {

// The register's journal for those who follow it, also where other servers write to the same register. However many
// wait for its end to move, one look at it every kInterval is all it costs, and none where nobody waits; of those who
// are equally far, one reads. One executor's thread.
class JournalTail {
 public:
  static constexpr absl::Duration kInterval = absl::Milliseconds(100);
  // Most changes that are read at once.
  static constexpr size_t kPage = 256;

  // Both outlive it.
  JournalTail(const migration::MigrationRegister& migrations, const async::Clock& clock)
      : migrations_(migrations), clock_(clock) {}
  JournalTail(const JournalTail&) = delete;
  JournalTail& operator=(const JournalTail&) = delete;

  // Looks, until `stop` is cancelled.
  async::Task<> Run(async::Executor& executor, async::CancelSignal& stop);

  // The end of the journal as it is now. UNAVAILABLE.
  absl::StatusOr<JournalPlace> End() const;
  using Page = std::shared_ptr<const std::vector<migration::JournalEntry>>;
  // The next changes after `place`, up to kPage; empty where there are none yet. FAILED_PRECONDITION where the journal
  // does not have `place`: it is that of another register, or of this one before a restore, or the journal no longer
  // goes so far back. UNAVAILABLE.
  absl::StatusOr<Page> After(const JournalPlace& place);

  // co_await Wait(tail, executor, sequence, until, cancel): until the journal was seen to go beyond `sequence`, `until`
  // has come, `cancel` is cancelled or the executor stops.
  class [[nodiscard]] Wait final : private async::Timer, private async::CancelSignal::Listener {
   public:
    Wait(JournalTail& tail, async::Executor& executor, uint64_t sequence, absl::Time until, async::CancelSignal& cancel)
        : tail_(tail), executor_(executor), sequence_(sequence), until_(until), cancel_(cancel) {}
    [[nodiscard]] bool await_ready() const noexcept { return cancel_.cancelled(); }
    void await_suspend(std::coroutine_handle<> waiter);
    void await_resume() const noexcept {}

   private:
    friend class JournalTail;
    void Fire(bool reached) override;
    void OnCancel() override { executor_.CutShort(this); }

    JournalTail& tail_;
    async::Executor& executor_;
    const uint64_t sequence_;
    const absl::Time until_;
    async::CancelSignal& cancel_;
    std::coroutine_handle<> waiter_;
  };

 private:
  absl::Status Look();

  const migration::MigrationRegister& migrations_;
  const async::Clock& clock_;
  absl::flat_hash_set<Wait*> waiting_;
  // What was read last, after `after_`.
  JournalPlace after_;
  Page page_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_JOURNAL_TAIL_H_
