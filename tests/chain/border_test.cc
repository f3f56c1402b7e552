// What a peer, honest or not, gets at the borders of the processes: trust, roles and the fields that only gateways may
// set.
#include "gtest/gtest.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::Answer;
using harness::Ask;
using harness::Connect;
using harness::Credential;
using harness::Deployment;
using harness::kAlice;
using harness::Pki;
using harness::RequestOf;
using v1::PartnerMcGatewayServer;
using v1::PartnerMcServiceServer;
using v1::PrimaryMcGatewayServer;
using v1::PrimaryMcServiceServer;

class BorderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { deployment_ = StartDeployment("border").release(); }
  static void TearDownTestSuite() { delete deployment_; }
  void TearDown() override { EXPECT_EQ(Records(), 0); }

  // Calls as the holder of a certificate with `name`, issued by `issuer`.
  static std::shared_ptr<grpc::Channel> ToNorthGateway(Pki& issuer, const std::string& name) {
    return Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway, deployment_->north,
                   &issuer.Issue(name));
  }
  static std::shared_ptr<grpc::Channel> ToSouthGateway(Pki& issuer, const std::string& name) {
    return Connect(deployment_->south_gateway->Address("inside"), harness::kSouthGateway, deployment_->south,
                   &issuer.Issue(name));
  }
  static std::shared_ptr<grpc::Channel> ToPrimaryServer(Pki& issuer, const std::string& name) {
    return Connect(deployment_->primary_server_a->Address("inside"), harness::kPrimaryServerA, deployment_->north,
                   &issuer.Issue(name));
  }
  static std::shared_ptr<grpc::Channel> ToPartnerServer(Pki& issuer, const std::string& name) {
    return Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                   &issuer.Issue(name));
  }
  static size_t Records() {
    return harness::RecordsOf(Connect(deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                      deployment_->north, &deployment_->north.Issue(harness::kNorthOperator)))
        .size();
  }
  static std::string CauseAt(const harness::Process& process, const v1::MigrationServiceAuthorizationRequest& request) {
    const auto decisions = harness::DecisionsOf(process, request.request_id());
    return decisions.empty() ? "no decision" : harness::Field(decisions.back(), "cause");
  }

  static Deployment* deployment_;
};
Deployment* BorderTest::deployment_ = nullptr;

TEST_F(BorderTest, CertificateWithNorthsNameFromSouthsAuthorityIsRefused) {
  // South's authority is in north's pool, so TLS alone would let this certificate in.
  const Answer answer =
      Ask<PrimaryMcServiceServer>(ToPrimaryServer(deployment_->south, harness::kNorthGateway), RequestOf(kAlice));
  EXPECT_TRUE(answer.Outcome() == "UNAUTHENTICATED" || answer.Outcome() == "UNAVAILABLE") << answer.Outcome();
  const Answer at_gateway =
      Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->west, harness::kSouthGateway), RequestOf(kAlice));
  EXPECT_EQ(at_gateway.Outcome(), "UNAUTHENTICATED");
}

TEST_F(BorderTest, CertificateOfAnUnknownAuthorityIsRefused) {
  Pki nowhere("nowhere", testing::TempDir());
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(ToNorthGateway(nowhere, harness::kSouthGateway), RequestOf(kAlice)).Outcome(),
            "UNAVAILABLE");
}

TEST_F(BorderTest, CallerWithoutCertificateIsRefused) {
  const auto channel =
      Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway, deployment_->north, nullptr);
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(channel, RequestOf(kAlice)).Outcome(), "UNAVAILABLE");
}

TEST_F(BorderTest, ExpiredCertificateIsRefused) {
  const Credential expired = deployment_->south.IssueExpired(harness::kSouthGateway);
  const auto channel =
      Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway, deployment_->north, &expired);
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(channel, RequestOf(kAlice)).Outcome(), "UNAVAILABLE");
}

TEST_F(BorderTest, ValidCertificateWithTheWrongRoleIsRefused) {
  EXPECT_EQ(
      Ask<PrimaryMcServiceServer>(ToPrimaryServer(deployment_->north, harness::kPrimaryServerB), RequestOf(kAlice))
          .Outcome(),
      "PERMISSION_DENIED");
  EXPECT_EQ(Ask<PartnerMcGatewayServer>(ToSouthGateway(deployment_->south, harness::kSouthOperator), RequestOf(kAlice))
                .Outcome(),
            "PERMISSION_DENIED");
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->south, harness::kSouthOperator), RequestOf(kAlice))
                .Outcome(),
            "PERMISSION_DENIED");
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->north, harness::kPrimaryServerA), RequestOf(kAlice))
                .Outcome(),
            "PERMISSION_DENIED");
  EXPECT_EQ(Ask<PartnerMcServiceServer>(ToPartnerServer(deployment_->north, harness::kNorthGateway), RequestOf(kAlice),
                                        deployment_->TokenOf(kAlice))
                .Outcome(),
            "PERMISSION_DENIED");
}

