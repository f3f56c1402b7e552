#include <cstddef>
#include <utility>

#include "common/register/row_codec.h"
#include "common/register/row_fields.h"
#include "common/register/storage.pb.h"

namespace mcmig::migration::row {

std::string ValueOf(const Visitor& visitor) {
  storage::VisitorRow row;
  WriteEpoch(visitor.epoch, row.mutable_epoch());
  row.set_primary_mc_service_id(visitor.primary_mc_service_id);
  row.set_partner_mc_service_id(visitor.partner_mc_service_id);
  row.set_profile_index(visitor.profile_index);
  WriteTime(visitor.since, row.mutable_since());
  row.set_request_id(visitor.request_id.ToBytes());
  if (visitor.authorized_until != absl::InfiniteFuture()) {
    WriteTime(visitor.authorized_until, row.mutable_authorized_until());
  }
  return row.SerializeAsString();
}

absl::StatusOr<Visitor> ParseVisitor(absl::string_view value) {
  storage::VisitorRow row;
  Visitor visitor;
  if (!Parse(value, &row) || !ReadEpoch(row.epoch(), &visitor.epoch) ||
      !ReadIndex(row.profile_index(), &visitor.profile_index) || !ReadTime(row.since(), &visitor.since) ||
      !ReadRequestId(row.request_id(), &visitor.request_id) ||
      (row.has_authorized_until() && !ReadTime(row.authorized_until(), &visitor.authorized_until))) {
    return BadValue();
  }
  visitor.primary_mc_service_id = row.primary_mc_service_id();
  visitor.partner_mc_service_id = row.partner_mc_service_id();
  return visitor;
}

std::string ValueOf(const Cancelled& cancelled) {
  storage::CancelledRow row;
  WriteEpoch(cancelled.epoch, row.mutable_epoch());
  WriteTime(cancelled.at, row.mutable_at());
  return row.SerializeAsString();
}

absl::StatusOr<Cancelled> ParseCancelled(absl::string_view value) {
  storage::CancelledRow row;
  Cancelled cancelled;
  if (!Parse(value, &row) || !ReadEpoch(row.epoch(), &cancelled.epoch) || !ReadTime(row.at(), &cancelled.at)) {
    return BadValue();
  }
  return cancelled;
}

std::string ValueOf(const ExpectedVisitor& expected) {
  storage::ExpectedRow row;
  row.set_mc_service_id(expected.mc_service_id);
  WriteTime(expected.from, row.mutable_from());
  WriteTime(expected.until, row.mutable_until());
  row.set_priority(expected.priority);
  return row.SerializeAsString();
}

absl::StatusOr<ExpectedVisitor> ParseExpected(absl::string_view key, absl::string_view value) {
  const size_t end = key.find('\0');
  if (end == absl::string_view::npos || end + 1 >= key.size()) return BadValue();
  const char kind = key[end + 1];
  absl::StatusOr<UserKey> who = ParseUserKey(key.substr(end + 2));
  if (!who.ok()) return who.status();

  storage::ExpectedRow row;
  ExpectedVisitor expected;
  expected.primary_system = std::string(key.substr(0, end));
  expected.service = who->service;
  // A validity window must be read whole, or it would be open at an end.
  if (!Parse(value, &row) || !row.has_from() || !row.has_until() || !ReadTime(row.from(), &expected.from) ||
      !ReadTime(row.until(), &expected.until)) {
    return BadValue();
  }
  if (kind == 'u') {
    expected.canonical_id = std::move(who->canonical_id);
  } else if (kind == 'd') {
    expected.domain = std::move(who->canonical_id);
  } else {
    return BadValue();
  }
  expected.mc_service_id = row.mc_service_id();
  expected.priority = row.priority();
  return expected;
}

}  // namespace mcmig::migration::row
