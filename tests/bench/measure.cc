#include "tests/bench/measure.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/bench/cpu_time.h"

namespace mcmig::bench {
namespace {

// Longer than a benchmark takes.
constexpr absl::Duration kTokenLife = absl::Hours(6);

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

}  // namespace

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

absl::StatusOr<Round> MeasureRound(const Chain& chain, const load::Plan& plan, absl::Duration warm_up,
                                   const load::MakeExchange& warm, const load::MakeExchange& calls) {
  load::Plan first = plan;
  first.duration = warm_up;
  if (absl::Status failed = FailuresOf(load::RunLoad(first, warm)); !failed.ok()) return failed;

  const auto before = CpuOf(chain.members);
  if (!before.ok()) return before.status();
  const load::LoadResult result = load::RunLoad(plan, calls);
  const auto after = CpuOf(chain.members);
  if (!after.ok()) return after.status();
  if (absl::Status failed = FailuresOf(result); !failed.ok()) return failed;
  Round round{
      .throughput = result.throughput(), .p50 = result.latency.Percentile(50), .p99 = result.latency.Percentile(99)};
  for (size_t i = 0; i < after->size(); ++i) {
    round.cpu.push_back(((*after)[i] - (*before)[i]) / static_cast<double>(result.ended()));
  }
  round.generator_cpu = round.cpu.back();
  round.cpu.pop_back();
  return round;
}

}  // namespace mcmig::bench
