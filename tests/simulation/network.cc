#include "tests/simulation/network.h"

#include <algorithm>
#include <coroutine>
#include <optional>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/async/cancel.h"
#include "common/identity/permissions.h"

namespace mcmig::simulation {

// One request and all that becomes of it.
struct Network::Exchange {
  const Link* link = nullptr;
  std::string method;
  std::string request;
  std::string bearer_token;
  absl::Duration remaining;  // until the caller's deadline, when it was sent
  // In the frame of the caller; null once it has its answer, or has crashed.
  Answer* awaiting = nullptr;
  // In the frames of those who serve it.
  std::vector<Served*> served;

  [[nodiscard]] std::string Name() const {
    return absl::StrCat(method, " from ", link->from->name(), " to ", link->to->name());
  }
};

// What the caller awaits.
class Network::Answer final : public async::Parked, private async::CancelSignal::Listener {
 public:
  Answer(Network& network, std::shared_ptr<Exchange> exchange, const protocol::Call& call)
      : network_(network), exchange_(std::move(exchange)), call_(call) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  [[nodiscard]] bool await_ready() const noexcept { return call_.cancel != nullptr && call_.cancel->cancelled(); }
  void await_suspend(std::coroutine_handle<> coroutine) {
    waiter = coroutine;
    exchange_->awaiting = this;
    ++network_.waiting_;
    if (call_.cancel != nullptr) Join(*call_.cancel);
    network_.Send(exchange_);
  }
  absl::StatusOr<std::string> await_resume() { return std::move(result_); }

  // Nobody waits any more: it has its answer, or has crashed.
  void Leave() {
    if (exchange_->awaiting != this) return;
    exchange_->awaiting = nullptr;
    --network_.waiting_;
    network_.GiveUp(exchange_);
  }
  void Finish(const absl::StatusOr<std::string>& answer) {
    Listener::Leave();
    exchange_->awaiting = nullptr;
    --network_.waiting_;
    result_ = answer;
    call_.executor->Resume(this);
  }

 private:
  void OnCancel() override {
    network_.GiveUp(exchange_);
    Finish(absl::CancelledError("cancelled"));
  }

  Network& network_;
  const std::shared_ptr<Exchange> exchange_;
  const protocol::Call& call_;
  absl::StatusOr<std::string> result_ = absl::CancelledError("cancelled");
};

// In the frame of Serve: a crash there ends the exchange here.
class Network::Served final {
 public:
  Served(Network& network, std::shared_ptr<Exchange> exchange) : network_(network), exchange_(std::move(exchange)) {
    exchange_->served.push_back(this);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    std::erase(exchange_->served, this);
    if (!answered) network_.Break(exchange_, absl::UnavailableError("connection lost"));
  }

  async::CancelSignal cancel;
  bool answered = false;

