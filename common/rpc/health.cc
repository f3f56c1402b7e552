#include "common/rpc/health.h"

namespace mcmig::rpc {

void Health::AddService(absl::string_view service) {
  const async::MutexLock lock(mutex_);
  services_.emplace(service);
}

void Health::SetServing(bool serving) {
  const async::MutexLock lock(mutex_);
  serving_ = serving;
}

Health::State Health::Of(absl::string_view service) const {
  const async::MutexLock lock(mutex_);
  if (!service.empty() && !services_.contains(std::string(service))) return State::kUnknownService;
  return serving_ ? State::kServing : State::kNotServing;
}

}  // namespace mcmig::rpc
