#include "services/mcmig/load/schedule.h"

#include <algorithm>
#include <cmath>

namespace mcmig::load {

absl::Time Schedule::DueAt(uint64_t number) const {
  // From the start and not from the one before, so that no error adds up.
  return start_ + absl::Seconds(static_cast<double>(number) / plan_.rate);
}

absl::Time Schedule::Next(absl::Time now) const {
  if (sent_ >= requests_ || now >= end_) return absl::InfiniteFuture();
  if (plan_.rate <= 0) return now;
  const absl::Time due = DueAt(sent_);
  return due < end_ ? due : absl::InfiniteFuture();
}

void Schedule::Send(bool delayed) {
  ++sent_;
  if (delayed) ++delayed_;
}

void Schedule::Stop(absl::Time now) { end_ = std::min(end_, now); }

uint64_t Schedule::Unsent(absl::Time now) const {
  if (plan_.rate <= 0) return 0;
  const double passed = absl::ToDoubleSeconds(std::min(now, end_) - start_);
  if (passed <= 0) return 0;
  auto due = static_cast<uint64_t>(std::ceil(passed * plan_.rate));
  // What is due at the very end is no more part of the load; rounding must not bring it back.
  while (due > 0 && DueAt(due - 1) >= std::min(now, end_)) --due;
  due = std::min(due, requests_);
  return due > sent_ ? due - sent_ : 0;
}

}  // namespace mcmig::load