 private:
  Network& network_;
  const std::shared_ptr<Exchange> exchange_;
};

async::Task<absl::StatusOr<std::string>> Network::Ask(const Link& link, const protocol::Call& call, std::string method,
                                                      std::string request) {
  auto exchange = std::make_shared<Exchange>();
  exchange->link = &link;
  exchange->method = std::move(method);
  exchange->request = std::move(request);
  if (link.listener == identity::Listener::kClient) exchange->bearer_token = call.bearer_token;
  exchange->remaining = call.deadline - link.from->executor().Now();
  Answer answer(*this, std::move(exchange), call);
  const absl::Cleanup leave = [&answer] { answer.Leave(); };
  co_return co_await answer;
}

absl::Duration Network::Delay() {
  if (!run_.dice.Chance(run_.faults.delay)) {
    return run_.dice.Between(absl::Microseconds(200), absl::Milliseconds(10));
  }
  run_.Fault("delay");
  return run_.dice.Between(absl::Milliseconds(10), absl::Seconds(4));
}

void Network::Send(const std::shared_ptr<Exchange>& exchange) {
  run_.Note(absl::StrCat(exchange->Name(), ": sent"));
  run_.events.After(std::max(exchange->remaining, absl::ZeroDuration()), [this, exchange] {
    if (exchange->awaiting == nullptr) return;
    GiveUp(exchange);
    Receive(exchange, absl::DeadlineExceededError("deadline exceeded"));
  });
  const auto arrive = [this, exchange] { Arrive(exchange); };
  if (run_.dice.Chance(run_.faults.drop)) return run_.Fault("dropped request");
  if (run_.dice.Chance(run_.faults.reset)) {
    run_.Fault("reset before the answer");
    Break(exchange, absl::UnavailableError("connection reset"));
    if (run_.dice.Chance(0.5)) return;
  }
  run_.events.After(Delay(), arrive);
  if (run_.dice.Chance(run_.faults.duplicate)) {
    run_.Fault("duplicate");
    run_.events.After(Delay() + Delay(), arrive);
  }
  if (run_.dice.Chance(run_.faults.late_duplicate)) {
    run_.Fault("late duplicate");
    run_.events.After(run_.dice.Between(absl::Seconds(5), absl::Minutes(8)), arrive);
  }
}

void Network::Arrive(const std::shared_ptr<Exchange>& exchange) {
  Process& to = *exchange->link->to;
  run_.Note(absl::StrCat(exchange->Name(), Parted(*exchange->link) ? ": parted" : to.up() ? ": arrives" : ": is down"));
  if (Parted(*exchange->link)) {
    run_.Fault("parted");
    if (run_.dice.Chance(0.5)) Break(exchange, absl::UnavailableError("no route"));
    return;
  }
  if (!to.up() || to.MayCrash(absl::StrCat("request ", exchange->method, ", before it is read"))) {
    return Break(exchange, absl::UnavailableError("connection refused"));
  }
  to.CatchUp();
  to.executor().Spawn(Serve(exchange));
  to.CatchUp();
  to.MayCrash(absl::StrCat("request ", exchange->method, ", while it is served"));
}

async::Task<> Network::Serve(std::shared_ptr<Exchange> exchange) {
  constexpr absl::Duration kMaxDeadline = absl::Seconds(10);
  const absl::Time arrived = run_.events.now();
  const Link& link = *exchange->link;
  async::ManualExecutor& executor = link.to->executor();
  Served served(*this, exchange);
  protocol::Call call;
  call.peer = {link.from->system(), link.from->role(), link.from->system() == link.to->system()};
  call.listener = link.listener;
  call.deadline = executor.Now() + std::min(exchange->remaining, kMaxDeadline);
  call.trace_id = std::string(32, 'a');
  call.bearer_token = exchange->bearer_token;
  call.executor = &executor;
  call.cancel = &served.cancel;
  absl::StatusOr<std::string> answer = co_await Handle(*exchange, call);
  served.answered = true;
  observer_({link, exchange->method, exchange->request, answer, arrived});
  Respond(exchange, std::move(answer));
}

async::Task<absl::StatusOr<std::string>> Network::Handle(const Exchange& exchange, const protocol::Call& call) {
  const Link& link = *exchange.link;
  const std::string method = absl::StrCat(link.service, "/", exchange.method);
  if (!identity::MayCall(method, link.listener, call.peer)) co_return absl::PermissionDeniedError("not permitted");
  const Process::Handler* handler = link.to->life().Find(link.listener, method);
  if (handler == nullptr) co_return absl::UnimplementedError(method);
  co_return co_await (*handler)(call, exchange.request);
}

void Network::Respond(const std::shared_ptr<Exchange>& exchange, absl::StatusOr<std::string> answer) {
  run_.Note(absl::StrCat(exchange->Name(), ": answered ", absl::StatusCodeToString(answer.status().code())));
  if (exchange->awaiting == nullptr) return;
  if (run_.dice.Chance(run_.faults.drop)) return run_.Fault("dropped answer");
  if (run_.dice.Chance(run_.faults.reset)) {
    run_.Fault("reset with the answer");
    return Break(exchange, absl::UnavailableError("connection reset"));
  }
  run_.events.After(Delay(), [this, exchange, answer = std::move(answer)] {
    if (!Parted(*exchange->link)) Receive(exchange, answer);
  });
}

void Network::Break(const std::shared_ptr<Exchange>& exchange, absl::Status status) {
  if (exchange->awaiting == nullptr) return;
  run_.events.After(Delay(), [this, exchange, status = std::move(status)] { Receive(exchange, status); });
}

void Network::Receive(const std::shared_ptr<Exchange>& exchange, const absl::StatusOr<std::string>& answer) {
  if (exchange->awaiting == nullptr) return;
  Process& from = *exchange->link->from;
  run_.Note(absl::StrCat(exchange->Name(), ": receives ", absl::StatusCodeToString(answer.status().code())));
  if (from.MayCrash(absl::StrCat("answer of ", exchange->method, ", before it is read"))) return;
  exchange->awaiting->Finish(answer);
  from.CatchUp();
  from.MayCrash(absl::StrCat("answer of ", exchange->method, ", once read"));
}

void Network::GiveUp(const std::shared_ptr<Exchange>& exchange) {
  if (run_.dice.Chance(run_.faults.drop)) return;
  run_.events.After(Delay(), [exchange] {
    const std::vector<Served*> served = exchange->served;
    for (Served* each : served) each->cancel.Cancel();
    exchange->link->to->CatchUp();
  });
}

}  // namespace mcmig::simulation
