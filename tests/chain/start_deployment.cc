#include "tests/chain/start_deployment.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace mcmig::chain {

std::unique_ptr<harness::Deployment> StartDeployment(const std::string& name,
                                                     const harness::DeploymentOptions& options) {
  const std::string directory = absl::StrCat(testing::TempDir(), "/", name);
  std::filesystem::remove_all(directory);
  // Tests run in the root of their runfiles.
  auto deployment = harness::Deployment::Start("services/mcmig/mcmig", directory, options);
  CHECK(deployment.ok()) << deployment.status();
  return *std::move(deployment);
}

}  // namespace mcmig::chain
