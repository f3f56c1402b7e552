#include "services/mcmig/load/schedule.h"

#include <set>

#include "gtest/gtest.h"
#include "services/mcmig/load/histogram.h"

namespace mcmig::load {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1000);

Plan Open(double rate, int in_flight, absl::Duration duration) {
  return {.rate = rate, .in_flight = in_flight, .duration = duration};
}

// A server on a clock of its own that answers each request after `service`, and nothing at all during a stall. Sends as
// the generator does: as soon as a request is due and one of in_flight is free.
struct Simulation {
  explicit Simulation(const Plan& plan) : plan(plan), schedule(plan, kStart) {}

  void Run() {
    for (;;) {
      const bool full = static_cast<int>(answers.size()) >= plan.in_flight;
      const absl::Time due = schedule.Next(now);
      const absl::Time free = answers.empty() ? absl::InfiniteFuture() : answers.begin()->at;
      if (due == absl::InfiniteFuture() && answers.empty()) return;
      if (!full && due <= std::min(now, free)) {
        schedule.Send(due < now);
        answers.insert({AnswerAt(now), due});
        continue;
      }
      now = full || due == absl::InfiniteFuture() ? free : std::min(due, free);
      if (!answers.empty() && now == free) {
        latency.Record(now - answers.begin()->intended);
        answers.erase(answers.begin());
      }
    }
  }
  absl::Time AnswerAt(absl::Time sent) const {
    if (sent >= stall_from && sent < stall_to) return stall_to + service;
    return sent + service;
  }

  struct Answer {
    absl::Time at;
    absl::Time intended;
    bool operator<(const Answer& other) const { return at < other.at; }
  };

  const Plan plan;
  Schedule schedule;
  absl::Time now = kStart;
  absl::Duration service = absl::Milliseconds(1);
  absl::Time stall_from = absl::InfiniteFuture();
  absl::Time stall_to = absl::InfiniteFuture();
  std::multiset<Answer> answers;
  Histogram latency;
};

TEST(ScheduleTest, RequestsAreDueAtFixedIntervalsFromTheStart) {
  Schedule schedule(Open(3, 1, absl::Seconds(100)), kStart);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(schedule.Next(kStart), kStart + absl::Seconds(i / 3.0));
    schedule.Send(false);
  }
  EXPECT_EQ(schedule.Next(kStart), absl::InfiniteFuture());
}

TEST(ScheduleTest, LateRequestKeepsTheTimeItWasMeantFor) {
  Schedule schedule(Open(10, 1, absl::Seconds(10)), kStart);
  schedule.Send(false);
  EXPECT_EQ(schedule.Next(kStart + absl::Seconds(5)), kStart + absl::Seconds(0.1));
}

TEST(ScheduleTest, NothingIsSentAfterTheEnd) {
  const Schedule schedule(Open(10, 1, absl::Seconds(1)), kStart);
  EXPECT_EQ(schedule.Next(kStart + absl::Seconds(1)), absl::InfiniteFuture());
}

TEST(ScheduleTest, NoMoreRequestsThanAskedFor) {
  Schedule open({.rate = 10, .requests = 2}, kStart);
  Schedule closed({.requests = 2}, kStart);
  for (Schedule* schedule : {&open, &closed}) {
    schedule->Send(false);
    schedule->Send(false);
    EXPECT_EQ(schedule->Next(kStart + absl::Seconds(5)), absl::InfiniteFuture());
    EXPECT_EQ(schedule->Unsent(kStart + absl::Seconds(5)), 0U);
  }
}

TEST(ScheduleTest, ClosedLoopSendsAtOnceUntilTheEnd) {
  const Schedule schedule({.duration = absl::Seconds(2)}, kStart);
  const absl::Time now = kStart + absl::Seconds(1.5);
  EXPECT_EQ(schedule.Next(now), now);
  EXPECT_EQ(schedule.Next(kStart + absl::Seconds(2)), absl::InfiniteFuture());
  EXPECT_EQ(schedule.Unsent(kStart + absl::Seconds(3)), 0U);
}

TEST(ScheduleTest, EveryArrivalIsSentOrCountedAsUnsent) {
  Schedule schedule(Open(100, 1, absl::Seconds(1)), kStart);
  EXPECT_EQ(schedule.Unsent(kStart), 0U);
  EXPECT_EQ(schedule.Unsent(kStart + absl::Milliseconds(95)), 10U);
  for (int i = 0; i < 30; ++i) schedule.Send(true);
  EXPECT_EQ(schedule.Unsent(kStart + absl::Seconds(7)), 70U);
  EXPECT_EQ(schedule.delayed(), 30U);
}

TEST(ScheduleTest, StoppedLoadCountsOnlyWhatWasDueUntilThen) {
  Schedule schedule(Open(100, 1, absl::Seconds(10)), kStart);
  schedule.Send(false);
  schedule.Stop(kStart + absl::Milliseconds(95));
  EXPECT_EQ(schedule.Next(kStart + absl::Milliseconds(95)), absl::InfiniteFuture());
  EXPECT_EQ(schedule.Unsent(kStart + absl::Seconds(5)), 9U);
}

TEST(ScheduleTest, ServerThatKeepsUpDelaysNothing) {
  Simulation simulation(Open(500, 4, absl::Seconds(2)));
  simulation.Run();
  EXPECT_EQ(simulation.latency.count(), 1000U);
  EXPECT_EQ(simulation.latency.max(), absl::Milliseconds(1));
  EXPECT_EQ(simulation.schedule.delayed(), 0U);
  EXPECT_EQ(simulation.schedule.Unsent(simulation.now), 0U);
}

// A closed loop would have seen four slow answers of a thousand.
TEST(ScheduleTest, StallIsFeltByEveryRequestThatWasDueInIt) {
  Simulation simulation(Open(100, 4, absl::Seconds(10)));
  simulation.stall_from = kStart + absl::Seconds(2);
  simulation.stall_to = kStart + absl::Seconds(4);
  simulation.Run();
  EXPECT_EQ(simulation.latency.count(), 1000U);
  EXPECT_EQ(simulation.schedule.Unsent(simulation.now), 0U);
  // A fifth of all requests were due in it; a tenth waited for more than a second.
  EXPECT_GT(simulation.latency.Percentile(91), absl::Milliseconds(900));
  EXPECT_LT(simulation.latency.Percentile(75), absl::Milliseconds(2));
  EXPECT_GE(simulation.schedule.delayed(), 190U);
}

TEST(ScheduleTest, OverloadedServerLeavesArrivalsUnsent) {
  Simulation simulation(Open(1000, 2, absl::Seconds(2)));
  simulation.service = absl::Milliseconds(10);
  simulation.Run();
  EXPECT_EQ(simulation.schedule.sent() + simulation.schedule.Unsent(simulation.now), 2000U);
  EXPECT_NEAR(static_cast<double>(simulation.schedule.sent()), 400, 4);
  // Latency grows with the backlog: the last one sent was meant for a time long past.
  EXPECT_GT(simulation.latency.max(), absl::Seconds(1.5));
}

}  // namespace
}  // namespace mcmig::load
