#include "services/partner_server/partner_admin.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/admin/page.h"
#include "common/protocol/timestamp.h"
#include "common/register/import.h"

namespace mcmig::partner_server {
namespace {

using migration::VisitorStore;
using protocol::Call;

v1::ExpectedVisitor ToProto(const migration::ExpectedVisitor& entry) {
  v1::ExpectedVisitor message;
  message.set_primary_system(entry.primary_system);
  if (entry.domain.empty()) {
    message.set_primary_mc_service_id(entry.mc_service_id);
  } else {
    message.set_domain(entry.domain);
  }
  message.set_mc_service(protocol::ToProto(entry.service));
  if (entry.from > absl::InfinitePast()) *message.mutable_from() = protocol::ToTimestamp(entry.from);
  *message.mutable_until() = protocol::ToTimestamp(entry.until);
  message.set_priority(entry.priority);
  return message;
}

v1::Visitor ToProto(const migration::Visit& visit) {
  v1::Visitor message;
  message.set_primary_system(visit.key.primary_system);
  message.set_primary_mc_service_id(visit.visitor.primary_mc_service_id);
  message.set_mc_service(protocol::ToProto(visit.key.user.service));
  message.set_partner_mc_service_id(visit.visitor.partner_mc_service_id);
  message.set_mc_service_user_profile_index(visit.visitor.profile_index);
  *message.mutable_epoch() = protocol::ToProto(visit.visitor.epoch);
  *message.mutable_since() = protocol::ToTimestamp(visit.visitor.since);
  message.set_request_id(visit.visitor.request_id.ToBytes());
  if (visit.visitor.authorized_until != absl::InfiniteFuture()) {
    *message.mutable_authorized_until() = protocol::ToTimestamp(visit.visitor.authorized_until);
  }
  return message;
}

}  // namespace

async::Task<absl::StatusOr<v1::ImportResponse>> PartnerAdmin::ImportExpectedVisitors(
    const Call& call, const v1::ImportExpectedVisitorsRequest& request) {
  if (static_cast<size_t>(request.visitors_size()) > admin::kMaxEntries) {
    co_return absl::InvalidArgumentError(absl::StrCat("visitors: more than ", admin::kMaxEntries));
  }
  v1::ImportResponse response;
  std::vector<migration::ExpectedVisitor> entries;
  for (int i = 0; i < request.visitors_size(); ++i) {
    absl::StatusOr<migration::ExpectedVisitor> entry = migration::ParseExpectedVisitor(request.visitors(i), *systems_);
    if (entry.ok()) {
      entries.push_back(*std::move(entry));
      continue;
    }
    v1::ImportError& error = *response.add_errors();
    error.set_index(i);
    error.set_reason(std::string(entry.status().message()));
  }
  response.set_applied(entries.size());
  if (!entries.empty()) {
    const absl::Status imported = co_await visitors_.ImportExpected(*call.executor, std::move(entries));
    if (!imported.ok()) co_return imported;
  }
  co_return response;
}

async::Task<absl::StatusOr<v1::ListExpectedVisitorsResponse>> PartnerAdmin::ListExpectedVisitors(
    const Call& /*call*/, const v1::ListExpectedVisitorsRequest& request) {
  const absl::StatusOr<admin::Page> page = admin::ParsePage(request.page_size(), request.page_token());
  if (!page.ok()) co_return page.status();
  const absl::StatusOr<VisitorStore::ExpectedPage> listed = visitors_.ListExpected(page->after, page->limit);
  if (!listed.ok()) co_return listed.status();
  v1::ListExpectedVisitorsResponse response;
  for (const migration::ExpectedVisitor& entry : listed->entries) *response.add_visitors() = ToProto(entry);
  response.set_next_page_token(admin::PageToken(listed->next));
  co_return response;
}

async::Task<absl::StatusOr<v1::ListVisitorsResponse>> PartnerAdmin::ListVisitors(
    const Call& /*call*/, const v1::ListVisitorsRequest& request) {
  const absl::StatusOr<admin::Page> page = admin::ParsePage(request.page_size(), request.page_token());
  if (!page.ok()) co_return page.status();
  const absl::StatusOr<VisitorStore::VisitorPage> listed = visitors_.ListVisitors("", page->after, page->limit);
  if (!listed.ok()) co_return listed.status();
  v1::ListVisitorsResponse response;
  for (const migration::Visit& visit : listed->entries) *response.add_visitors() = ToProto(visit);
  response.set_next_page_token(admin::PageToken(listed->next));
  co_return response;
}

}  // namespace mcmig::partner_server
