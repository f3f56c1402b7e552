#ifndef COMMON_TOKEN_FETCH_SCHEDULE_H_
#define COMMON_TOKEN_FETCH_SCHEDULE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mcmig::token {

// When keys are fetched, and how long they are good. The defaults are what docs/tokens.md states.
struct FetchLimits {
  // How long a set is fresh: what the server's Cache-Control says within these bounds; the last where it says nothing.
  absl::Duration least_age = absl::Minutes(1);
  absl::Duration most_age = absl::Hours(24);
  absl::Duration default_age = absl::Minutes(5);
  // How long a set that cannot be renewed is used after it was fresh.
  absl::Duration stale = absl::Hours(1);
  // After a failure, and doubled with each further one up to the second.
  absl::Duration first_retry = absl::Seconds(1);
  absl::Duration last_retry = absl::Minutes(1);
  // The least time from any attempt to one because of an unknown key.
  absl::Duration unknown_key = absl::Seconds(30);
};

// What one server's answers and failures so far mean for the next attempt. Value type; not thread-safe.
class FetchSchedule {
 public:
  // The first attempt is due at once.
  explicit FetchSchedule(const FetchLimits& limits) : limits_(limits) {}

  // An attempt ended now: with a set that is fresh for `max_age`, or without one.
  void Succeeded(absl::Time now, std::optional<absl::Duration> max_age);
  void Failed(absl::Time now);
  // A token named a key that is not in the set. Whether that is new since the last attempt.
  bool Missed();

  // When the next attempt is due: before the set stops being fresh, sooner after a failure or an unknown key.
  [[nodiscard]] absl::Time next() const;
  // Until when the set may be used: after it, nothing may.
  [[nodiscard]] absl::Time good_until() const { return good_until_; }

 private:
  FetchLimits limits_;
  absl::Time attempted_ = absl::InfinitePast();
  absl::Time planned_ = absl::InfinitePast();
  absl::Time good_until_ = absl::InfinitePast();
  absl::Duration retry_ = absl::ZeroDuration();
  bool missed_ = false;
};

// For how long an answer may be used, by its Cache-Control and Age header (RFC 9111), empty where absent: max-age less
// the age; zero where it says no-store or no-cache; nothing where it does not say, or not in a way that can be read.
std::optional<absl::Duration> FreshnessOf(absl::string_view cache_control, absl::string_view age);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_FETCH_SCHEDULE_H_
