#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"

// Reflection and grpc.health.v1, as a prober without any .proto sees them.
namespace mcmig::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using protocol::Call;
using testing::Answer;
using testing::Request;
using Primary = v1::PrimaryMcServiceServer;

// libgrpc++_reflection brings the messages; a second generated copy of them would not link.
std::unique_ptr<google::protobuf::Message> New(const char* name) {
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// Asks one question in text format; the answer in text format, or the status where there is none.
std::string Reflect(const std::shared_ptr<grpc::Channel>& channel, const std::string& question) {
  const auto request = New("grpc.reflection.v1alpha.ServerReflectionRequest");
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(question, request.get()));
  grpc::CompletionQueue queue;
  const auto next = [&] {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return ok;
  };
  grpc::ClientContext context;
  grpc::GenericStub stub(channel);
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  next();
  grpc::Slice slice(request->SerializeAsString());
  call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
  next();
  grpc::ByteBuffer bytes;
  call->Read(&bytes, nullptr);
  const bool answered = next();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  queue.Shutdown();
  if (!answered) return "status " + std::to_string(status.error_code());
  grpc::Slice answer;
  EXPECT_TRUE(bytes.DumpToSingleSlice(&answer).ok());
  const auto response = New("grpc.reflection.v1alpha.ServerReflectionResponse");
  EXPECT_TRUE(response->ParseFromArray(answer.begin(), static_cast<int>(answer.size())));
  std::string text;
  google::protobuf::TextFormat::PrintToString(*response, &text);
  return text;
}

grpc::Status Check(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                   HealthCheckResponse* response) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service(service);
  return grpc::health::v1::Health::NewStub(channel)->Check(&context, request, response);
}

class ReflectionTest : public ::testing::Test {
 protected:
  testing::Listener<Primary> On(identity::Listener kind, const config::v1::Listener& config,
                                std::shared_ptr<const Credentials> credentials) {
    return {kind, config, std::move(credentials),
            [](const Call&, const Request& request) -> async::Task<Answer> { co_return testing::Echo(request); }};
  }
  testing::Listener<Primary> Insecure(identity::Listener kind, config::v1::Role role) {
    return On(kind, testing::InsecureListener("north", role), insecure_);
  }
  std::shared_ptr<grpc::Channel> To(const std::string& address) {
    return testing::Connect(*insecure_, testing::InsecureEndpoint(address), "north");
  }

  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
};

TEST_F(ReflectionTest, ClientInsideAndOperatorsListenersTellTheirServicesAndMessages) {
  for (const auto kind : {identity::Listener::kClient, identity::Listener::kInside, identity::Listener::kOperators}) {
    auto listener = Insecure(kind, config::v1::ROLE_GATEWAY);
    const auto channel = To(listener.server->address());
    const std::string services = Reflect(channel, "list_services: ''");
    EXPECT_TRUE(absl::StrContains(services, "mcmig.v1.PrimaryMcServiceServer")) << services;
    EXPECT_TRUE(absl::StrContains(services, "grpc.health.v1.Health")) << services;
    for (const char* symbol : {"mcmig.v1.PrimaryMcServiceServer", "grpc.health.v1.Health"}) {
      const std::string file = Reflect(channel, "file_containing_symbol: '" + std::string(symbol) + "'");
      EXPECT_TRUE(absl::StrContains(file, "file_descriptor_response")) << file;
    }
  }
}

TEST_F(ReflectionTest, OutsideListenerHasNeitherReflectionNorHealth) {
  auto listener = Insecure(identity::Listener::kOutside, config::v1::ROLE_GATEWAY);
  const auto channel = To(listener.server->address());
  EXPECT_EQ(Reflect(channel, "list_services: ''"), "status 12");
  HealthCheckResponse response;
  EXPECT_EQ(Check(channel, "", &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ReflectionTest, HealthListenerHasHealthAndNothingElse) {
  auto health = std::make_shared<Health>();
  auto server = Server::CreateForHealth(std::make_shared<LoopThread>(), "127.0.0.1:0", health);
  ASSERT_TRUE(server->Start().ok());
  const auto channel = To(server->address());
  EXPECT_EQ(Reflect(channel, "list_services: ''"), "status 12");
  HealthCheckResponse response;
  EXPECT_TRUE(Check(channel, "", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  health->SetServing(true);
  EXPECT_TRUE(Check(channel, "", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
}

TEST_F(ReflectionTest, HealthKnowsTheServicesOfTheProcess) {
  auto listener = Insecure(identity::Listener::kInside, config::v1::ROLE_GATEWAY);
  const auto channel = To(listener.server->address());
  HealthCheckResponse response;
  EXPECT_TRUE(Check(channel, "mcmig.v1.PrimaryMcServiceServer", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check(channel, "mcmig.v1.Nothing", &response).error_code(), grpc::StatusCode::NOT_FOUND);
  listener.health->SetServing(false);
  EXPECT_TRUE(Check(channel, "mcmig.v1.PrimaryMcServiceServer", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(ReflectionTest, WatchIsUnimplemented) {
  auto listener = Insecure(identity::Listener::kInside, config::v1::ROLE_GATEWAY);
  grpc::ClientContext context;
  const auto stub = grpc::health::v1::Health::NewStub(To(listener.server->address()));
  const auto reader = stub->Watch(&context, {});
  HealthCheckResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ReflectionTest, HolderOfACertificateThatIsNotInTheTableLearnsNothing) {
  auto listener =
      On(identity::Listener::kInside, testing::SecureListener(), systems_.Holder("north", "primary.north.example"));
  const auto endpoint = testing::SecureEndpoint(listener.server->address(), "primary.north.example");
  const auto known = testing::Connect(*systems_.Holder("north", "gateway.north.example"), endpoint, "north");
  EXPECT_TRUE(absl::StrContains(Reflect(known, "list_services: ''"), "mcmig.v1.PrimaryMcServiceServer"));
  const auto stranger = testing::Connect(*systems_.Holder("north", "stranger.north.example"), endpoint, "north");
  EXPECT_EQ(Reflect(stranger, "list_services: ''"), "status 1");
  HealthCheckResponse response;
  EXPECT_TRUE(Check(known, "", &response).ok());
  EXPECT_EQ(Check(stranger, "", &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace mcmig::rpc
