#ifndef COMMON_ADMIN_TIMESTAMP_H_
#define COMMON_ADMIN_TIMESTAMP_H_

#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace mcmig::admin {

// A finite time as protobuf's, to the nanosecond below. Not for infinite times, which have no such form.
inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

}  // namespace mcmig::admin

#endif  // COMMON_ADMIN_TIMESTAMP_H_
