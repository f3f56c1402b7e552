#ifndef SERVICES_PARTNER_SERVER_PARTNER_ADMIN_H_
#define SERVICES_PARTNER_SERVER_PARTNER_ADMIN_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/protocol/call.h"
#include "common/register/visitor_register.h"
#include "mcmig/v1/admin.pb.h"

namespace mcmig::partner_server {

// mcmig.v1.PartnerAdmin, as its comments say. Who may call what is the permission table's. INVALID_ARGUMENT, "<field>:
// <violation>"; UNAVAILABLE and INTERNAL where the register fails. Thread-safe.
class PartnerAdmin {
 public:
  // `visitors` outlives this object.
  PartnerAdmin(std::shared_ptr<const identity::SystemTable> systems, migration::VisitorRegister& visitors)
      : systems_(std::move(systems)), visitors_(visitors) {}

  // UNAVAILABLE: whether the entries were applied is unknown; importing them again is safe.
  async::Task<absl::StatusOr<v1::ImportResponse>> ImportExpectedVisitors(
      const protocol::Call& call, const v1::ImportExpectedVisitorsRequest& request);
  async::Task<absl::StatusOr<v1::ListExpectedVisitorsResponse>> ListExpectedVisitors(
      const protocol::Call& call, const v1::ListExpectedVisitorsRequest& request);
  async::Task<absl::StatusOr<v1::ListVisitorsResponse>> ListVisitors(const protocol::Call& call,
                                                                     const v1::ListVisitorsRequest& request);

 private:
  const std::shared_ptr<const identity::SystemTable> systems_;
  migration::VisitorRegister& visitors_;
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_PARTNER_ADMIN_H_
