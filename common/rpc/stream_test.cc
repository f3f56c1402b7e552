#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/sleep.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"
#include "mcmig/v1/migration_directory.grpc.pb.h"

namespace mcmig::rpc {
namespace {

using protocol::Call;
using Directory = v1::MigrationDirectory;
using Request = v1::WatchMigrationsRequest;
using Message = v1::WatchMigrationsResponse;
using Stream = protocol::Stream<Message>;

class StreamTest : public ::testing::Test {
 protected:
  using Handler = std::function<async::Task<absl::Status>(const Call&, const Request&, Stream&)>;

  void Start(Handler handler, absl::Duration max_age = absl::Hours(1), uint32_t max_in_flight = 0) {
    config::v1::Listener config = testing::InsecureListener("north", config::v1::ROLE_DIRECTORY_READER);
    config.set_max_in_flight(max_in_flight);
    config.mutable_max_deadline()->set_seconds(1);
    auto created = Server::Create(std::make_shared<LoopThread>(), identity::Listener::kInside, config, insecure_,
                                  std::make_shared<Health>());
    ASSERT_TRUE(created.ok()) << created.status();
    server_ = *std::move(created);
    server_->HandleStream(&service_, &Directory::AsyncService::RequestWatchMigrations,
                          "mcmig.v1.MigrationDirectory/WatchMigrations", max_age, std::move(handler));
    ASSERT_TRUE(server_->Start().ok());
    stub_ = Directory::NewStub(testing::Connect(*insecure_, testing::InsecureEndpoint(server_->address()), "north"));
  }
  // Reads to the end: the tokens, and how it ended.
  std::pair<std::string, grpc::Status> ReadAll() {
    grpc::ClientContext context;
    const auto reader = stub_->WatchMigrations(&context, Request());
    std::string tokens;
    for (Message message; reader->Read(&message);) tokens += message.resume_token();
    return {tokens, reader->Finish()};
  }
  static async::Task<bool> Send(Stream& stream, std::string token) {
    Message message;
    message.set_resume_token(std::move(token));
    co_return co_await stream.Write(message);
  }
  // Sends one message and waits until nobody wants more.
  static async::Task<absl::Status> Hold(const Call& call, const Request& /*request*/, Stream& stream) {
    bool go_on = co_await Send(stream, "held");
    while (go_on) {
      go_on = co_await async::Sleep(*call.executor, absl::Now() + absl::Hours(1), call.cancel);
    }
    co_return absl::CancelledError("nobody reads");
  }
  // Sends without end.
  async::Task<absl::Status> Flood(const Call& /*call*/, const Request& /*request*/, Stream& stream) {
    while (co_await Send(stream, std::string(size_, 'x'))) ++written_;
    co_return absl::OkStatus();
  }

  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  size_t size_ = 256 << 10;
  std::atomic<int> written_ = 0;
  Directory::AsyncService service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Directory::Stub> stub_;
};

TEST_F(StreamTest, MessagesArriveInOrderAndThenTheStatus) {
  Start([](const Call&, const Request&, Stream& stream) -> async::Task<absl::Status> {
    for (const char* token : {"a", "b", "c"}) {
      const bool sent = co_await Send(stream, token);
      if (!sent) co_return absl::InternalError("not sent");
    }
    co_return absl::FailedPreconditionError("that is all");
  });
  for (int again = 0; again < 3; ++again) {
    const auto [tokens, status] = ReadAll();
    EXPECT_EQ(tokens, "abc");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(status.error_message(), "that is all");
  }
}

TEST_F(StreamTest, AStreamOutlivesTheLongestTimeOfACallAndEndsAtItsAge) {
  const absl::Time began = absl::Now();
  Start(Hold, absl::Milliseconds(1200));
  const auto [tokens, status] = ReadAll();
  EXPECT_EQ(tokens, "held");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "the longest time of a stream has passed; call again");
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(1200));
}

TEST_F(StreamTest, ASlowReaderHoldsUpTheHandler) {
  Start([this](const Call& call, const Request& request, Stream& stream) { return Flood(call, request, stream); });
  grpc::ClientContext context;
  const auto reader = stub_->WatchMigrations(&context, Request());
  Message message;
  for (int read = 1; read <= 40; ++read) {
    ASSERT_TRUE(reader->Read(&message));
    ASSERT_LE(written_, read + 4);
  }
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(StreamTest, DrainingEndsStreamsAtOnceWithUnavailable) {
  Start(Hold);
  grpc::ClientContext context;
  const auto reader = stub_->WatchMigrations(&context, Request());
  Message message;
  ASSERT_TRUE(reader->Read(&message));
  const absl::Time began = absl::Now();
  server_->Shutdown(absl::Seconds(60));
  EXPECT_LT(absl::Now() - began, absl::Seconds(30));
  EXPECT_FALSE(reader->Read(&message));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "this server ends; call another one");
}

TEST_F(StreamTest, DrainingDoesNotWaitForAReaderThatDoesNotRead) {
  // Some fit into what gRPC sends ahead.
  size_ = 8 << 10;
  Start([this](const Call& call, const Request& request, Stream& stream) { return Flood(call, request, stream); });
  grpc::ClientContext context;
  const auto reader = stub_->WatchMigrations(&context, Request());
  while (written_ == 0) std::this_thread::yield();
  const absl::Time began = absl::Now();
  server_->Shutdown(absl::Seconds(60));
  EXPECT_LT(absl::Now() - began, absl::Seconds(30));
  Message message;
  while (reader->Read(&message)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(StreamTest, AReaderThatHasGoneMakesRoomForTheNext) {
  Start(Hold, absl::Hours(1), /*max_in_flight=*/1);
  for (int again = 0; again < 3; ++again) {
    grpc::StatusCode code = grpc::StatusCode::RESOURCE_EXHAUSTED;
    while (code == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      grpc::ClientContext context;
      const auto reader = stub_->WatchMigrations(&context, Request());
      Message message;
      if (reader->Read(&message)) {
        // While it is held, nobody else gets in.
        EXPECT_EQ(ReadAll().second.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        context.TryCancel();
      }
      code = reader->Finish().error_code();
    }
    EXPECT_EQ(code, grpc::StatusCode::CANCELLED);
  }
}

TEST_F(StreamTest, AnExceptionIsInternalAndTellsNothing) {
  Start([](const Call&, const Request&, Stream& stream) -> async::Task<absl::Status> {
    const bool sent = co_await Send(stream, "a");
    if (sent) throw std::runtime_error("sip:alice@north.example");
    co_return absl::OkStatus();
  });
  const auto [tokens, status] = ReadAll();
  EXPECT_EQ(tokens, "a");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("alice"), std::string::npos);
}

TEST_F(StreamTest, WhoeverMayNotCallGetsNoStream) {
  config::v1::Listener config = testing::InsecureListener("north", config::v1::ROLE_GATEWAY);
  auto created = Server::Create(std::make_shared<LoopThread>(), identity::Listener::kInside, config, insecure_,
                                std::make_shared<Health>());
  server_ = *std::move(created);
  server_->HandleStream(&service_, &Directory::AsyncService::RequestWatchMigrations,
                        "mcmig.v1.MigrationDirectory/WatchMigrations", absl::Hours(1), Hold);
  ASSERT_TRUE(server_->Start().ok());
  stub_ = Directory::NewStub(testing::Connect(*insecure_, testing::InsecureEndpoint(server_->address()), "north"));
  EXPECT_EQ(ReadAll().second.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace mcmig::rpc
