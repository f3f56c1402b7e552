#include "tests/bench/stage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
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

bool LooksAtTokens(ChainKind kind) { return kind == ChainKind::kDurable || kind == ChainKind::kVolatile; }

}  // namespace

absl::StatusOr<std::unique_ptr<Stage>> Stage::Start(const Binaries& binaries, const std::string& directory,
                                                    bool gateways, bool insecure) {
  auto stage = std::make_unique<Stage>();
  const ChainOptions options{
      .shape = gateways ? harness::kBothGateways : harness::kDirect, .insecure = insecure, .users = kUsers};
  for (const ChainKind kind : {ChainKind::kDurable, ChainKind::kVolatile, ChainKind::kEmpty, ChainKind::kEmptyAgain,
                               ChainKind::kHandwritten}) {
    absl::Status added = stage->Add(kind, binaries, absl::StrCat(directory, "/", NameOf(kind)), options);
    if (!added.ok()) return absl::Status(added.code(), absl::StrCat(NameOf(kind), " chain: ", added.message()));
  }
  return stage;
}

absl::Status Stage::Add(ChainKind kind, const Binaries& binaries, const std::string& directory,
                        const ChainOptions& options) {
  harness::Deployment* first = contestants_.empty() ? nullptr : contestants_.front()->chain.deployment.get();
  auto chain = StartChain(kind, binaries, directory, options, first);
  if (!chain.ok()) return chain.status();
  auto contestant = std::make_unique<Contestant>(Contestant{.chain = *std::move(chain)});
  if (LooksAtTokens(kind)) {
    auto visits = MakeVisits(*contestant->chain.deployment, kUsers);
    if (!visits.ok()) return visits.status();
    contestant->warm = *std::move(visits);
  } else {
    contestant->warm = contestants_.front()->warm;
  }
  const load::LoadResult seen = load::RunLoad({.in_flight = 64, .requests = kUsers, .timeout = kTimeout},
                                              load::AskPartnerServer(contestant->chain.channel, contestant->warm));
  if (!seen.AllSucceeded()) return absl::InternalError(seen.failures.begin()->first);
  contestants_.push_back(std::move(contestant));
  return absl::OkStatus();
}

absl::StatusOr<Stage::Contestant*> Stage::Find(ChainKind kind) {
  for (const auto& contestant : contestants_) {
    if (contestant->chain.kind == kind) return contestant.get();
  }
  return absl::NotFoundError(absl::StrCat("no ", NameOf(kind), " chain"));
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
  load::RunLoad(warm_up, load::AskPartnerServer(contestant.chain.channel, contestant.warm));

  const std::vector<Chain::Member>& members = contestant.chain.members;
  std::vector<absl::Duration> before;
  for (const Chain::Member& member : members) before.push_back(CpuTimeOf(member.pid));
  const absl::Duration generator_before = CpuTimeOf(getpid());
  const load::LoadResult result =
      load::RunLoad(plan, load::AskPartnerServer(contestant.chain.channel, scenario.cold ? *fresh : contestant.warm));
  Round round{.throughput = result.throughput(),
              .p50 = result.latency.Percentile(50),
              .p99 = result.latency.Percentile(99),
              .ended = result.ended(),
              .failed = result.ended() - result.succeeded,
              .failure = result.failures.empty() ? "" : result.failures.begin()->first};
  const double ended = static_cast<double>(std::max<uint64_t>(1, result.ended()));
  round.generator_cpu = (CpuTimeOf(getpid()) - generator_before) / ended;
  for (size_t i = 0; i < members.size(); ++i) round.cpu.push_back((CpuTimeOf(members[i].pid) - before[i]) / ended);
  contestant.throughput = round.throughput;
  return round;
}

absl::StatusOr<Measured> Stage::Measure(const Scenario& scenario, const std::vector<ChainKind>& kinds,
                                        const Rounds& rounds) {
  Measured measured{.scenario = scenario};
  std::vector<Contestant*> contestants;
  for (const ChainKind kind : kinds) {
    const auto contestant = Find(kind);
    if (!contestant.ok()) return contestant.status();
    contestants.push_back(*contestant);
    (*contestant)->throughput = 0;
    Series& series = measured.series.emplace_back();
    series.kind = kind;
    for (const Chain::Member& member : (*contestant)->chain.members) series.members.push_back(member.name);
  }
  for (int count = 0; count < rounds.count; ++count) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      const size_t turn = (i + static_cast<size_t>(count)) % kinds.size();
      auto round = MeasureRound(*contestants[turn], scenario, rounds);
      if (!round.ok()) return round.status();
      measured.series[turn].rounds.push_back(*std::move(round));
    }
  }
  return measured;
}

absl::Status Stage::WhileLoaded(const Scenario& scenario, ChainKind kind, absl::Duration length,
                                absl::FunctionRef<void(const Chain&)> watch) {
  const auto contestant = Find(kind);
  if (!contestant.ok()) return contestant.status();
  std::thread load([&] {
    // What becomes of it was measured before.
    (void)MeasureRound(**contestant, scenario, {.length = length});
  });
  watch((*contestant)->chain);
  load.join();
  return absl::OkStatus();
}

}  // namespace mcmig::bench
