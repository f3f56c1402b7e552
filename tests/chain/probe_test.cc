// What probers see: grpcurl and buf curl work without a local .proto, and Kubernetes' plain-text probes find health
// only.
#include <set>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;
using harness::Connect;
using harness::Deployment;

class ProbeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { deployment_ = StartDeployment("probe").release(); }
  static void TearDownTestSuite() { delete deployment_; }

  struct Place {
    std::string name;
    std::shared_ptr<grpc::Channel> channel;
    // Beside health and reflection.
    std::set<std::string> services;
  };
  // Every client, inside and operators' listener.
  static std::vector<Place> Places() {
    Deployment& d = *deployment_;
    return {
        {"client agent, client",
         Connect(d.client_agent->Address("client"), harness::kClient, d.north, &d.north.Issue(harness::kApplication)),
         {"mcmig.v1.McServiceClient"}},
        {"partner server, client",
         Connect(d.partner_server->Address("client"), harness::kPartnerServer, d.south,
                 &d.north.Issue(harness::kClient)),
         {"mcmig.v1.PartnerMcServiceServer"}},
        {"partner server, operators",
         Connect(d.partner_server->Address("operators"), harness::kPartnerServer, d.south,
                 &d.south.Issue(harness::kSouthOperator)),
         {"mcmig.v1.PartnerAdmin", "mcmig.v1.PeerAdmin", "mcmig.v1.RegisterAdmin"}},
        {"south gateway, inside",
         Connect(d.south_gateway->Address("inside"), harness::kSouthGateway, d.south,
                 &d.south.Issue(harness::kPartnerServer)),
         {"mcmig.v1.PartnerMcGatewayServer", "mcmig.v1.PrimaryMcGatewayServer"}},
        {"primary server, inside",
         Connect(d.primary_server_a->Address("inside"), harness::kPrimaryServerA, d.north,
                 &d.north.Issue(harness::kNorthGateway)),
         {"mcmig.v1.MigrationDirectory", "mcmig.v1.PrimaryMcServiceServer"}},
        {"primary server, client",
         Connect(d.primary_server_a->Address("client"), harness::kPrimaryServerA, d.north,
                 &d.north.Issue(harness::kClient)),
         {"mcmig.v1.PrimaryMcServiceServer"}},
        {"primary server, operators",
         Connect(d.primary_server_a->Address("operators"), harness::kPrimaryServerA, d.north,
                 &d.north.Issue(harness::kNorthOperator)),
         {"mcmig.v1.PeerAdmin", "mcmig.v1.PrimaryAdmin", "mcmig.v1.RegisterAdmin"}},
    };
  }
  static grpc::Status Check(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                            HealthCheckResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    HealthCheckRequest request;
    request.set_service(service);
    return Health::NewStub(channel)->Check(&context, request, response);
  }
  static grpc::Status Reflect(const std::shared_ptr<grpc::Channel>& channel, const ServerReflectionRequest& request,
                              ServerReflectionResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    auto stream = ServerReflection::NewStub(channel)->ServerReflectionInfo(&context);
    stream->Write(request);
    stream->WritesDone();
    const bool answered = stream->Read(response);
    ServerReflectionResponse rest;
    while (answered && stream->Read(&rest)) {
    }
    return stream->Finish();
  }

  static Deployment* deployment_;
};
Deployment* ProbeTest::deployment_ = nullptr;

TEST_F(ProbeTest, HealthIsServingOnEveryListenerThatProbersReach) {
  for (const Place& place : Places()) {
    SCOPED_TRACE(place.name);
    std::set<std::string> served = place.services;
    served.insert("");
    for (const std::string& service : served) {
      HealthCheckResponse response;
      const grpc::Status status = Check(place.channel, service, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
    }
    HealthCheckResponse response;
    EXPECT_EQ(Check(place.channel, "no.such.Service", &response).error_code(), grpc::StatusCode::NOT_FOUND);
  }
}

TEST_F(ProbeTest, ReflectionListsAndDescribesEveryService) {
  for (const Place& place : Places()) {
    SCOPED_TRACE(place.name);
    ServerReflectionRequest request;
    request.set_list_services("*");
    ServerReflectionResponse response;
    const grpc::Status status = Reflect(place.channel, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    std::set<std::string> services;
    for (const auto& service : response.list_services_response().service()) services.insert(service.name());
    std::set<std::string> expected = place.services;
    expected.insert("grpc.health.v1.Health");
    const std::set<std::string> described = expected;
    expected.insert("grpc.reflection.v1alpha.ServerReflection");
    EXPECT_EQ(services, expected);
    for (const std::string& service : described) {
      ServerReflectionRequest describe;
      describe.set_file_containing_symbol(service);
      ServerReflectionResponse description;
      ASSERT_TRUE(Reflect(place.channel, describe, &description).ok());
      EXPECT_TRUE(description.has_file_descriptor_response()) << service;
    }
  }
}

TEST_F(ProbeTest, OutsideListenerAnswersNoProbe) {
  const auto channel = Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway,
                               deployment_->north, &deployment_->south.Issue(harness::kSouthGateway));
  HealthCheckResponse health;
  EXPECT_EQ(Check(channel, "", &health).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  ServerReflectionRequest request;
  request.set_list_services("*");
  ServerReflectionResponse response;
  EXPECT_EQ(Reflect(channel, request, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ProbeTest, HealthListenerServesHealthInPlainTextAndNothingElse) {
  for (const auto* process :
       {deployment_->client_agent.get(), deployment_->partner_server.get(), deployment_->south_gateway.get(),
        deployment_->north_gateway.get(), deployment_->primary_server_a.get()}) {
    const auto channel = grpc::CreateChannel(process->Address("health"), grpc::InsecureChannelCredentials());
    HealthCheckResponse health;
    const grpc::Status status = Check(channel, "", &health);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(health.status(), HealthCheckResponse::SERVING);
    ServerReflectionRequest request;
    request.set_list_services("*");
    ServerReflectionResponse response;
    EXPECT_EQ(Reflect(channel, request, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
}

}  // namespace
}  // namespace mcmig::chain
