#include "services/primary_server/journal_tail.h"

#include <glog/logging.h>

#include <utility>

#include "absl/status/status.h"
#include "common/async/sleep.h"

namespace mcmig::primary_server {
namespace {

using migration::JournalEntry;

constexpr absl::Duration kIntervalAfterError = absl::Seconds(1);

}  // namespace

async::Task<> JournalTail::Run(async::Executor& executor, async::CancelSignal& stop) {
  absl::Status last;
  for (;;) {
    const absl::Duration interval = last.ok() ? kInterval : kIntervalAfterError;
    const bool reached = co_await async::Sleep(executor, clock_.Now() + interval, &stop);
    if (!reached) co_return;
    const absl::Status looked = Look();
    if (looked.code() != last.code()) LOG(WARNING) << "the end of the migration register's journal: " << looked;
    last = looked;
  }
}

absl::Status JournalTail::Look() {
  if (waiting_.empty()) return absl::OkStatus();
  const absl::StatusOr<uint64_t> last = migrations_.LastSequence();
  if (!last.ok()) return last.status();
  // None of them runs inside of this.
  for (Wait* wait : waiting_) {
    if (wait->sequence_ < *last) wait->executor_.CutShort(wait);
  }
  return absl::OkStatus();
}

absl::StatusOr<JournalPlace> JournalTail::End() const {
  const JournalPlace begin{.incarnation = migrations_.incarnation()};
  const absl::StatusOr<uint64_t> last = migrations_.LastSequence();
  if (!last.ok()) return absl::UnavailableError("the register cannot be read");
  if (*last == 0) return begin;
  const absl::StatusOr<std::vector<JournalEntry>> entry = migrations_.ListJournal(*last - 1, 1);
  if (!entry.ok() || entry->empty()) return absl::UnavailableError("the register cannot be read");
  return JournalPlace{.incarnation = begin.incarnation, .sequence = entry->front().sequence, .at = entry->front().at};
}

absl::StatusOr<JournalTail::Page> JournalTail::After(const JournalPlace& place) {
  if (place.incarnation != migrations_.incarnation()) {
    return absl::FailedPreconditionError("resume_token: the register was restored since; look up anew");
  }
  const bool same = page_ != nullptr && after_.sequence == place.sequence && after_.at == place.at;
  if (same && !page_->empty()) return page_;
  // Read together with the change before it, which shows that this is the journal of the token, without a gap.
  const size_t known = place.sequence == 0 ? 0 : 1;
  absl::StatusOr<std::vector<JournalEntry>> entries = migrations_.ListJournal(place.sequence - known, kPage + known);
  if (!entries.ok()) return absl::UnavailableError("the register cannot be read");
  // Before the first change of all there is none to show it.
  const bool there =
      known == 0 ? entries->empty() || entries->front().sequence == 1
                 : !entries->empty() && entries->front().sequence == place.sequence && entries->front().at == place.at;
  if (!there) {
    return absl::FailedPreconditionError("resume_token: this register's journal does not have it; look up anew");
  }
  if (known == 1) entries->erase(entries->begin());
  after_ = place;
  page_ = std::make_shared<const std::vector<JournalEntry>>(*std::move(entries));
  return page_;
}

void JournalTail::Wait::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  tail_.waiting_.insert(this);
  executor_.StartTimer(this, until_);
  Join(cancel_);
}

void JournalTail::Wait::Fire(bool /*reached*/) {
  Leave();
  tail_.waiting_.erase(this);
  waiter_.resume();
}

}  // namespace mcmig::primary_server
