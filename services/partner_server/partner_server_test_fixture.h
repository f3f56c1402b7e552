#ifndef SERVICES_PARTNER_SERVER_PARTNER_SERVER_TEST_FIXTURE_H_
#define SERVICES_PARTNER_SERVER_PARTNER_SERVER_TEST_FIXTURE_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/partner_server/partner_server.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"

namespace mcmig::partner_server {

using identity::Listener;
using identity::Role;
using protocol::Cause;
using protocol::Decision;
using Response = v1::MigrationServiceAuthorizationResponse;

// South's server, with alice of north expected for an hour and a gateway that answers as told.
class PartnerServerTest : public ::testing::Test {
 protected:
  PartnerServerTest();
  PartnerDoors Doors() {
    return {.systems = testing::MakeSystems(testing::SystemsAt("south")),
            .tokens = verifier_.get(),
            .leeway = absl::ZeroDuration(),
            .visitors = &visitors_,
            .gateway = &gateway_,
            .entries = {},
            .random = &random_,
            .clock = &executor_,
            .log = &log_,
            .retry = {}};
  }
  PartnerDoors DirectDoors() {
    PartnerDoors doors = Doors();
    doors.gateway = nullptr;
    doors.entries = {{"north", &gateway_}};
    return doors;
  }
  // An access token that stands for these two.
  [[nodiscard]] std::string Token(const std::string& partner = testing::kVisitor,
                                  const std::string& primary = testing::kAlice) const;
  absl::StatusOr<Response> Ask(const v1::MigrationServiceAuthorizationRequest& message, const std::string& token) {
    PartnerServer server(Doors());
    return Ask(server, message, token);
  }
  absl::StatusOr<Response> Ask(PartnerServer& server, const v1::MigrationServiceAuthorizationRequest& message,
                               const std::string& token);
  // Runs `task`, and puts there what it returns.
  static async::Task<> Keep(async::Task<absl::StatusOr<Response>> task,
                            std::optional<absl::StatusOr<Response>>& answer);
  absl::Status End(const protocol::Epoch& epoch) {
    PartnerServer server(Doors());
    testing::IncomingCall incoming(executor_, {"north", Role::kClient, false}, Listener::kClient);
    incoming.call.bearer_token = Token();
    const protocol::EndRequest end{
        .user = {testing::Id(testing::kVisitor), testing::Id(testing::kAlice), protocol::McService::kMcptt},
        .epoch = epoch};
    return executor_.Run(server.EndMigration(incoming.call, ToProto(end)))->status();
  }
  std::optional<migration::Visitor> AliceHere() {
    return *store_.FindVisitor({"north", {testing::Id(testing::kAlice).canonical(), protocol::McService::kMcptt}});
  }
  void ExpectRefused(const absl::StatusOr<Response>& response, v1::RefusalCause cause) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_FAILURE);
    EXPECT_EQ(response->refusal_cause(), cause);
    EXPECT_FALSE(response->has_epoch());
    EXPECT_FALSE(AliceHere().has_value());
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::CountingRandom random_;
  std::unique_ptr<token::AccessTokenVerifier> verifier_;
  testing::FaultyVisitorStore store_;
  migration::VisitorRegister visitors_{store_};
  std::deque<absl::StatusOr<Decision>> answers_ = {testing::Success(7)};
  // What happens while the primary answers.
  std::deque<std::function<void()>> meanwhile_;
  testing::ToldHop gateway_{[this] {
    if (!meanwhile_.empty()) {
      meanwhile_.front()();
      meanwhile_.pop_front();
    }
    const absl::StatusOr<Decision> next = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return next;
  }};
  v1::MigrationServiceAuthorizationRequest message_ = ToProto(testing::AliceToSouth('r', executor_.Now()));
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_PARTNER_SERVER_TEST_FIXTURE_H_
