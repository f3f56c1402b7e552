#include "common/register/row_fields.h"

#include <limits>

namespace mcmig::migration::row {

absl::Status BadValue() { return absl::DataLossError("a value in the store cannot be understood"); }

void WriteEpoch(const protocol::Epoch& epoch, storage::Epoch* field) {
  field->set_incarnation(epoch.incarnation);
  field->set_counter(epoch.counter);
}

void WriteTime(absl::Time time, google::protobuf::Timestamp* field) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  field->set_seconds(seconds);
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return;
  field->set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

bool ReadEpoch(const storage::Epoch& field, protocol::Epoch* epoch) {
  *epoch = {.incarnation = field.incarnation(), .counter = field.counter()};
  return field.incarnation() > 0 && field.counter() > 0;
}

// Infinite times are the ends of the range.
bool ReadTime(const google::protobuf::Timestamp& field, absl::Time* time) {
  if (field.seconds() == std::numeric_limits<int64_t>::max()) {
    *time = absl::InfiniteFuture();
  } else if (field.seconds() == std::numeric_limits<int64_t>::min()) {
    *time = absl::InfinitePast();
  } else {
    *time = absl::FromUnixSeconds(field.seconds()) + absl::Nanoseconds(field.nanos());
  }
  return field.nanos() >= 0 && field.nanos() < 1'000'000'000;
}

bool ReadService(uint32_t field, protocol::McService* service) {
  *service = static_cast<protocol::McService>(field);
  return field >= static_cast<uint32_t>(protocol::McService::kMcptt) &&
         field <= static_cast<uint32_t>(protocol::McService::kMcdata);
}

bool ReadIndex(uint32_t field, uint8_t* index) {
  *index = static_cast<uint8_t>(field);
  return field <= std::numeric_limits<uint8_t>::max();
}

bool ReadRequestId(const std::string& field, protocol::RequestId* id) {
  const absl::StatusOr<protocol::RequestId> parsed = protocol::RequestId::Of(field);
  if (parsed.ok()) *id = *parsed;
  return parsed.ok();
}

}  // namespace mcmig::migration::row
