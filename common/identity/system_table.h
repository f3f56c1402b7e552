#ifndef COMMON_IDENTITY_SYSTEM_TABLE_H_
#define COMMON_IDENTITY_SYSTEM_TABLE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/identity/certificate.h"
#include "common/identity/mc_service_id.h"
#include "common/identity/peer.h"
#include "common/identity/trust.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::identity {

// The provisioned table of MC systems: domains ↔ system, (trust root, SAN) ↔ (system, role), system → entry and
// agreement.
//
// The only source of routing: nothing a peer says widens it, and no host of a request is ever resolved. Whose
// certificates are believed can change while it is in use (Adopt); everything else is as it was created. Thread-safe.
class SystemTable {
 public:
  // One MC system, as configured (mcmig.config.v1.System), validated. Its identities and the names of its files are
  // those at creation.
  struct System {
    config::v1::System config;
    bool own = false;
  };

  // Takes a table that config validation accepted. INVALID_ARGUMENT where roots cannot be parsed or two systems claim
  // one domain. `directory` is what relative file names are relative to.
  static absl::StatusOr<std::shared_ptr<SystemTable>> Create(const config::v1::SystemTable& table,
                                                             const std::string& directory);
  ~SystemTable();
  SystemTable(const SystemTable&) = delete;
  SystemTable& operator=(const SystemTable&) = delete;

  [[nodiscard]] const SystemName& own() const;
  // Null where there is no such system.
  [[nodiscard]] const System* Find(absl::string_view name) const;
  [[nodiscard]] const std::vector<System>& systems() const;
  // The system that an MC service ID belongs to by its domain: an exact domain before a wildcard, a longer wildcard
  // before a shorter.
  [[nodiscard]] std::optional<SystemName> SystemOf(const McServiceId& id) const;
  // As SystemOf, for a bare domain in lower case.
  [[nodiscard]] std::optional<SystemName> SystemOfDomain(absl::string_view domain) const;

  // Who holds a certificate: `pem_chain` is the peer's chain, leaf first, as the transport received it. The chain is
  // verified with OpenSSL against the own roots of each system whose table names one of the leaf's SANs (certificate.h
  // says what that includes); only such a system is the answer, so that one system's CA cannot speak with another's
  // name. UNAUTHENTICATED where no system and role result, or more than one, with a reason without key material.
  // Verified results are kept, bounded, while every certificate of the chain is valid, and until the next Adopt. Cheap
  // enough for every call.
  [[nodiscard]] absl::StatusOr<Peer> Identify(absl::string_view pem_chain, absl::Time now = absl::Now()) const;
  // Whose certificates are believed now.
  [[nodiscard]] std::shared_ptr<const Trust> trust() const;

  // Believes from now on what `next`, a newer reading of the same table, believes: identities, roots and revocation
  // lists, all at once. False where they are the same. FAILED_PRECONDITION, and nothing changes, where anything else
  // differs; the text names those systems and fields, which need a restart.
  absl::StatusOr<bool> Adopt(const SystemTable& next);
  // Rises with each change by Adopt.
  [[nodiscard]] uint64_t generation() const;

 private:
  struct State;
  explicit SystemTable(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_SYSTEM_TABLE_H_
