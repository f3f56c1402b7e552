#ifndef COMMON_CONFIG_DURATION_H_
#define COMMON_CONFIG_DURATION_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"

namespace mcmig::config {

// A duration of the configuration; validation has seen to its range.
inline absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_DURATION_H_
