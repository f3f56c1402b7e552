#ifndef TESTS_INTEROP_IDENTITY_SERVERS_H_
#define TESTS_INTEROP_IDENTITY_SERVERS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/harness/layout.h"
#include "tests/harness/process.h"

namespace mcmig::interop {

// The identity management servers of north (the primary MC system) and of south (the partner), which are no part of
// this project: identity_servers.mjs runs each as an oidc-provider, a process of its own. What a client of a user asks
// them for, by HTTP. Killed when destroyed. Thread-safe but for Rotate.
class IdentityServers {
 public:
  enum class Server { kPrimary, kPartner };

  // Why they cannot run on this machine: Node.js or the packages are not there. Empty where they can.
  static std::string Missing();
  // `users` are accounts of the primary's, by their name, and visitors of the partner's. `directory` is for files.
  static absl::StatusOr<IdentityServers> Start(const std::string& directory, const std::vector<harness::User>& users);

  // Each of these is UNAVAILABLE where nobody answers, and PERMISSION_DENIED with the server's reason where it refuses.
  //
  // The user's own access token at home: OpenID's backchannel authentication (CIBA), which the user approves.
  [[nodiscard]] absl::StatusOr<std::string> HomeToken(const harness::User& user) const;
  // Token exchange (RFC 8693) of it at the primary's, for a security token that the partner's takes.
  [[nodiscard]] absl::StatusOr<std::string> SecurityToken(const std::string& home_token) const;
  // ... for a primary credential for one migration to south (docs/tokens.md).
  [[nodiscard]] absl::StatusOr<std::string> PrimaryCredential(const std::string& home_token) const;
  // The partner's access token, with the security token as JWT bearer grant (RFC 7523). The client "mcptt-client-brief"
  // has tokens that are good for one second.
  [[nodiscard]] absl::StatusOr<std::string> PartnerToken(const std::string& assertion,
                                                         const std::string& client = "mcptt-client") const;
  // The JSON Web Key Set that the server publishes now.
  [[nodiscard]] absl::StatusOr<std::string> Keys(Server server) const;

  // Where mcmig fetches that set from, as in its configuration: jwks_uri and jwks_ca_file.
  [[nodiscard]] std::string KeySource(Server server) const;

  // One step of a rotation: "publish" a new key beside the old, "sign" with it, "retire" the old one.
  absl::Status Rotate(Server server, const std::string& step);

 private:
  IdentityServers(harness::Process process, std::string root_file)
      : process_(std::move(process)), root_file_(std::move(root_file)) {}

  [[nodiscard]] std::string AddressOf(Server server) const;
  // The member `wanted` of what the server answers to `form`.
  [[nodiscard]] absl::StatusOr<std::string> Post(Server server, const std::string& target, const std::string& client,
                                                 const std::map<std::string, std::string>& form,
                                                 const std::string& wanted) const;
  [[nodiscard]] absl::StatusOr<std::string> Exchange(const std::string& home_token,
                                                     std::map<std::string, std::string> form) const;

  harness::Process process_;
  // Of the authority of both servers' certificate.
  std::string root_file_;
};

}  // namespace mcmig::interop

#endif  // TESTS_INTEROP_IDENTITY_SERVERS_H_
