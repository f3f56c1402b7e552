#include "services/primary_server/grant_queue.h"

#include <utility>

#include "common/async/yield.h"

namespace mcmig::primary_server {

class GrantQueue::Join {
 public:
  explicit Join(Group& group) : group_(group) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) { group_.others.push_back(waiter); }
  void await_resume() const noexcept {}

 private:
  Group& group_;
};

async::Task<absl::StatusOr<std::string>> GrantQueue::Sign(async::Executor& executor, token::Grant grant,
                                                          std::string audience) {
  if (most_ == 1) co_return signer_.Sign(grant, audience);
  if (const auto open = open_.find(audience); open != open_.end()) {
    Group& group = *open->second;
    const size_t index = group.grants.size();
    group.grants.push_back(std::move(grant));
    if (group.grants.size() == most_) open_.erase(open);
    co_await Join(group);
    co_return std::move(group.texts[index]);
  }
  Group group;
  group.grants.push_back(std::move(grant));
  open_.emplace(audience, &group);
  // Those who were woken together with this task come now.
  co_await async::Yield(executor);
  Close(group, audience);
  SignAll(group, audience);
  for (const std::coroutine_handle<> other : group.others) other.resume();
  co_return std::move(group.texts.front());
}

void GrantQueue::Close(const Group& group, const std::string& audience) {
  // One that is full has been closed, and there may be another one since.
  if (const auto open = open_.find(audience); open != open_.end() && open->second == &group) open_.erase(open);
}

void GrantQueue::SignAll(Group& group, const std::string& audience) const {
  absl::StatusOr<std::vector<std::string>> texts = signer_.SignTogether(group.grants, audience);
  for (size_t i = 0; i < group.grants.size(); ++i) {
    group.texts.push_back(texts.ok() ? absl::StatusOr<std::string>(std::move((*texts)[i])) : texts.status());
  }
}

}  // namespace mcmig::primary_server
