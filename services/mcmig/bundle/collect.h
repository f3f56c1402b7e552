#ifndef SERVICES_MCMIG_BUNDLE_COLLECT_H_
#define SERVICES_MCMIG_BUNDLE_COLLECT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/token/signing_key.h"
#include "mcmig/config/v1/trust_bundle.pb.h"

namespace mcmig::bundle {

// What an operator says about the bundle of the own MC system; the rest is in its configuration.
struct Publication {
  // The configuration of the primary server, which has the system table, or the table alone. Exactly one.
  std::string primary_server_file;
  std::string system_table_file;
  uint32_t version = 0;
  absl::Time issued;
  absl::Duration valid_for;
  // How others reach the own system: addresses that its own table does not have. Empty: not from there.
  std::string entry_address;
  std::string entry_name;
  std::string visitors_entry_address;
  std::string visitors_entry_name;
  // Where others fetch the keys of the identity management server; empty: the keys are in the bundle where the
  // configuration has a file of them.
  std::string identity_server_keys_at;
  // More public keys, of key set files: those that will sign grants, and bundles, next.
  std::vector<std::string> grants_jwks_files;
  std::vector<std::string> next_key_files;
};

// The content of a bundle that `key` will sign: of the own system's entry in the table ID domains and roots, of the
// primary server's configuration the public part of what signs grants, and the identity management server. Nothing else
// of a configuration gets into it, names of servers inside among that. As config::Load; INVALID_ARGUMENT where a file
// cannot be used, or a name of an entry has no fitting role in the table. Whether the whole is a bundle,
// SignedBundle::Seal says.
absl::StatusOr<config::v1::TrustBundle> Collect(const Publication& publication, const token::SigningKey& key);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_COLLECT_H_
