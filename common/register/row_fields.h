#ifndef COMMON_REGISTER_ROW_FIELDS_H_
#define COMMON_REGISTER_ROW_FIELDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"
#include "common/register/storage.pb.h"

// Fields that several rows have. Reading one gives false where it is not what was written.
namespace mcmig::migration::row {

absl::Status BadValue();

void WriteEpoch(const protocol::Epoch& epoch, storage::Epoch* field);
void WriteTime(absl::Time time, google::protobuf::Timestamp* field);

bool ReadEpoch(const storage::Epoch& field, protocol::Epoch* epoch);
bool ReadTime(const google::protobuf::Timestamp& field, absl::Time* time);
bool ReadService(uint32_t field, protocol::McService* service);
bool ReadIndex(uint32_t field, uint8_t* index);
bool ReadRequestId(const std::string& field, protocol::RequestId* id);

template <class Message>
bool Parse(absl::string_view value, Message* message) {
  return message->ParseFromArray(value.data(), static_cast<int>(value.size()));
}

}  // namespace mcmig::migration::row

#endif  // COMMON_REGISTER_ROW_FIELDS_H_
