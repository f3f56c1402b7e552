#ifndef TESTS_ROTATION_ROTATION_TEST_FIXTURE_H_
#define TESTS_ROTATION_ROTATION_TEST_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/devtools/signer.h"
#include "tests/harness/deployment.h"

namespace mcmig::rotation {

// Two MC systems whose files the test replaces while the processes run.
class RotationTest : public testing::Test {
 protected:
  explicit RotationTest(const harness::DeploymentOptions& options);

  // A process, where it listens, as whom, and who may connect there.
  struct Place {
    const harness::Process& process;
    std::string address;
    harness::Pki& pki;
    std::string name;
    const harness::Credential& caller;
  };
  std::vector<Place> Places();

  // Changes the system table that the processes of `system` have: each text to another one.
  void EditTable(const std::string& system, const std::vector<std::pair<std::string, std::string>>& replacements) const;
  // Both MC systems' tables name the revocation lists of both.
  void NameRevocationLists() const;
  // The keys of the identity management server of `system`.
  void WriteKeys(const std::string& system, const std::vector<const devtools::Signer*>& signers) const;
  // The keys that verify north's grants.
  void WriteGrantKeys(const std::vector<const devtools::Signer*>& signers) const;
  // The key that signs north's grants.
  void WriteGrantSigningKey(const devtools::Signer& signer) const;

  // mcmig_reload_<name> of the files; -1 where there is none.
  static double Metric(const harness::Process& process, const std::string& name, const std::string& files);
  // Waits until the process has taken over so many changes of the files.
  [[nodiscard]] static bool Took(const harness::Process& process, const std::string& files, int changes = 1);
  // The same for whatever it does not have yet when `change` begins.
  template <class Change>
  [[nodiscard]] static bool Takes(const harness::Process& process, const std::string& files, Change change) {
    const double before = Metric(process, "changes_total", files);
    change();
    return Took(process, files, static_cast<int>(before) + 1);
  }

  const std::string directory_;
  const std::unique_ptr<harness::Deployment> deployment_;
};

}  // namespace mcmig::rotation

#endif  // TESTS_ROTATION_ROTATION_TEST_FIXTURE_H_
