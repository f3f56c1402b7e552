#include "tests/metrics/scrape.h"

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/harness/http.h"

namespace mcmig::metrics {

std::string TextOf(const harness::Process& process) {
  const harness::HttpAnswer answer = harness::HttpGet(process.Address("metrics"), "/metrics");
  EXPECT_EQ(answer.status, 200) << process.log_file();
  return answer.body;
}

ops::testing::Exposition Scrape(const harness::Process& process) {
  return ops::testing::ParseExposition(TextOf(process));
}

std::vector<const harness::Process*> ProcessesOf(const harness::Deployment& deployment) {
  std::vector<const harness::Process*> there;
  for (const auto* process : {&deployment.client_agent, &deployment.partner_server, &deployment.south_gateway,
                              &deployment.north_gateway, &deployment.primary_server_a, &deployment.primary_server_b}) {
    if (*process != nullptr) there.push_back(process->get());
  }
  return there;
}

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

}  // namespace mcmig::metrics
