#include "tests/bench/stage.h"

#include <unistd.h>

#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/mcmig/load/generator.h"
#include "tests/bench/cpu_time.h"

namespace mcmig::bench {
namespace {

// Many enough that nobody reaches the request memory's limit (docs/register.md), few enough that the partner MC service
// server remembers all their tokens (16,384).
constexpr int kUsers = 8192;
constexpr absl::Duration kTimeout = absl::Seconds(10);
// Longer than a benchmark takes.
constexpr absl::Duration kTokenLife = absl::Hours(6);
// Of the first cold round, where no earlier one tells.
constexpr double kGuessedThroughput = 8000;

absl::StatusOr<std::vector<load::Visit>> MakeVisits(const harness::Deployment& deployment, size_t count) {
  std::vector<load::Visit> visits;
  visits.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const harness::User user = harness::LoadUser(static_cast<int>(i % kUsers));
    config::v1::LoadUser line;
    line.set_primary_mc_service_id(user.PrimaryId());
    line.set_partner_mc_service_id(user.PartnerId());
    line.set_service(config::v1::MCPTT);
    line.set_profile_index(1);
    // No two signatures are the same, so that no two tokens are.
    line.set_access_token(
        deployment.Token({.partner_id = user.PartnerId(), .primary_id = user.PrimaryId(), .expires_in = kTokenLife}));
    absl::StatusOr<load::Visit> visit = load::VisitOf(line);
    if (!visit.ok()) return visit.status();
    visits.push_back(*std::move(visit));
  }
  return visits;
}

absl::Status FailuresOf(const load::LoadResult& result) {
  if (result.AllSucceeded()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(result.ended() - result.succeeded, " of ", result.ended(), " calls failed: ",
                                          absl::StrJoin(result.failures, ", ", absl::PairFormatter(" "))));
}

absl::StatusOr<std::vector<absl::Duration>> CpuOf(const std::vector<Chain::Member>& members) {
  std::vector<absl::Duration> cpu;
  for (const Chain::Member& member : members) {
    const absl::StatusOr<absl::Duration> time = CpuTimeOf(member.pid);
    if (!time.ok()) return absl::NotFoundError(absl::StrCat(member.name, " has gone"));
    cpu.push_back(*time);
  }
  // The load generator.
  const absl::StatusOr<absl::Duration> own = CpuTimeOf(getpid());
  if (!own.ok()) return own.status();
  cpu.push_back(*own);
  return cpu;
}

bool LooksAtTokens(ChainKind kind) { return kind == ChainKind::kDurable || kind == ChainKind::kVolatile; }

}  // namespace

Stage::Stage(const Binaries& binaries, const std::string& directory, bool gateways, bool insecure) {
  const ChainOptions options{
      .shape = gateways ? harness::kBothGateways : harness::kDirect, .insecure = insecure, .users = kUsers};
  for (const ChainKind kind : {ChainKind::kDurable, ChainKind::kVolatile, ChainKind::kEmpty, ChainKind::kEmptyAgain,
                               ChainKind::kHandwritten}) {
    Contestant contestant{.kind = kind};
    const absl::Status started = Start(contestant, binaries, absl::StrCat(directory, "/", NameOf(kind)), options);
    if (!started.ok()) contestant.error = absl::StrCat("did not start: ", started.message());
    contestants_.push_back(std::move(contestant));
  }
}