TEST_F(BorderTest, InsideFieldOnAnOutsideListenerIsRefused) {
  auto request = RequestOf(kAlice);
  request.set_authenticated_peer_system("south");
  const Answer answer =
      Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->south, harness::kSouthGateway), request);
  EXPECT_EQ(answer.Outcome(), "INVALID_ARGUMENT");
  EXPECT_NE(answer.status.error_message().find("authenticated_peer_system"), std::string::npos);
}

TEST_F(BorderTest, InsideFieldFromAServerIsRefused) {
  auto request = RequestOf(kAlice);
  request.set_authenticated_peer_system("north");
  EXPECT_EQ(Ask<PartnerMcGatewayServer>(ToSouthGateway(deployment_->south, harness::kPartnerServer), request).Outcome(),
            "INVALID_ARGUMENT");
}

TEST_F(BorderTest, GatewayMustNameTheSystemItAuthenticated) {
  EXPECT_EQ(Ask<PrimaryMcServiceServer>(ToPrimaryServer(deployment_->north, harness::kNorthGateway), RequestOf(kAlice))
                .Outcome(),
            "INVALID_ARGUMENT");
  for (const char* system : {"north", "nowhere", "west"}) {
    SCOPED_TRACE(system);
    auto request = RequestOf(kAlice);
    request.set_authenticated_peer_system(system);
    const Answer answer =
        Ask<PrimaryMcServiceServer>(ToPrimaryServer(deployment_->north, harness::kNorthGateway), request);
    EXPECT_FALSE(answer.success());
  }
}

TEST_F(BorderTest, PeerThatDoesNotOwnThePartnerIdIsDenied) {
  auto request = RequestOf(kAlice);
  request.set_partner_mc_service_id("sip:visitor-alice@west.example");
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->south, harness::kSouthGateway), request).Outcome(),
            "PERMISSION_DENIED");
}

TEST_F(BorderTest, PrimaryGatewayRefusesIdsOfOtherSystems) {
  for (const char* id : {"sip:alice@west.example", "sip:alice@south.example", "sip:alice@nowhere.example"}) {
    auto request = RequestOf(kAlice);
    request.set_primary_mc_service_id(id);
    EXPECT_EQ(
        Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->south, harness::kSouthGateway), request).Outcome(),
        "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
    EXPECT_EQ(CauseAt(*deployment_->north_gateway, request), "NOT_A_USER_OF_THIS_SYSTEM");
  }
}

TEST_F(BorderTest, PeerWithoutAgreementIsRefused) {
  auto request = RequestOf(kAlice);
  request.set_partner_mc_service_id("sip:visitor-alice@west.example");
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(ToNorthGateway(deployment_->west, "gateway.west.example"), request).Outcome(),
            "FAILURE NO_AGREEMENT");
}

TEST_F(BorderTest, PartnerGatewayIdentifiesThePrimarySystemAgain) {
  const struct {
    const char* id;
    const char* outcome;
  } cases[] = {{"sip:alice@nowhere.example", "FAILURE UNKNOWN_PRIMARY_SYSTEM"},
               {"sip:alice@south.example", "FAILURE OWN_SYSTEM"},
               {"sip:alice@west.example", "FAILURE NO_AGREEMENT"}};
  for (const auto& c : cases) {
    auto request = RequestOf(kAlice);
    request.set_primary_mc_service_id(c.id);
    EXPECT_EQ(
        Ask<PartnerMcGatewayServer>(ToSouthGateway(deployment_->south, harness::kPartnerServer), request).Outcome(),
        c.outcome);
  }
}

TEST_F(BorderTest, OutsideListenerHasNeitherReflectionNorHealthNorAdmin) {
  const auto channel = ToNorthGateway(deployment_->south, harness::kSouthGateway);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  v1::ListMigrationsResponse page;
  EXPECT_EQ(v1::PrimaryAdmin::NewStub(channel)->ListMigrations(&context, {}, &page).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(BorderTest, ReaderMayLookButNotImport) {
  const Credential& reader = deployment_->north.Issue(harness::kNorthReader);
  const std::string operators = deployment_->primary_server_a->Address("operators");
  const auto listed =
      deployment_->Run({"migrations", "list"}, operators, harness::kPrimaryServerA, reader, deployment_->north);
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  const std::string file = testing::TempDir() + "/one.jsonl";
  harness::WriteFile(file, harness::ProfileLines(/*server_b=*/true, 0));
  const auto imported =
      deployment_->Run({"profiles", "import", file}, operators, harness::kPrimaryServerA, reader, deployment_->north);
  EXPECT_NE(imported.exit_code, 0);
}

}  // namespace
}  // namespace mcmig::chain
