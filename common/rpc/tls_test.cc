#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/identity/testing/certificates.h"
#include "common/ops/metrics.h"
#include "common/ops/testing/exposition.h"
#include "common/rpc/channel.h"
#include "common/rpc/credentials.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

using identity::testing::Issued;
using protocol::Call;
using testing::Answer;
using testing::Request;
using Primary = v1::PrimaryMcServiceServer;
using Outer = v1::PrimaryMcGatewayServer;

// A primary server of north with an inside and an outside listener, and callers with certificates of every kind.
class TlsTest : public ::testing::Test {
 protected:
  std::function<async::Task<Answer>(const Call&, const Request&)> Record() {
    return [this](const Call& call, const Request& request) {
      peer_.Set(call.peer);
      return testing::AnswerEcho(request);
    };
  }
  template <class Service>
  grpc::StatusCode CallAs(const testing::Listener<Service>& listener, const Credentials& caller,
                          const std::string& server_name = "primary.north.example",
                          const std::string& system = "north") {
    peer_.Set({});
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    const auto channel =
        testing::Connect(caller, testing::SecureEndpoint(listener.server->address(), server_name), system);
    return testing::Authorize<Service>(channel, context).error_code();
  }

  testing::Left<identity::Peer> peer_;
  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> server_ = systems_.Holder("north", "primary.north.example");
  testing::Listener<Primary> inside_{identity::Listener::kInside, testing::SecureListener(), server_, Record()};
  testing::Listener<Outer> outside_{identity::Listener::kOutside, testing::SecureListener(), server_, Record()};
};

TEST_F(TlsTest, OwnGatewayIsIdentifiedInside) {
  EXPECT_EQ(CallAs(inside_, *systems_.Holder("north", "gateway.north.example")), grpc::StatusCode::OK);
  EXPECT_EQ(peer_.Get().system, "north");
  EXPECT_EQ(peer_.Get().role, identity::Role::kGateway);
  EXPECT_TRUE(peer_.Get().own);
}

TEST_F(TlsTest, GatewayOfAnotherSystemIsIdentifiedOutside) {
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("south", "gateway.south.example")), grpc::StatusCode::OK);
  EXPECT_EQ(peer_.Get().system, "south");
  EXPECT_FALSE(peer_.Get().own);
}

TEST_F(TlsTest, IntermediateAuthoritiesAndUriNamesAreUnderstood) {
  const auto intermediate = systems_.Authority("south").MakeIntermediate("south issuing");
  const Issued issued = intermediate.Issue({.uris = {"spiffe://south/gateway"}});
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("south", issued)), grpc::StatusCode::OK);
  EXPECT_EQ(peer_.Get().system, "south");
}

TEST_F(TlsTest, ServerWithAUriNameIsAccepted) {
  testing::Listener<Primary> named(
      identity::Listener::kInside, testing::SecureListener(),
      systems_.Holder("north", systems_.Authority("north").Issue({.uris = {"spiffe://north/gateway"}})), Record());
  EXPECT_EQ(CallAs(named, *systems_.Holder("north", "gateway.north.example"), "spiffe://north/gateway"),
            grpc::StatusCode::OK);
}

