#ifndef COMMON_IDENTITY_TRUST_H_
#define COMMON_IDENTITY_TRUST_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/certificate.h"
#include "common/identity/peer.h"
#include "common/identity/peer_cache.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::identity {

// Whose certificates are believed, at one moment: of each MC system in the table its roots, its revocation lists and
// the names that act for it. What is found out about a peer is kept here, so a new Trust knows nobody. Thread-safe.
class Trust {
 public:
  // Reads the files that `table`, which config validation accepted, names; relative ones from `directory`.
  // INVALID_ARGUMENT, with the file, where one cannot be used, and where an identity has no role.
  static absl::StatusOr<std::shared_ptr<Trust>> Load(const config::v1::SystemTable& table,
                                                     const std::string& directory);
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;

  // As SystemTable::Identify.
  [[nodiscard]] absl::StatusOr<Peer> Identify(absl::string_view pem_chain, absl::Time now);
  // Whether the chain is valid under the roots of any system, or of the own one.
  [[nodiscard]] bool Vouches(const CertificateChain& chain, bool own_only, absl::Time now) const;

  struct System {
    SystemName name;
    bool own = false;
    // All root certificates, concatenated PEM.
    std::string roots_pem;
    // When the first revocation list is no longer good; none without lists.
    std::optional<absl::Time> lists_good_until;
  };
  // In the order of the table.
  [[nodiscard]] const std::vector<System>& systems() const { return systems_; }
  // The files that were read.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
  // Equal where everything that was read is: files and identities.
  [[nodiscard]] const std::string& content() const { return content_; }

 private:
  // What a name says where the roots of `system` vouch for it.
  struct Claim {
    size_t system = 0;
    Role role = Role::kNone;

    friend bool operator==(const Claim&, const Claim&) = default;
  };
  struct NamedClaim {
    Claim claim;
    // The key of a name that makes it.
    std::string name;
  };

  Trust() = default;
  absl::Status Add(const config::v1::System& config, bool own, const std::string& directory);
  absl::Status AddIdentities(const config::v1::System& config);
  // What the chain's names say, each system and role once.
  [[nodiscard]] std::vector<NamedClaim> ClaimsOf(const CertificateChain& chain) const;

  std::vector<System> systems_;
  // Beside `systems_`.
  std::vector<TrustRoots> roots_;
  // By the key of a subject alternative name; one claim for each system and role that names it.
  absl::flat_hash_map<std::string, std::vector<Claim>> claims_;
  std::string content_;
  std::vector<std::string> files_;
  PeerCache known_;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_TRUST_H_
