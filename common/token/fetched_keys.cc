#include "common/token/fetched_keys.h"

#include <glog/logging.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/token/https_fetch.h"

namespace mcmig::token {
namespace {

constexpr ops::Family kGoodUntil = {
    "mcmig_jwks_good_until_timestamp_seconds",
    "Until when fetched keys are used if they cannot be fetched again, since the Unix epoch; 0: there are none."};

}  // namespace

absl::StatusOr<std::unique_ptr<FetchedKeys>> FetchedKeys::Create(Place place, Algorithms allowed,
                                                                 const FetchLimits& limits) {
  if (absl::Status checked = CheckHttpsUri(place.uri); !checked.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("jwks_uri: ", checked.message()));
  }
  if (place.ca_file.empty()) return absl::InvalidArgumentError("jwks_ca_file: missing");
  if (access(place.ca_file.c_str(), R_OK) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("jwks_ca_file: cannot be read: ", place.ca_file));
  }
  return std::unique_ptr<FetchedKeys>(new FetchedKeys(std::move(place), std::move(allowed), limits));
}

FetchedKeys::FetchedKeys(Place place, Algorithms allowed, const FetchLimits& limits)
    : place_(std::move(place)), allowed_(std::move(allowed)), schedule_(limits) {}

FetchedKeys::~FetchedKeys() {
  if (!thread_.joinable()) return;
  {
    const async::MutexLock lock(mutex_);
    stop_ = true;
  }
  due_.NotifyAll();
  thread_.join();
}

std::shared_ptr<const KeySet> FetchedKeys::Keys() const {
  const absl::Time now = absl::Now();
  const async::MutexLock lock(mutex_);
  return now < schedule_.good_until() ? keys_ : nullptr;
}

void FetchedKeys::Missed() const {
  const async::MutexLock lock(mutex_);
  // Forged tokens name what they like: they wake nobody twice.
  if (schedule_.Missed()) due_.NotifyAll();
}

void FetchedKeys::Keep(ops::Reloads& reloads, const char* what) {
  metrics_ = ops::ReloadMetrics::Of(reloads.metrics(), what);
  if (reloads.metrics() != nullptr) good_until_ = reloads.metrics()->AddGauge(kGoodUntil, {{"files", what}});
  thread_ = std::thread([this, what] { Run(what); });
}

void FetchedKeys::Run(const char* what) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (!stop_) {
    {
      const async::MutexLock lock(mutex_);
      while (!stop_ && absl::Now() < schedule_.next()) due_.WaitUntil(mutex_, schedule_.next());
    }
    if (!stop_) Fetch(what);
  }
}

void FetchedKeys::Fetch(const char* what) {
  const absl::StatusOr<HttpsAnswer> answer = FetchHttps(
      {.uri = place_.uri, .ca_file = place_.ca_file, .max_bytes = KeySet::kMaxBytes, .timeout = absl::Seconds(10)},
      stop_);
  if (stop_) return;
  absl::StatusOr<bool> changed =
      answer.ok() ? Use(answer->body, answer->freshness) : absl::StatusOr<bool>(answer.status());
  const async::MutexLock lock(mutex_);
  if (!changed.ok()) {
    schedule_.Failed(absl::Now());
    if (!std::exchange(failing_, true)) {
      LOG(ERROR) << "cannot fetch the keys for " << what << ", will try again: " << changed.status().message();
    }
    metrics_.Failed();
    return;
  }
  failing_ = false;
  metrics_.Succeeded(*changed);
  good_until_.Set(absl::ToDoubleSeconds(schedule_.good_until() - absl::UnixEpoch()));
  if (*changed) LOG(INFO) << "fetched new keys for " << what;
}

absl::StatusOr<bool> FetchedKeys::Use(const std::string& json, std::optional<absl::Duration> freshness) {
  absl::StatusOr<KeySet> keys = KeySet::Parse(json, allowed_);
  if (!keys.ok()) return keys.status();
  const async::MutexLock lock(mutex_);
  schedule_.Succeeded(absl::Now(), freshness);
  if (keys_ != nullptr && json == json_) return false;
  json_ = json;
  keys_ = std::make_shared<const KeySet>(*std::move(keys));
  return true;
}

}  // namespace mcmig::token
