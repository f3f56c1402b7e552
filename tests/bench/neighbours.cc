#include "tests/bench/neighbours.h"

#include <grpcpp/support/async_unary_call.h>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "services/mcmig/load/generator.h"
#include "tests/harness/stubs.h"

namespace mcmig::bench {
namespace {

constexpr char kWestGateway[] = "gateway.west.example";
// Calls that do not end for two seconds, as many at once as west may have.
constexpr char kLimitsOfWest[] =
    "{incoming_per_second: 100, max_outgoing: 256, longest_call: 2s, failures_until_pause: 1000}";
constexpr load::Plan kStalled{.rate = 500, .in_flight = 1024, .timeout = kTimeout};
constexpr load::Plan kFlood{.rate = 1000, .in_flight = 256, .timeout = kTimeout};
constexpr int kUsersOfWest = 64;
// Until all that west may have is taken.
constexpr absl::Duration kWarmUp = absl::Seconds(1);

// PrimaryMcGatewayServer/AuthorizeMigration, as west's gateway.
class WestExchange final : public load::Exchange {
 public:
  explicit WestExchange(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::PrimaryMcGatewayServer::NewStub(channel)) {}

  void Start(uint64_t /*number*/, absl::Duration timeout, grpc::CompletionQueue* queue, void* tag) override {
    context_.emplace();
    context_->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    reader_ = stub_->AsyncAuthorizeMigration(&*context_, harness::RequestOf(harness::kBob), queue);
    reader_->Finish(&response_, &status_, tag);
  }
  std::string Finish() override {
    reader_.reset();
    return absl::StatusCodeToString(static_cast<absl::StatusCode>(status_.error_code()));
  }

 private:
  const std::unique_ptr<v1::PrimaryMcGatewayServer::Stub> stub_;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::MigrationServiceAuthorizationResponse>> reader_;
  v1::MigrationServiceAuthorizationResponse response_;
  grpc::Status status_;
};

absl::StatusOr<load::Visit> VisitOfWest(const harness::Deployment& deployment, int number) {
  const harness::User user{absl::StrCat("user-", number), "west.example"};
  config::v1::LoadUser line;
  line.set_primary_mc_service_id(user.PrimaryId());
  line.set_partner_mc_service_id(user.PartnerId());
  line.set_service(config::v1::MCPTT);
  line.set_profile_index(1);
  line.set_access_token(
      deployment.Token({.partner_id = user.PartnerId(), .primary_id = user.PrimaryId(), .expires_in = absl::Hours(6)}));
  return load::VisitOf(line);
}

}  // namespace

Neighbours::Neighbours(const Binaries& binaries, const std::string& directory) {
  const absl::Status started = Start(binaries, directory);
  if (!started.ok()) error_ = absl::StrCat("did not start: ", started.message());
}

absl::Status Neighbours::Start(const Binaries& binaries, const std::string& directory) {
  absl::StatusOr<Chain> chain =
      StartChain(ChainKind::kDurable, binaries, directory,
                 {.users = kUsers, .limits_of_west = kLimitsOfWest, .entry_of_west = silent_.address()}, nullptr);
  if (!chain.ok()) return chain.status();
  chain_ = *std::move(chain);
  harness::Deployment& deployment = *chain_.deployment;
  absl::StatusOr<std::vector<load::Visit>> users = MakeVisits(deployment, kUsers);
  if (!users.ok()) return users.status();
  users_ = *std::move(users);
  for (int i = 0; i < kUsersOfWest; ++i) {
    absl::StatusOr<load::Visit> user = VisitOfWest(deployment, i);
    if (!user.ok()) return user.status();
    users_of_west_.push_back(*std::move(user));
  }
  west_to_north_ = harness::Connect(deployment.north_gateway->Address("outside"), harness::kNorthGateway,
                                    deployment.north, &deployment.west.Issue(kWestGateway));
  return FailuresOf(load::RunLoad({.in_flight = 64, .requests = kUsers, .timeout = kTimeout},
                                  load::AskPartnerServer(chain_.channel, users_)));
}

absl::StatusOr<Round> Neighbours::Beside(const load::Plan& plan, const load::MakeExchange& calls,
                                         const std::function<absl::StatusOr<Round>()>& measure) const {
  std::atomic<bool> stop = false;
  load::LoadResult result;
  std::thread neighbour([&] { result = load::RunLoad(plan, calls, {.progress = nullptr, .stop = &stop}); });
  absl::StatusOr<Round> round = measure();
  stop = true;
  neighbour.join();
  if (result.ended() > 0 && result.succeeded == 0) return round;
  return absl::InternalError(
      absl::StrCat("the neighbour's calls: ", result.ended(), ", of which succeeded ", result.succeeded));
}

absl::Status Neighbours::EndPause() const {
  harness::Deployment& deployment = *chain_.deployment;
  const harness::CommandResult reset =
      deployment.Run({"peers", "reset", "--system", "west"}, deployment.south_gateway->Address("operators"),
                     harness::kSouthGateway, deployment.south.Issue(harness::kSouthOperator), deployment.south);
  return reset.exit_code == 0 ? absl::OkStatus() : absl::InternalError(absl::StrCat("peers reset: ", reset.err));
}

absl::StatusOr<Round> Neighbours::MeasureRound(ChainKind kind, const Rounds& rounds) const {
  const load::MakeExchange warm = load::AskPartnerServer(chain_.channel, users_);
  const auto measure = [&] {
    return bench::MeasureRound(
        chain_, {.in_flight = kNeighboursScenario.in_flight, .duration = rounds.length, .timeout = kTimeout}, kWarmUp,
        warm, warm);
  };
  if (kind == ChainKind::kBesideStalled) {
    if (absl::Status reset = EndPause(); !reset.ok()) return reset;
    return Beside(kStalled, load::AskPartnerServer(chain_.channel, users_of_west_), measure);
  }
  if (kind == ChainKind::kBesideFlooding) {
    return Beside(kFlood, [this] { return std::make_unique<WestExchange>(west_to_north_); }, measure);
  }
  return measure();
}

Measured Neighbours::Measure(const Rounds& rounds) {
  Measured measured{.scenario = kNeighboursScenario};
  for (const ChainKind kind : {ChainKind::kDurable, ChainKind::kBesideStalled, ChainKind::kBesideFlooding}) {
    Series& series = measured.series.emplace_back(Series{.kind = kind, .error = error_});
    for (const Chain::Member& member : chain_.members) series.members.push_back(member.name);
  }
  for (int count = 0; count < rounds.count; ++count) {
    for (size_t i = 0; i < measured.series.size(); ++i) {
      Series& series = measured.series[(i + static_cast<size_t>(count)) % measured.series.size()];
      if (!series.error.empty()) continue;
      absl::StatusOr<Round> round = MeasureRound(series.kind, rounds);
      if (round.ok()) {
        series.rounds.push_back(*std::move(round));
      } else {
        series.error = std::string(round.status().message());
      }
    }
  }
  return measured;
}

}  // namespace mcmig::bench
