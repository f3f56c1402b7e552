#ifndef SERVICES_PRIMARY_SERVER_PRIMARY_SERVER_H_
#define SERVICES_PRIMARY_SERVER_PRIMARY_SERVER_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/ops/decision_scope.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/lifecycle.h"
#include "common/register/migration_register.h"
#include "common/register/transition.h"
#include "common/token/primary_credential_verifier.h"
#include "mcmig/v1/migration.pb.h"
#include "services/primary_server/signatures.h"

namespace mcmig::primary_server {

// What the primary MC service server needs of the world. All that is pointed to outlives the server.
struct PrimaryDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  // Null: none is right, so that whoever has to show one is refused.
  const token::PrimaryCredentialVerifier* credentials = nullptr;
  // Tolerance for the times in credentials.
  absl::Duration leeway = absl::ZeroDuration();
  migration::MigrationRegister* migrations = nullptr;
  // How successes and cancels are signed.
  Signatures signatures = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
  migration::Policy policy;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
};

// mcmig.v1.PrimaryMcServiceServer: steps 6, 7 and 8 of clause 10.6.3.3 and what follows a migration, for the own
// gateway on an inside listener and for direct peers on an outside one (NOTE 3). Thread-safe.
class PrimaryServer {
 public:
  explicit PrimaryServer(PrimaryDoors doors)
      : doors_(std::move(doors)),
        source_{doors_.log, doors_.clock, "primary_server", "6,7,8"},
        end_source_{doors_.log, doors_.clock, "primary_server", "end"} {}

  // OK: decided; a success is on record, durably. INVALID_ARGUMENT; PERMISSION_DENIED where the caller is not the
  // system that owns the partner MC service ID; RESOURCE_EXHAUSTED, with nothing recorded; UNAVAILABLE and INTERNAL:
  // outcome unknown. On an outside listener causes and texts are in the form of common/border.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

  // The partner MC system on record ends a migration (an extension). OK: answered, an end durably. INVALID_ARGUMENT,
  // PERMISSION_DENIED as AuthorizeMigration; UNAVAILABLE, RESOURCE_EXHAUSTED: repeat.
  async::Task<absl::StatusOr<v1::EndMigrationResponse>> EndMigration(const protocol::Call& call,
                                                                     const v1::EndMigrationRequest& message);
  // The users recorded at the asking partner MC system (an extension). INVALID_ARGUMENT, PERMISSION_DENIED,
  // UNAVAILABLE.
  async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> ReconcileMigrations(
      const protocol::Call& call, const v1::ReconcileMigrationsRequest& message);

 private:
  async::Task<absl::StatusOr<protocol::EndAnswer>> End(const protocol::Call& call, const protocol::EndRequest& request);
  // Of one user.
  absl::StatusOr<protocol::ReconcilePage> FindRecord(const protocol::ReconcileRequest& request,
                                                     const identity::SystemName& partner) const;
  absl::StatusOr<protocol::ReconcilePage> ListRecords(const protocol::Call& call,
                                                      const v1::ReconcileMigrationsRequest& message) const;
  async::Task<absl::StatusOr<protocol::Decision>> Authorize(const protocol::Call& call,
                                                            const protocol::AuthorizationRequest& request);
  // Of the own identity management server, for `partner`.
  [[nodiscard]] absl::StatusOr<token::PrimaryCredential> VerifyCredential(
      const protocol::AuthorizationRequest& request, const identity::SystemTable::System& partner) const;
  // Steps 6 and 7. `consent` is what step 6 says of the primary credential.
  async::Task<absl::StatusOr<protocol::Decision>> Record(const protocol::Call& call,
                                                         const protocol::AuthorizationRequest& request,
                                                         const protocol::Decision& consent, migration::Authorize event);

  const PrimaryDoors doors_;
  const ops::DecisionSource source_;
  const ops::DecisionSource end_source_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PRIMARY_SERVER_H_
