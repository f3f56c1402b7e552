#ifndef TESTS_HARNESS_DEPLOYMENT_OPTIONS_H_
#define TESTS_HARNESS_DEPLOYMENT_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/harness/layout.h"

namespace mcmig::harness {

struct DeploymentOptions {
  Shape shape = kBothGateways;
  // Users beyond the cast, see LoadUser.
  int load_users = 0;
  // Plain text on the listeners of the chain; operators' keep TLS. Through both gateways only: in plain text an entry
  // is taken for a gateway.
  bool insecure = false;
  // The servers and gateways that a request of a load user passes, and nothing else: no client agent, no primary server
  // b, nothing imported. For a binary that has no more than these.
  bool chain_only = false;
  // Whether north's users need a primary credential. Most tests are about something else.
  bool require_primary_credential = false;
  bool unsigned_grants = false;  // agreements need none, and none is signed
  bool audit = false;            // each process has a log, <directory>/<process>.audit
  // NOLINTBEGIN(readability-redundant-member-init): without these, every use would have to name all of them
  // Put before each process' command line, e.g. {"/usr/bin/env", "NAME=value"}.
  std::vector<std::string> launcher = {};
  // More lines of the primary servers' and of the partner server's configuration.
  std::string primary_server_config = {};
  std::string partner_server_config = {};
  // Key sets of identity management servers of the test's own: of north's and of south's. Empty: the deployment's keys.
  std::string primary_jwks = {};
  std::string partner_jwks = {};
  // Where the servers have the key sets from, as in the configuration: these files, or a jwks_uri and its jwks_ca_file.
  std::string primary_key_source = "jwks_file: north-jwks.json";
  std::string partner_key_source = "jwks_file: south-jwks.json";
  // More of the partner server's access_tokens, e.g. ", issuer: ...".
  std::string partner_token_origin = {};
  // Stores of primary server a and of the partner server, as in the configuration, e.g. "{postgresql: {...}}"; empty:
  // embedded, in the deployment's directory.
  std::string primary_store_a = {};
  std::string partner_store = {};
  // Addresses for what south sends to north's gateway, and north to south's; more of the outside listeners.
  std::string in_place_of_north_gateway = {};
  std::string in_place_of_south_gateway = {};
  std::string outside_listeners = {};
  // `grants.key_id` of the primary servers; empty: none, so that their key may be replaced.
  std::string grant_key_id = "grant-1";
  // PeerLimits of north in south's system table, and of south in north's.
  std::string limits_of_north = {};
  std::string limits_of_south = {};
  // The same of west in both; and where south asks west about west's users, who are visitors then, too. Empty: there
  // is no agreement.
  std::string limits_of_west = {};
  std::string entry_of_west = {};
  // NOLINTEND(readability-redundant-member-init)
};

// What a token says; every part can be made wrong.
struct TokenClaims {
  std::string partner_id;
  std::string primary_id;
  std::string scope = "3gpp:mc:ptt_service";
  absl::Duration expires_in = absl::Minutes(10);
};

// What a primary credential says; every part can be made wrong.
struct CredentialClaims {
  std::string primary_id;
  std::string audience = "south";
  std::string issuer = "https://id.north.example";
  absl::Duration expires_in = absl::Minutes(10);
  // NOLINTBEGIN(readability-redundant-member-init): as above
  // Random where empty.
  std::string id = {};
  std::optional<int> profile_index = {};
  // NOLINTEND(readability-redundant-member-init)
};

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_DEPLOYMENT_OPTIONS_H_
