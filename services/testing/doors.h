#ifndef SERVICES_TESTING_DOORS_H_
#define SERVICES_TESTING_DOORS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/async/cancel.h"
#include "common/async/manual_executor.h"
#include "common/async/random.h"
#include "common/async/task.h"
#include "common/identity/peer.h"
#include "common/ops/decision_log.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"

// The simulated doors of the services' tests. One thread.
namespace mcmig::testing {

// A next hop that answers as told and remembers what it was asked.
template <class Door>
class ToldNextHop : public Door {
 public:
  using Answer = std::function<absl::StatusOr<protocol::Decision>()>;
  explicit ToldNextHop(Answer answer) : answer_(std::move(answer)) {}

  async::Task<absl::StatusOr<protocol::Decision>> AuthorizeMigration(
      const protocol::Call& call, const protocol::AuthorizationRequest& request) override {
    asked.push_back(request);
    tokens.push_back(call.bearer_token);
    for_priority_users.push_back(call.priority_user);
    co_return answer_();
  }
  async::Task<absl::StatusOr<protocol::EndAnswer>> EndMigration(const protocol::Call& call,
                                                                const protocol::EndRequest& request) override {
    ends.push_back(request);
    tokens.push_back(call.bearer_token);
    co_return end;
  }

  std::vector<protocol::AuthorizationRequest> asked;
  std::vector<protocol::EndRequest> ends;
  std::vector<std::string> tokens;
  std::vector<bool> for_priority_users;  // of `asked`
  absl::StatusOr<protocol::EndAnswer> end = protocol::EndAnswer{.result = protocol::EndResult::kEnded};

 private:
  Answer answer_;
};

class ToldHop final : public ToldNextHop<protocol::PrimaryHop> {
 public:
  using ToldNextHop::ToldNextHop;
  async::Task<absl::StatusOr<protocol::ReconcilePage>> ReconcileMigrations(
      const protocol::Call& /*call*/, const protocol::ReconcileRequest& request) override {
    reconciled.push_back(request);
    co_return request.user ? of_one : page;
  }
  std::vector<protocol::ReconcileRequest> reconciled;
  absl::StatusOr<protocol::ReconcilePage> page = protocol::ReconcilePage();
  // Where one user is asked about.
  absl::StatusOr<protocol::ReconcilePage> of_one = protocol::ReconcilePage();
};

class ToldPartnerServer final : public ToldNextHop<protocol::PartnerServerHop> {
 public:
  using ToldNextHop::ToldNextHop;
  async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> GetMigrationStatus(
      const protocol::Call& call, const protocol::MigratingUser& user) override {
    statuses.push_back(user);
    tokens.push_back(call.bearer_token);
    co_return status;
  }
  std::vector<protocol::MigratingUser> statuses;
  v1::GetMigrationStatusResponse status;
};

// The way to a partner MC system.
class ToldPartner final : public protocol::PartnerHop {
 public:
  async::Task<absl::Status> CancelMigration(const protocol::Call& /*call*/,
                                            const protocol::CancelRequest& request) override {
    cancels.push_back(request);
    co_return cancel;
  }
  async::Task<absl::StatusOr<protocol::ReconcilePage>> ReconcileMigrations(
      const protocol::Call& /*call*/, const protocol::ReconcileRequest& request) override {
    reconciled.push_back(request);
    co_return page;
  }
  std::vector<protocol::CancelRequest> cancels;
  std::vector<protocol::ReconcileRequest> reconciled;
  absl::Status cancel;
  absl::StatusOr<protocol::ReconcilePage> page = protocol::ReconcilePage();
};

inline protocol::Decision Success(uint64_t counter = 1) {
  return {protocol::Cause::kNone, "next_hop.success", protocol::Epoch{1, counter}};
}
inline protocol::Decision Refusal(protocol::Cause cause) { return {cause, "next_hop.failure", std::nullopt}; }

class ListLog final : public ops::DecisionLog {
 public:
  void Record(const ops::DecisionEntry& entry) override { entries.push_back(entry); }
  std::vector<ops::DecisionEntry> entries;
};

// 1, 2, 3, …: different in each byte, the same in each run.
class CountingRandom final : public async::RandomSource {
 public:
  void Fill(absl::Span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = ++last_;
  }

 private:
  uint8_t last_ = 0;
};

// A call as it comes in from `peer` on `listener`, with a minute's deadline.
struct IncomingCall {
  IncomingCall(async::ManualExecutor& on, identity::Peer peer, identity::Listener listener) {
    call.peer = std::move(peer);
    call.listener = listener;
    call.deadline = on.Now() + absl::Minutes(1);
    call.trace_id = std::string(32, 'a');
    call.executor = &on;
    call.cancel = &cancel;
  }
  IncomingCall(const IncomingCall&) = delete;
  IncomingCall& operator=(const IncomingCall&) = delete;

  async::CancelSignal cancel;
  protocol::Call call;
};

}  // namespace mcmig::testing

#endif  // SERVICES_TESTING_DOORS_H_
