#include "tests/bench/stage.h"

#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/mcmig/load/generator.h"

namespace mcmig::bench {
namespace {

// Of the first cold round, where no earlier one tells.
constexpr double kGuessedThroughput = 8000;

bool LooksAtTokens(ChainKind kind) {
  return kind == ChainKind::kDurable || kind == ChainKind::kVolatile || kind == ChainKind::kUnsigned;
}

}  // namespace

Stage::Stage(const Binaries& binaries, const std::string& directory, bool gateways, bool insecure) {
  const ChainOptions options{
      .shape = gateways ? harness::kBothGateways : harness::kDirect, .insecure = insecure, .users = kUsers};
  for (const ChainKind kind : {ChainKind::kDurable, ChainKind::kVolatile, ChainKind::kUnsigned, ChainKind::kEmpty,
                               ChainKind::kEmptyAgain, ChainKind::kHandwritten}) {
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
  const load::MakeExchange warm = load::AskPartnerServer(contestant.chain.channel, contestant.warm);
  absl::StatusOr<Round> round =
      bench::MeasureRound(contestant.chain, plan, rounds.warm_up, warm,
                          scenario.cold ? load::AskPartnerServer(contestant.chain.channel, *fresh) : warm);
  if (round.ok()) contestant.throughput = round->throughput;
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
