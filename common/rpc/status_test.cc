#include "common/rpc/status.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

absl::StatusCode Mapped(grpc::StatusCode code, bool cancelled) {
  const grpc::ClientContext context;
  return FromGrpc(grpc::Status(code, "text of the peer"), context, cancelled).code();
}

TEST(StatusTest, EveryCodeOfANextHopHasOneMeaning) {
  EXPECT_EQ(Mapped(grpc::StatusCode::OK, false), absl::StatusCode::kOk);
  EXPECT_EQ(Mapped(grpc::StatusCode::INVALID_ARGUMENT, false), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Mapped(grpc::StatusCode::UNAUTHENTICATED, false), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Mapped(grpc::StatusCode::PERMISSION_DENIED, false), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Mapped(grpc::StatusCode::UNAVAILABLE, false), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Mapped(grpc::StatusCode::DEADLINE_EXCEEDED, false), absl::StatusCode::kDeadlineExceeded);
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNKNOWN, grpc::StatusCode::NOT_FOUND, grpc::StatusCode::ALREADY_EXISTS,
        grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::FAILED_PRECONDITION, grpc::StatusCode::ABORTED,
        grpc::StatusCode::OUT_OF_RANGE, grpc::StatusCode::UNIMPLEMENTED, grpc::StatusCode::INTERNAL,
        grpc::StatusCode::DATA_LOSS}) {
    EXPECT_EQ(Mapped(code, false), absl::StatusCode::kInternal) << code;
  }
}

TEST(StatusTest, CancelledByTheServerAloneIsUnavailable) {
  EXPECT_EQ(Mapped(grpc::StatusCode::CANCELLED, true), absl::StatusCode::kCancelled);
  EXPECT_EQ(Mapped(grpc::StatusCode::CANCELLED, false), absl::StatusCode::kUnavailable);
}

TEST(StatusTest, TextOfTheNextHopIsDropped) {
  const grpc::ClientContext context;
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "text of the peer"), context, /*cancelled=*/false);
  EXPECT_EQ(status.message().find("peer"), absl::string_view::npos);
}

TEST(StatusTest, InternalTextsStayInside) {
  grpc::ServerContext context;
  EXPECT_EQ(ToGrpc(absl::InternalError("disk 7"), context).error_message(), "internal error");
  EXPECT_EQ(ToGrpc(absl::UnknownError("disk 7"), context).error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(ToGrpc(absl::NotFoundError("no such user"), context).error_message(), "no such user");
  EXPECT_TRUE(ToGrpc(absl::OkStatus(), context).ok());
}

}  // namespace
}  // namespace mcmig::rpc
