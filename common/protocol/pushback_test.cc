#include "common/protocol/pushback.h"

#include <optional>

#include "absl/strings/cord.h"
#include "gtest/gtest.h"

namespace mcmig::protocol {
namespace {

TEST(Pushback, TravelsWithTheStatus) {
  const absl::Status status = ResourceExhausted("too many calls", absl::Milliseconds(120));
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(status.message(), "too many calls");
  EXPECT_EQ(PushbackOf(status), absl::Milliseconds(120));
}

TEST(Pushback, IsBounded) {
  EXPECT_EQ(PushbackOf(ResourceExhausted("", absl::Hours(9))), kMaxPushback);
  EXPECT_EQ(PushbackOf(ResourceExhausted("", absl::InfiniteDuration())), kMaxPushback);
  EXPECT_EQ(PushbackOf(ResourceExhausted("", -absl::Seconds(1))), absl::ZeroDuration());
}

TEST(Pushback, IsNoneWhereThereIsNone) {
  EXPECT_EQ(PushbackOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(PushbackOf(absl::ResourceExhaustedError("")), std::nullopt);
}

TEST(Pushback, OfAnotherCodeIsIgnored) {
  absl::Status status = absl::UnavailableError("");
  status.SetPayload("mcmig/retry-pushback-ms", absl::Cord("5"));
  EXPECT_EQ(PushbackOf(status), std::nullopt);
}

TEST(Pushback, MalformedIsIgnored) {
  for (const char* value : {"", "-1", "x", "1.5", "99999999999999999999"}) {
    absl::Status status = absl::ResourceExhaustedError("");
    status.SetPayload("mcmig/retry-pushback-ms", absl::Cord(value));
    EXPECT_EQ(PushbackOf(status), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace mcmig::protocol
