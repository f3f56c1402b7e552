#ifndef COMMON_PROTOCOL_TIMESTAMP_H_
#define COMMON_PROTOCOL_TIMESTAMP_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace mcmig::protocol {

// The time of a message, at path `field`. INVALID_ARGUMENT, "<field path>: <violation>", where a part is out of range.
absl::StatusOr<absl::Time> ParseTimestamp(const google::protobuf::Timestamp& timestamp, absl::string_view field);

// A finite time as protobuf's, to the nanosecond below. Not for infinite times, which have no such form.
google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_TIMESTAMP_H_
