#include "services/partner_server/forgetting.h"

#include <glog/logging.h>

#include <string>

#include "common/async/sleep.h"

namespace mcmig::partner_server {
namespace {

constexpr size_t kPage = 256;
// Between pages, so that visits get their turn at the writer.
constexpr absl::Duration kPause = absl::Milliseconds(20);

}  // namespace

async::Task<> Forgetting::Run(async::Executor& executor, async::CancelSignal& stop) {
  for (;;) {
    const bool reached = co_await async::Sleep(executor, clock_.Now() + kInterval, &stop);
    if (!reached) co_return;
    const absl::Status forgot = co_await Forget(executor, stop);
    if (!forgot.ok() && !stop.cancelled()) LOG(WARNING) << "cancelled epochs could not be forgotten: " << forgot;
  }
}

async::Task<absl::Status> Forgetting::Forget(async::Executor& executor, async::CancelSignal& stop) {
  const absl::Time before = clock_.Now() - kKept;
  for (std::string after;;) {
    absl::StatusOr<std::string> next = co_await visitors_.ForgetCancelled(executor, before, after, kPage);
    if (!next.ok()) co_return next.status();
    if (next->empty()) co_return absl::OkStatus();
    after = *std::move(next);
    const bool reached = co_await async::Sleep(executor, clock_.Now() + kPause, &stop);
    if (!reached) co_return absl::CancelledError("the server ends");
  }
}

}  // namespace mcmig::partner_server