TEST_F(TlsTest, ValidCertificateWithTheWrongRoleIsDenied) {
  EXPECT_EQ(CallAs(inside_, *systems_.Holder("north", "client.north.example")), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("south", "client.south.example")), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(TlsTest, NameThatIsNotInTheTableIsUnauthenticated) {
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("south", "stranger.south.example")), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(TlsTest, AnotherSystemsAuthorityCannotMakeThisSystemsName) {
  // South's authority is good for connecting to the outside, and makes a certificate with north's name.
  const Issued forged = systems_.Authority("south").Issue({.dns = {"gateway.north.example"}});
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("south", forged)), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(TlsTest, AnotherSystemDoesNotConnectInside) {
  EXPECT_EQ(CallAs(inside_, *systems_.Holder("south", "gateway.south.example")), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, UnknownAuthorityDoesNotConnect) {
  const auto unknown = identity::testing::CertificateAuthority::Make("unknown");
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("south", unknown.Issue({.dns = {"gateway.south.example"}}))),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ExpiredCertificateDoesNotConnect) {
  const Issued expired = systems_.Authority("north").Issue(
      {.dns = {"gateway.north.example"}, .not_after = absl::Now() - absl::Minutes(1)});
  EXPECT_EQ(CallAs(inside_, *systems_.Holder("north", expired)), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(CallAs(outside_, *systems_.Holder("north", expired)), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, CallerWithoutCertificateDoesNotConnect) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = systems_.Authority("north").cert();
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("primary.north.example");
  const auto channel = grpc::CreateCustomChannel(outside_.server->address(), grpc::SslCredentials(options), arguments);
  grpc::ClientContext context;
  EXPECT_EQ(testing::Authorize<Outer>(channel, context).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, PlainTextCallerDoesNotConnect) {
  const auto channel = grpc::CreateChannel(outside_.server->address(), grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(5)));
  EXPECT_FALSE(testing::Authorize<Outer>(channel, context).ok());
}

TEST_F(TlsTest, ServerThatIsNotTheConfiguredOneIsNotCalled) {
  const auto caller = systems_.Holder("north", "gateway.north.example");
  // Another name, a wildcard's reach, another system's name from the right address.
  EXPECT_EQ(CallAs(inside_, *caller, "gateway.north.example"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(CallAs(inside_, *caller, "primary.south.example", "south"), grpc::StatusCode::UNAVAILABLE);
  testing::Listener<Primary> wildcard(
      identity::Listener::kInside, testing::SecureListener(),
      systems_.Holder("north", systems_.Authority("north").Issue({.dns = {"*.north.example"}})), Record());
  EXPECT_EQ(CallAs(wildcard, *caller, "primary.north.example"), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, ServerWhoseNameAnotherAuthorityMadeIsNotCalled) {
  testing::Listener<Primary> forged(
      identity::Listener::kOutside, testing::SecureListener(),
      systems_.Holder("north", systems_.Authority("south").Issue({.dns = {"primary.north.example"}})), Record());
  EXPECT_EQ(CallAs(forged, *systems_.Holder("south", "gateway.south.example")), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, KeyOfAnotherCertificateStopsTheStart) {
  Issued mixed = systems_.Authority("north").Issue({.dns = {"primary.north.example"}});
  mixed.key_pem = systems_.Authority("north").Issue({.dns = {"primary.north.example"}}).key_pem;
  EXPECT_TRUE(absl::IsInvalidArgument(systems_.TryHolder("north", mixed).status()));
}

TEST_F(TlsTest, TlsWithoutCertificateStopsTheStart) {
  const auto none = systems_.Insecure("north");
  EXPECT_TRUE(
      absl::IsInvalidArgument(none->ForListener(identity::Listener::kInside, testing::SecureListener()).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(none->ForEndpoint(testing::SecureEndpoint("127.0.0.1:1", "x"), "north").status()));
}

TEST_F(TlsTest, ServerNamesRoleIsCheckedAgainstTheTable) {
  const auto table = systems_.Table("north");
  const auto primary = testing::SecureEndpoint("127.0.0.1:1", "primary.north.example");
  EXPECT_TRUE(CheckServerRole(*table, primary, "north", {identity::Role::kPrimaryServer}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(CheckServerRole(*table, primary, "north", {identity::Role::kGateway})));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckServerRole(*table, primary, "south", {identity::Role::kPrimaryServer})));
  EXPECT_TRUE(CheckServerRole(*table, testing::InsecureEndpoint("127.0.0.1:1"), "north", {}).ok());
}

TEST_F(TlsTest, ExpiryOfTheOwnChainAndOfEverySystemsRootsIsMeasured) {
  const absl::Time expiry = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(5)));
  const Issued issued = systems_.Authority("north").Issue({.dns = {"gateway.north.example"}, .not_after = expiry});
  ops::Metrics metrics;
  systems_.Holder("north", issued)->MeasureExpiry(metrics);
  const auto now = ops::testing::ParseExposition(metrics.Text());
  constexpr char kExpiry[] = "mcmig_certificate_expiry_timestamp_seconds";
  EXPECT_EQ(now.Sum(kExpiry, {{"certificate", "own"}, {"mc_system", "north"}}), absl::ToUnixSeconds(expiry));
  const double in_a_year = static_cast<double>(absl::ToUnixSeconds(absl::Now() + absl::Hours(24 * 365)));
  EXPECT_GT(now.Sum(kExpiry, {{"certificate", "roots"}, {"mc_system", "north"}}), in_a_year);
  EXPECT_GT(now.Sum(kExpiry, {{"certificate", "roots"}, {"mc_system", "south"}}), in_a_year);
  EXPECT_EQ(now.samples.size(), 3U);
}

TEST_F(TlsTest, WithoutCertificateOnlyRootsExpire) {
  ops::Metrics metrics;
  systems_.Insecure("north")->MeasureExpiry(metrics);
  EXPECT_EQ(ops::testing::ParseExposition(metrics.Text()).samples.size(), 2U);
}

}  // namespace
}  // namespace mcmig::rpc
