#ifndef TESTS_INTEROP_INTEROP_FIXTURE_H_
#define TESTS_INTEROP_INTEROP_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tests/harness/deployment.h"
#include "tests/harness/stubs.h"
#include "tests/interop/identity_servers.h"

namespace mcmig::interop {

// Each can migrate 16 times while its credentials are remembered.
inline constexpr int kLoadUsers = 200;

// All that a client of a user has before it migrates.
struct Tokens {
  std::string home;
  std::string security;
  std::string partner;
  std::string credential;
};

// Two MC systems, with both gateways, whose identity management servers are oidc-providers; a primary credential is
// required. A test is skipped, with the reason, where those cannot run.
class InteropTest : public testing::Test {
 protected:
  void SetUp() override;
  // Where the servers have the keys from; the files where this is not overridden.
  virtual void ChooseKeySource(harness::DeploymentOptions& /*options*/) const {}

  // The published set; fails the test where there is none.
  [[nodiscard]] std::string Keys(IdentityServers::Server server) const;
  // New ones, of alice, bob or a load user. Empty where a server refuses, which fails the test.
  [[nodiscard]] Tokens TokensOf(const harness::User& user) const;

  // A migration, asked for by a client at the partner server.
  [[nodiscard]] harness::Answer Ask(const harness::User& user, const std::string& token,
                                    const std::string& credential) const;
  // With new tokens: "SUCCESS", or how it was refused.
  [[nodiscard]] std::string Migrate(const harness::User& user) const;
  // What primary server a has recorded.
  [[nodiscard]] std::string Migrations() const;

  // Of the deployment's files.
  const std::string directory_ = testing::TempDir() + "/interop";
  std::optional<IdentityServers> servers_;
  std::unique_ptr<harness::Deployment> deployment_;
  std::shared_ptr<grpc::Channel> client_;
};

}  // namespace mcmig::interop

#endif  // TESTS_INTEROP_INTEROP_FIXTURE_H_
