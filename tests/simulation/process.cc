#include "tests/simulation/process.h"

#include "absl/strings/str_cat.h"

namespace mcmig::simulation {

using migration::MemoryDisk;

Process::Process(Run& run, identity::SystemName system, identity::Role role, Boot boot)
    : run_(run),
      system_(std::move(system)),
      role_(role),
      name_(absl::StrCat(system_, ".", identity::RoleName(role))),
      boot_(std::move(boot)) {}

void Process::Start() {
  ++started_;
  // Whole milliseconds: a clock that is read over a socket.
  skew_ = run_.dice.Between(-run_.skew, run_.skew);
  run_.Note(absl::StrCat(name_, " starts, its clock ", absl::ToInt64Milliseconds(skew_), " ms off"));
  if (at_next_start_) std::exchange(at_next_start_, nullptr)();
  executor_ = std::make_unique<async::ManualExecutor>(run_.events.now() + skew_);
  life_ = boot_(*this);
  executor_->RunUntilIdle();
}

void Process::Crash(MemoryDisk::LastWrite kept) {
  run_.Note(absl::StrCat(name_, " crashes"));
  disk_.Crash(kept);
  End();
  run_.events.After(run_.dice.Between(absl::Milliseconds(1), absl::Seconds(5)), [this] { Start(); });
}

bool Process::MayCrash(const std::string& point) {
  if (keep_up_ || !up()) return false;
  const bool crash = run_.dice.Chance(run_.faults.crash);
  run_.coverage.Point(absl::StrCat(name_, ": ", point), crash);
  if (crash) Crash(run_.dice.Chance(0.5) ? MemoryDisk::LastWrite::kKept : MemoryDisk::LastWrite::kLost);
  return crash;
}

void Process::CatchUp() {
  if (up()) executor_->AdvanceTo(run_.events.now() + skew_);
}

absl::Time Process::NextTimer() const {
  return up() && executor_->NextTimer() < absl::InfiniteFuture() ? executor_->NextTimer() - skew_
                                                                 : absl::InfiniteFuture();
}

migration::WriteLater Process::Writer() {
  return [this](absl::AnyInvocable<void()> write) {
    const absl::Duration delay = run_.dice.Between(absl::Microseconds(100), absl::Milliseconds(20));
    run_.events.After(delay, [this, started = started_, write = std::move(write)]() mutable {
      if (up() && started == started_) Write(std::move(write));
    });
  };
}

void Process::Write(absl::AnyInvocable<void()> write) {
  run_.Note(absl::StrCat(name_, " commits"));
  if (MayCrash("commit, before the write")) return;
  // Between the write and its sync: whether the write is there after the crash is open.
  const bool unsynced = !keep_up_ && run_.dice.Chance(run_.faults.crash);
  run_.coverage.Point(absl::StrCat(name_, ": commit, between write and sync"), unsynced);
  const bool fails = run_.dice.Chance(run_.faults.disk);
  if (unsynced) disk_.Set(MemoryDisk::Fault::kSync);
  if (fails && !unsynced) {
    run_.Fault("failed write");
    disk_.Set(run_.dice.Chance(0.5) ? MemoryDisk::Fault::kSync : MemoryDisk::Fault::kWrite);
  }
  write();
  disk_.Set(MemoryDisk::Fault::kNone);
  if (unsynced) {
    Crash(run_.dice.Chance(0.5) ? MemoryDisk::LastWrite::kKept : MemoryDisk::LastWrite::kLost);
    return;
  }
  if (MayCrash("commit, after the sync and before the answer")) return;
  CatchUp();
  MayCrash("commit, after its answer");
}

}  // namespace mcmig::simulation