absl::Status Stage::Start(Contestant& contestant, const Binaries& binaries, const std::string& directory,
                          const ChainOptions& options) {
  harness::Deployment* first = contestants_.empty() ? nullptr : contestants_.front().chain.deployment.get();
  if (!LooksAtTokens(contestant.kind) && contestants_.front().warm.empty()) {
    return absl::FailedPreconditionError("the first chain, whose certificates and tokens it takes, did not start");
  }
  auto chain = StartChain(contestant.kind, binaries, directory, options, first);
  if (!chain.ok()) return chain.status();
  contestant.chain = *std::move(chain);
  if (LooksAtTokens(contestant.kind)) {
    auto visits = MakeVisits(*contestant.chain.deployment, kUsers);
    if (!visits.ok()) return visits.status();
    contestant.warm = *std::move(visits);
  } else {
    contestant.warm = contestants_.front().warm;
  }
  // A few first: one that fails every call would take long to fail all.
  for (const uint64_t requests : {uint64_t{64}, uint64_t{kUsers}}) {
    const load::LoadResult seen = load::RunLoad({.in_flight = 64, .requests = requests, .timeout = kTimeout},
                                                load::AskPartnerServer(contestant.chain.channel, contestant.warm));
    if (absl::Status failed = FailuresOf(seen); !failed.ok()) return failed;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<load::Visit>> Stage::NewVisits(Contestant& contestant, int in_flight,
                                                          absl::Duration length) {
  // To chains that do not look at them, other users' tokens are new enough: as many bytes, not those of the last call.
  if (!LooksAtTokens(contestant.chain.kind)) return contestant.warm;
  const double guess = contestant.throughput > 0 ? contestant.throughput * 2 : kGuessedThroughput;
  const double wanted = guess * absl::ToDoubleSeconds(length) + in_flight;
  return MakeVisits(*contestant.chain.deployment, static_cast<size_t>(wanted));
}

absl::StatusOr<Round> Stage::MeasureRound(Contestant& contestant, const Scenario& scenario, const Rounds& rounds) {
  absl::StatusOr<std::vector<load::Visit>> fresh = std::vector<load::Visit>();
  load::Plan plan{.in_flight = scenario.in_flight, .duration = rounds.length, .timeout = kTimeout};
  if (scenario.cold) {
    fresh = NewVisits(contestant, scenario.in_flight, rounds.length);
    if (!fresh.ok()) return fresh.status();
    if (LooksAtTokens(contestant.chain.kind)) plan.requests = fresh->size();
  }
  load::Plan warm_up = plan;
  warm_up.duration = rounds.warm_up;
  const load::MakeExchange warm = load::AskPartnerServer(contestant.chain.channel, contestant.warm);
  if (absl::Status failed = FailuresOf(load::RunLoad(warm_up, warm)); !failed.ok()) return failed;

  const auto before = CpuOf(contestant.chain.members);
  if (!before.ok()) return before.status();
  const load::LoadResult result =
      load::RunLoad(plan, scenario.cold ? load::AskPartnerServer(contestant.chain.channel, *fresh) : warm);
  const auto after = CpuOf(contestant.chain.members);
  if (!after.ok()) return after.status();
  if (absl::Status failed = FailuresOf(result); !failed.ok()) return failed;
  contestant.throughput = result.throughput();
  Round round{
      .throughput = result.throughput(), .p50 = result.latency.Percentile(50), .p99 = result.latency.Percentile(99)};
  for (size_t i = 0; i < after->size(); ++i) {
    round.cpu.push_back(((*after)[i] - (*before)[i]) / static_cast<double>(result.ended()));
  }
  round.generator_cpu = round.cpu.back();
  round.cpu.pop_back();
  return round;
}

Measured Stage::Measure(const Scenario& scenario, const Rounds& rounds) {
  Measured measured{.scenario = scenario};
  for (Contestant& contestant : contestants_) {
    contestant.throughput = 0;
    Series& series = measured.series.emplace_back(Series{.kind = contestant.kind, .error = contestant.error});
    for (const Chain::Member& member : contestant.chain.members) series.members.push_back(member.name);
  }
  for (int count = 0; count < rounds.count; ++count) {
    for (size_t i = 0; i < contestants_.size(); ++i) {
      const size_t turn = (i + static_cast<size_t>(count)) % contestants_.size();
      Series& series = measured.series[turn];
      if (!series.error.empty()) continue;
      auto round = MeasureRound(contestants_[turn], scenario, rounds);
      if (round.ok()) {
        series.rounds.push_back(*std::move(round));
      } else {
        series.error = std::string(round.status().message());
      }
    }
  }
  return measured;
}

absl::Status Stage::WhileLoaded(const Scenario& scenario, ChainKind kind, absl::Duration length,
                                absl::FunctionRef<void(const Chain&)> watch) {
  const auto found =
      absl::c_find_if(contestants_, [kind](const Contestant& one) { return one.kind == kind && one.error.empty(); });
  if (found == contestants_.end()) return absl::NotFoundError(absl::StrCat("no ", NameOf(kind), " chain"));
  absl::Status loaded;
  std::thread load([&] { loaded = MeasureRound(*found, scenario, {.length = length}).status(); });
  watch(found->chain);
  load.join();
  return loaded;
}

}  // namespace mcmig::bench
