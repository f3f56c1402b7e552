#include "tests/outages/kill_rounds.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/outages/load.h"
#include "tests/outages/registers.h"

namespace mcmig::outages {
namespace {

using harness::Deployment;

constexpr size_t kKills = 3;
// From the moment that a number of migrations is reached: longer than one migration takes.
constexpr int kLongestDelayMicroseconds = 20'000;
// While it starts: opens its store, binds its ports.
constexpr int kLongestStartMilliseconds = 200;

struct Victim {
  const char* name;
  std::unique_ptr<harness::Process> Deployment::* process;
};
constexpr Victim kVictims[] = {{"partner server", &Deployment::partner_server},
                               {"partner gateway", &Deployment::south_gateway},
                               {"primary gateway", &Deployment::north_gateway},
                               {"primary server", &Deployment::primary_server_a}};

// What the seed says of one moment.
struct Kill {
  int at = 0;  // acknowledged migrations
  absl::Duration delay;
  std::vector<Victim> victims;
  // How long each may start before it is killed once more; zero: it may start.
  std::vector<absl::Duration> again;
};

class Plan {
 public:
  Plan(uint64_t seed, int migrations) : random_(seed) {
    for (size_t i = 0; i < kKills; ++i) kills_.push_back(Draw(migrations));
    std::sort(kills_.begin(), kills_.end(), [](const Kill& a, const Kill& b) { return a.at < b.at; });
  }
  [[nodiscard]] const std::vector<Kill>& kills() const { return kills_; }

 private:
  int Below(int end) { return std::uniform_int_distribution<>(0, end - 1)(random_); }

  Kill Draw(int migrations) {
    Kill kill;
    kill.at = Below(migrations);
    kill.delay = absl::Microseconds(Below(kLongestDelayMicroseconds));
    kill.victims.assign(std::begin(kVictims), std::end(kVictims));
    std::shuffle(kill.victims.begin(), kill.victims.end(), random_);
    // One in half of all cases.
    if (Below(2) == 0) kill.victims.resize(1);
    kill.victims.resize(1 + static_cast<size_t>(Below(static_cast<int>(kill.victims.size()))));
    for (size_t i = 0; i < kill.victims.size(); ++i) {
      kill.again.push_back(Below(4) == 0 ? absl::Milliseconds(1 + Below(kLongestStartMilliseconds))
                                         : absl::ZeroDuration());
    }
    return kill;
  }

  std::mt19937_64 random_;
  std::vector<Kill> kills_;
};

void Strike(Deployment& deployment, const Kill& kill, RoundReport& report) {
  absl::SleepFor(kill.delay);
  absl::StrAppend(&report.line, "; at ", kill.at);
  // All at once: a restart takes its time.
  for (const Victim& victim : kill.victims) (deployment.*victim.process)->Kill();
  for (size_t i = 0; i < kill.victims.size(); ++i) {
    const Victim& victim = kill.victims[i];
    absl::StrAppend(&report.line, i == 0 ? " " : ", ", victim.name);
    absl::Status started = absl::DeadlineExceededError("");
    if (kill.again[i] > absl::ZeroDuration()) {
      started = deployment.KillAndRestart(victim.process, kill.again[i]);
      if (!started.ok()) absl::StrAppend(&report.line, " (and after ", absl::FormatDuration(kill.again[i]), ")");
    }
    if (absl::IsDeadlineExceeded(started)) started = deployment.KillAndRestart(victim.process);
    if (!started.ok()) report.violations.push_back(absl::StrCat(victim.name, " does not start: ", started.message()));
  }
}

}  // namespace

RoundReport RunKillRound(Deployment& deployment, int round, uint64_t seed, int migrations) {
  const absl::Time begun = absl::Now();
  RoundReport report{.line = absl::StrCat("seed ", seed), .violations = {}};
  Load load(deployment,
            {.first_user = round * kUsersOfARound, .users = kUsersOfARound, .seed = seed, .migrations = migrations});
  const Plan plan(seed, migrations);
  for (const Kill& kill : plan.kills()) {
    if (!load.AwaitMigrations(kill.at)) break;
    Strike(deployment, kill, report);
    if (!report.violations.empty()) return report;
  }
  const std::vector<KnownUser> users = load.Finish();
  size_t ends = 0;
  for (const KnownUser& known : users) ends += known.ends.size();
  absl::StrAppendFormat(&report.line, "; %d migrations and %d ends acknowledged in %.1f s, failed:", load.migrations(),
                        ends, absl::ToDoubleSeconds(absl::Now() - begun));
  if (load.migrations() < migrations) report.violations.emplace_back("service does not resume");
  for (const auto& [how, count] : load.failures()) {
    absl::StrAppend(&report.line, " ", count, " ", how);
    if (how != "UNAVAILABLE") report.violations.push_back(absl::StrCat("a call ended with ", how));
  }
  absl::StrAppendFormat(&report.line, ", the longest after %.1f s", absl::ToDoubleSeconds(load.longest_failure()));

  if (!AwaitAgreement(deployment)) report.violations.emplace_back("records and visitors do not come to agree");
  const harness::CommandResult verified = deployment.VerifyBoth();
  if (verified.exit_code != 0) report.violations.push_back(absl::StrCat("mcmig verify: ", verified.out, verified.err));
  const std::vector<std::string> violations = Violations(deployment, users);
  report.violations.insert(report.violations.end(), violations.begin(), violations.end());
  return report;
}

}  // namespace mcmig::outages
