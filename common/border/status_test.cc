#include "common/border/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "common/protocol/pushback.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::border {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "shard-7.inner.example:4433 sip:alice@primary.example";

bool IsKept(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

class EveryCode : public ::testing::TestWithParam<int> {};

TEST_P(EveryCode, CrossesAsAFixedTextOnly) {
  const auto code = static_cast<absl::StatusCode>(GetParam());
  absl::Status status(code, kSecret);
  status.SetPayload("type.googleapis.com/google.rpc.DebugInfo", absl::Cord(kSecret));
  const absl::StatusCode expected = IsKept(code) ? code : absl::StatusCode::kInternal;
  for (const absl::Status& crossed : {StatusForOutside(status), StatusFromOutside(status)}) {
    EXPECT_EQ(crossed.code(), expected);
    EXPECT_THAT(crossed.ToString(absl::StatusToStringMode::kWithEverything), Not(HasSubstr("example")));
    EXPECT_FALSE(crossed.message().empty());
    EXPECT_EQ(crossed, absl::Status(crossed.code(), crossed.message())) << "payloads are dropped";
  }
  EXPECT_EQ(StatusForOutside(status), StatusForOutside(absl::Status(code, "another text")));
  EXPECT_EQ(StatusFromOutside(status), StatusFromOutside(absl::Status(code, "another text")));
}

INSTANTIATE_TEST_SUITE_P(Border, EveryCode, ::testing::Range(1, 18));

TEST(Border, OkStaysOk) {
  EXPECT_TRUE(StatusForOutside(absl::OkStatus()).ok());
  EXPECT_TRUE(StatusFromOutside(absl::OkStatus()).ok());
}

TEST(Border, TheHintWhenToTryAgainCrosses) {
  const absl::Status status = protocol::ResourceExhausted(kSecret, absl::Milliseconds(250));
  EXPECT_EQ(protocol::PushbackOf(StatusForOutside(status)), absl::Milliseconds(250));
  EXPECT_EQ(protocol::PushbackOf(StatusFromOutside(status)), absl::Milliseconds(250));
  EXPECT_THAT(std::string(StatusForOutside(status).message()), Not(HasSubstr("example")));
}

TEST(StatusForOutside, NamesTheFieldOfThePeersOwnMessage) {
  const absl::Status status = absl::InvalidArgumentError("primary_mc_service_id: from sip:alice@primary.example");
  EXPECT_EQ(StatusForOutside(status).message(), "primary_mc_service_id: missing, malformed or not allowed here");
}

TEST(StatusForOutside, NamesNoUnknownField) {
  const absl::Status status = absl::InvalidArgumentError("shard_table.entry: bad");
  EXPECT_EQ(StatusForOutside(status).message(), "request malformed");
}

TEST(StatusFromOutside, BelievesNoFieldPath) {
  EXPECT_EQ(StatusFromOutside(absl::InvalidArgumentError("request_id: x")).message(),
            "the peer found the request malformed");
}

}  // namespace
}  // namespace mcmig::border
