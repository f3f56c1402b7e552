#ifndef TESTS_HARNESS_PROMETHEUS_H_
#define TESTS_HARNESS_PROMETHEUS_H_

#include <string>

#include "tests/harness/deployment.h"

namespace mcmig::harness {

// Writes `<directory>/prometheus.yml`, which scrapes every process of the deployment, and the list of targets that it
// names. A target has its role as `job` and its MC system as `system`. The path of prometheus.yml.
std::string WritePrometheusConfig(const Deployment& deployment, const std::string& directory);

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_PROMETHEUS_H_
