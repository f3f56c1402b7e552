#include "common/audit/attempts.h"

#include <utility>

namespace mcmig::audit {

bool Attempts::IsFirst(absl::string_view members) {
  const async::MutexLock lock(mutex_);
  if (const auto known = kinds_.find(members); known != kinds_.end()) {
    ++known->second;
    return false;
  }
  if (kinds_.size() < kMaxKinds) {
    kinds_.emplace(members, 0);
    return true;
  }
  ++kinds_[kOther];
  return false;
}

void Attempts::Count(absl::string_view members, uint64_t attempts) {
  const async::MutexLock lock(mutex_);
  const bool room = kinds_.size() < kMaxKinds || kinds_.contains(members);
  kinds_[room ? members : kOther] += attempts;
}

std::vector<Attempts::Counted> Attempts::Take() {
  std::vector<Counted> counted;
  const async::MutexLock lock(mutex_);
  absl::erase_if(kinds_, [](const auto& kind) { return kind.second == 0; });
  for (auto& [members, attempts] : kinds_)
    counted.push_back({.members = members, .attempts = std::exchange(attempts, 0)});
  return counted;
}

}  // namespace mcmig::audit
