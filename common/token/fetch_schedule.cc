#include "common/token/fetch_schedule.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mcmig::token {
namespace {

// Ten years: what is more is no number that anybody means.
constexpr uint32_t kMostSeconds = 315'360'000;

std::optional<absl::Duration> SecondsOf(absl::string_view text) {
  uint32_t seconds = 0;
  if (text.empty() || !std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) return std::nullopt;
  // Too many digits: as long as can be.
  if (!absl::SimpleAtoi(text, &seconds)) seconds = kMostSeconds;
  return absl::Seconds(std::min(seconds, kMostSeconds));
}

}  // namespace

void FetchSchedule::Succeeded(absl::Time now, std::optional<absl::Duration> max_age) {
  const absl::Duration age = std::clamp(max_age.value_or(limits_.default_age), limits_.least_age, limits_.most_age);
  attempted_ = now;
  // A quarter of the time is left for attempts that fail.
  planned_ = now + age * 3 / 4;
  good_until_ = now + age + limits_.stale;
  retry_ = absl::ZeroDuration();
  missed_ = false;
}

void FetchSchedule::Failed(absl::Time now) {
  attempted_ = now;
  retry_ = std::clamp(retry_ * 2, limits_.first_retry, limits_.last_retry);
  planned_ = now + retry_;
  missed_ = false;
}

bool FetchSchedule::Missed() { return !std::exchange(missed_, true); }

absl::Time FetchSchedule::next() const {
  return missed_ ? std::min(planned_, attempted_ + limits_.unknown_key) : planned_;
}

std::optional<absl::Duration> FreshnessOf(absl::string_view cache_control, absl::string_view age) {
  std::optional<absl::Duration> freshness;
  for (absl::string_view part : absl::StrSplit(cache_control, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (absl::EqualsIgnoreCase(part, "no-store") || absl::EqualsIgnoreCase(part, "no-cache")) {
      return absl::ZeroDuration();
    }
    constexpr absl::string_view kMaxAge = "max-age=";
    if (!absl::StartsWithIgnoreCase(part, kMaxAge)) continue;
    const std::optional<absl::Duration> stated = SecondsOf(part.substr(kMaxAge.size()));
    // Of two the shorter: neither server nor cache meant the longer one for sure.
    if (stated.has_value()) freshness = std::min(freshness.value_or(*stated), *stated);
  }
  const std::optional<absl::Duration> spent = SecondsOf(absl::StripAsciiWhitespace(age));
  if (freshness.has_value() && spent.has_value()) freshness = std::max(absl::ZeroDuration(), *freshness - *spent);
  return freshness;
}

}  // namespace mcmig::token
