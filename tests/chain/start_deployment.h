#ifndef TESTS_CHAIN_START_DEPLOYMENT_H_
#define TESTS_CHAIN_START_DEPLOYMENT_H_

#include <memory>
#include <string>

#include "tests/harness/deployment.h"

namespace mcmig::chain {

// Starts a deployment in a new directory of the test's temporary directory; fails the program where that is impossible.
std::unique_ptr<harness::Deployment> StartDeployment(const std::string& name,
                                                     const harness::DeploymentOptions& options = {});

}  // namespace mcmig::chain

#endif  // TESTS_CHAIN_START_DEPLOYMENT_H_
