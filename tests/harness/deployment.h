#ifndef TESTS_HARNESS_DEPLOYMENT_H_
#define TESTS_HARNESS_DEPLOYMENT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/devtools/signer.h"
#include "tests/harness/deployment_options.h"
#include "tests/harness/layout.h"
#include "tests/harness/loopback.h"
#include "tests/harness/pki.h"
#include "tests/harness/process.h"

namespace mcmig::harness {

// Two MC systems as separate processes of the product on loopback, with a PKI, tokens, profiles and visitors:
//   client agent (north) → partner server (south) [→ gateway (south)] [→ gateway (north)] → primary servers a, b
//
// Without north's gateway, only primary server a is reachable. All processes are killed when the deployment ends.
class Deployment {
 public:
  // `binary` is the mcmig binary, `directory` an empty directory for all files.
  static absl::StatusOr<std::unique_ptr<Deployment>> Start(const std::string& binary, const std::string& directory,
                                                           const DeploymentOptions& options);
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;

  // Signed by the key of south's identity management server.
  [[nodiscard]] std::string Token(const TokenClaims& claims) const;
  // Signed by north's, for `user` at home.
  [[nodiscard]] std::string HomeTokenOf(const User& user) const;
  // Signed by north's identity management server's key, for one migration.
  [[nodiscard]] std::string PrimaryCredential(const CredentialClaims& claims) const;
  // The token that `user` would have.
  [[nodiscard]] std::string TokenOf(const User& user) const;

  // Kills a process with SIGKILL, where it still runs, and starts it anew on the same addresses and store. Where it
  // does not serve in time it is killed again: DEADLINE_EXCEEDED.
  absl::Status KillAndRestart(std::unique_ptr<Process> Deployment::* process,
                              absl::Duration timeout = absl::Seconds(60));
  // The partner server's store is lost; while it does not run.
  void RemovePartnerStore() const;
  absl::Status KillAndRestartPrimaryServer() { return KillAndRestart(&Deployment::primary_server_a); }

  // Runs `mcmig <arguments>` with connection options for `server` as `credential`. `system` is the server's system.
  [[nodiscard]] CommandResult Run(std::vector<std::string> arguments, const std::string& address,
                                  const std::string& server_name, const Credential& credential,
                                  const Pki& system) const;
  // `mcmig migrate` for the client agent as the local application; with a new primary credential where they are
  // required.
  [[nodiscard]] CommandResult Migrate(const User& user, int profile_index);
  // Operator's commands at primary server a and at the partner server.
  [[nodiscard]] CommandResult AtPrimary(std::vector<std::string> arguments);
  [[nodiscard]] CommandResult AtPartner(std::vector<std::string> arguments);
  // `mcmig verify --json` of the registers of primary server a and of the partner server, and of one against the other.
  [[nodiscard]] CommandResult VerifyBoth();

  Pki north;
  Pki south;
  Pki west;
  // South's identity management server's key, and north's.
  devtools::Signer token_key;
  devtools::Signer home_token_key;
  // North's primary MC service servers': `kid` "grant-1", issuer "https://mc.north.example", audience "south".
  devtools::Signer grant_key;
  std::unique_ptr<Process> primary_server_a;
  std::unique_ptr<Process> primary_server_b;
  std::unique_ptr<Process> north_gateway;  // null where the shape has none
  std::unique_ptr<Process> south_gateway;  // null where the shape has none
  std::unique_ptr<Process> partner_server;
  std::unique_ptr<Process> client_agent;

 private:
  Deployment(std::string binary, std::string directory, DeploymentOptions options);

  absl::Status StartAll();
  absl::Status StartNorth();
  absl::Status StartSouth();
  absl::Status StartClientAgent();
  absl::Status Import();
  absl::StatusOr<std::unique_ptr<Process>> StartProcess(const std::string& role, const std::string& name,
                                                        const std::string& config,
                                                        absl::Duration timeout = absl::Seconds(60));
  std::string PrimaryServerConfig(const std::string& name, const std::string& letter, const std::string& inside,
                                  const std::string& outside, const std::string& operators);
  // A listener of the chain, whose only callers are those of `role` in `system`.
  [[nodiscard]] std::string ChainListener(const std::string& kind, const std::string& address,
                                          const std::string& system, const std::string& role) const;
  // Empty where there is only the chain.
  [[nodiscard]] std::string AddressOf(const ReservedPort& port) const {
    return options_.chain_only ? "" : port.address();
  }
  // The role of the server of south that calls north, and the other way round.
  [[nodiscard]] std::string PeerOfNorth() const;
  [[nodiscard]] std::string PeerOfSouth() const;
  [[nodiscard]] std::string Endpoint(const std::string& address, const std::string& server_name) const;

  // Of servers that call each other not both can be given a port when they start. For what follows a migration only.
  const ReservedPort north_inside_;
  const ReservedPort south_outside_;  // of the gateway, or of the partner server where the shape has none
  const ReservedPort partner_inside_;
  // By process: its role, name and configuration with any ports.
  struct Started {
    std::string role;
    std::string name;
    std::string config;
  };
  std::map<const Process*, Started> started_;
  const std::string binary_;
  const std::string directory_;
  const DeploymentOptions options_;
};

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_DEPLOYMENT_H_
