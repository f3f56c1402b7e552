#include "tests/rotation/rotation_test_fixture.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/token/signing_key.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/metrics/scrape.h"

namespace mcmig::rotation {
namespace {

using devtools::Signer;
using harness::Deployment;
using harness::Process;

std::string TestName() { return testing::UnitTest::GetInstance()->current_test_info()->name(); }

}  // namespace

RotationTest::RotationTest(const harness::DeploymentOptions& options)
    : directory_(absl::StrCat(testing::TempDir(), "/", TestName())),
      deployment_(chain::StartDeployment(TestName(), options)) {}

std::vector<RotationTest::Place> RotationTest::Places() {
  Deployment& d = *deployment_;
  return {{*d.primary_server_a, d.primary_server_a->Address("inside"), d.north, harness::kPrimaryServerA,
           d.north.Issue(harness::kNorthOperator)},
          {*d.primary_server_b, d.primary_server_b->Address("operators"), d.north, harness::kPrimaryServerB,
           d.north.Issue(harness::kNorthOperator)},
          {*d.north_gateway, d.north_gateway->Address("outside"), d.north, harness::kNorthGateway,
           d.south.Issue(harness::kSouthOperator)},
          {*d.south_gateway, d.south_gateway->Address("inside"), d.south, harness::kSouthGateway,
           d.south.Issue(harness::kSouthOperator)},
          {*d.partner_server, d.partner_server->Address("client"), d.south, harness::kPartnerServer,
           d.north.Issue(harness::kNorthOperator)},
          {*d.client_agent, d.client_agent->Address("client"), d.north, harness::kClient,
           d.north.Issue(harness::kApplication)}};
}

void RotationTest::EditTable(const std::string& system,
                             const std::vector<std::pair<std::string, std::string>>& replacements) const {
  const std::string file = absl::StrCat(directory_, "/", system, "-systems.yaml");
  harness::WriteFile(file, absl::StrReplaceAll(harness::ReadFile(file), replacements));
}

void RotationTest::NameRevocationLists() const {
  for (const char* table : {"north", "south"}) {
    EditTable(table, {{"[north-ca.pem]", "[north-ca.pem]\n    crl_files: [north-crl.pem]"},
                      {"[south-ca.pem]", "[south-ca.pem]\n    crl_files: [south-crl.pem]"}});
  }
}

void RotationTest::WriteKeys(const std::string& system, const std::vector<const Signer*>& signers) const {
  std::vector<nlohmann::json> keys;
  keys.reserve(signers.size());
  for (const Signer* signer : signers) keys.push_back(*signer->PublicJwk());
  harness::WriteFile(absl::StrCat(directory_, "/", system, "-jwks.json"), devtools::KeySetOf(keys));
}

void RotationTest::WriteGrantKeys(const std::vector<const Signer*>& signers) const {
  std::vector<nlohmann::json> keys;
  keys.reserve(signers.size());
  for (const Signer* signer : signers) {
    keys.push_back(nlohmann::json::parse(*token::SigningKey::FromPem(*signer->ToPem(), "")->PublicKeySet())["keys"][0]);
  }
  harness::WriteFile(absl::StrCat(directory_, "/north-grants.json"), devtools::KeySetOf(keys));
}

void RotationTest::WriteGrantSigningKey(const Signer& signer) const {
  harness::WriteFile(absl::StrCat(directory_, "/north-grants.key"), *signer.ToPem());
}

double RotationTest::Metric(const Process& process, const std::string& name, const std::string& files) {
  return metrics::Scrape(process).Sum(absl::StrCat("mcmig_reload_", name), {{"files", files}}).value_or(-1);
}

bool RotationTest::Took(const Process& process, const std::string& files, int changes) {
  return metrics::Eventually([&] { return Metric(process, "changes_total", files) >= changes; });
}

}  // namespace mcmig::rotation
