#ifndef COMMON_ADMIN_REGISTER_ADMIN_H_
#define COMMON_ADMIN_REGISTER_ADMIN_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/admin/session.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "common/protocol/call.h"
#include "common/register/backup_export.h"
#include "common/register/frozen_store.h"
#include "common/register/verification.h"
#include "mcmig/v1/register_admin.pb.h"

namespace mcmig::admin {

// mcmig.v1.RegisterAdmin, as its comments say, of the register of one server. Who may call what is the permission
// table's. The executor's thread only; blocks for one page.
class RegisterAdmin {
 public:
  struct Doors {
    // The own MC system.
    std::string system;
    // The register as it is now.
    std::function<absl::StatusOr<migration::FrozenStore>()> freeze;
    const async::Clock* clock = nullptr;
    // How far clocks of two MC systems are apart at most.
    absl::Duration clock_skew;
  };
  explicit RegisterAdmin(Doors doors)
      : doors_(std::move(doors)), verification_(*doors_.clock), backup_(*doors_.clock) {}

  async::Task<absl::StatusOr<v1::VerifyRegisterResponse>> VerifyRegister(const protocol::Call& call,
                                                                         const v1::VerifyRegisterRequest& request);
  async::Task<absl::StatusOr<v1::ExportBackupResponse>> ExportBackup(const protocol::Call& call,
                                                                     const v1::ExportBackupRequest& request);

 private:
  struct Verifying {
    Verifying(migration::FrozenStore store, absl::Time now, absl::Duration clock_skew)
        : kind(static_cast<v1::RegisterKind>(store.kind)),
          at_once(store.at_once),
          verification(std::move(store), now, clock_skew) {}
    const v1::RegisterKind kind;
    const size_t at_once;
    migration::Verification verification;
  };

  const Doors doors_;
  Session<Verifying> verification_;
  Session<migration::BackupExport> backup_;
};

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_REGISTER_ADMIN_H_
