#ifndef SERVICES_PRIMARY_SERVER_SIGNATURES_H_
#define SERVICES_PRIMARY_SERVER_SIGNATURES_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/identity/mc_service_id.h"
#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"
#include "common/token/grant_signer.h"
#include "services/primary_server/grant_queue.h"

namespace mcmig::primary_server {

// Signs, for the partner MC system that it concerns, what this server has decided and recorded (an extension): that
// one's MC service server believes nobody in between. Signed when it is sent and never stored, so that a key that is
// replaced signs nothing any more. What is pointed to outlives it. Copies share what waits.
// Thread-safe but for WithGrant.
class Signatures {
 public:
  // Signs nothing: for MC systems with which unsigned grants are agreed on.
  Signatures() = default;
  // Null: as above. At most `together` grants share a signature.
  Signatures(std::shared_ptr<const identity::SystemTable> systems, const token::GrantSigner* signer, size_t together)
      : systems_(std::move(systems)), signer_(signer) {
    if (signer != nullptr) grants_ = std::make_shared<GrantQueue>(*signer, together);
  }

  // `decision` with its grant, where it is a success; after the commit. UNAVAILABLE where it cannot be signed: the
  // outcome is unknown then, and a repetition is signed anew. One executor's thread; `request` outlives the task.
  [[nodiscard]] async::Task<absl::StatusOr<protocol::Decision>> WithGrant(async::Executor& executor,
                                                                          protocol::Decision decision,
                                                                          const protocol::AuthorizationRequest& request,
                                                                          identity::SystemName partner,
                                                                          absl::Time now) const;

  // A cancel for `partner`; empty where nothing is signed. UNAVAILABLE where it cannot be.
  [[nodiscard]] absl::StatusOr<std::string> OfCancel(const identity::McServiceId& user, protocol::McService service,
                                                     protocol::Epoch epoch, const identity::SystemName& partner,
                                                     absl::Time now) const;

 private:
  std::shared_ptr<const identity::SystemTable> systems_;
  const token::GrantSigner* signer_ = nullptr;
  std::shared_ptr<GrantQueue> grants_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_SIGNATURES_H_
