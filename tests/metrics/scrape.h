#ifndef TESTS_METRICS_SCRAPE_H_
#define TESTS_METRICS_SCRAPE_H_

#include <functional>
#include <string>
#include <vector>

#include "common/ops/testing/exposition.h"
#include "tests/harness/deployment.h"

namespace mcmig::metrics {

// What GET /metrics of a process answers now; fails the test where it does not.
std::string TextOf(const harness::Process& process);
ops::testing::Exposition Scrape(const harness::Process& process);

// The processes of a deployment that are there.
std::vector<const harness::Process*> ProcessesOf(const harness::Deployment& deployment);

// Whether `condition` came true within half a minute: what is counted after an answer may come after it.
bool Eventually(const std::function<bool()>& condition);

}  // namespace mcmig::metrics

#endif  // TESTS_METRICS_SCRAPE_H_
