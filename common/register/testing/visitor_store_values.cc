#include "common/register/testing/visitor_store_values.h"

#include "absl/strings/str_cat.h"

namespace mcmig::migration {

VisitorKey VisitorNamed(absl::string_view name) {
  return {
      .primary_system = "north",
      .user = {.canonical_id = absl::StrCat("sip:", name, "@north.example"), .service = protocol::McService::kMcptt}};
}

Visit VisitOf(absl::string_view name, uint64_t incarnation, uint64_t counter) {
  Visit visit;
  visit.key = VisitorNamed(name);
  visit.visitor.epoch = {.incarnation = incarnation, .counter = counter};
  visit.visitor.primary_mc_service_id = absl::StrCat("sip:", name, "@NORTH.example");
  visit.visitor.partner_mc_service_id = "sip:v@south.example";
  visit.visitor.profile_index = 255;
  visit.visitor.since = absl::FromUnixNanos(1'700'000'000'000'000'001);
  visit.visitor.request_id.bytes = {1, 2, 3};
  return visit;
}

CancelVisit CancelOf(absl::string_view name, uint64_t incarnation, uint64_t counter, absl::Time at) {
  return {.key = VisitorNamed(name), .epoch = {.incarnation = incarnation, .counter = counter}, .at = at};
}

}  // namespace mcmig::migration
