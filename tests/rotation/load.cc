#include "tests/rotation/load.h"

#include <utility>

#include "gtest/gtest.h"
#include "tests/metrics/scrape.h"

namespace mcmig::rotation {
namespace {

constexpr size_t kMaxFailures = 5;

}  // namespace

Load::Load(harness::Deployment& deployment, int clients, int users, Call call) : call_(std::move(call)) {
  const int share = users / clients;
  for (int i = 0; i < clients; ++i) {
    const auto channel = harness::Connect(deployment.partner_server->Address("client"), harness::kPartnerServer,
                                          deployment.south, &deployment.north.Issue(harness::kClient));
    threads_.emplace_back([this, channel, i, share] { Run(channel, i * share, share); });
  }
}

void Load::Await(int calls) const {
  const int from = asked_;
  EXPECT_TRUE(metrics::Eventually([&] { return asked_ > from + calls; }));
}

void Load::Stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::vector<std::string> Load::failures() const {
  const async::MutexLock lock(mutex_);
  return failures_;
}

void Load::Run(const std::shared_ptr<grpc::Channel>& channel, int first, int count) {
  for (int i = 0; !stopped_; i = (i + 1) % count) {
    const harness::Answer answer = call_(channel, first + i);
    ++asked_;
    if (answer.success()) continue;
    const async::MutexLock lock(mutex_);
    if (failures_.size() < kMaxFailures) failures_.push_back(answer.Outcome() + " " + answer.status.error_message());
  }
}

}  // namespace mcmig::rotation
