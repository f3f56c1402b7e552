#include "tests/outages/load.h"

#include <algorithm>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/harness/stubs.h"

namespace mcmig::outages {
namespace {

using protocol::FromProto;
using v1::PartnerMcServiceServer;

constexpr absl::Duration kLongestWait = absl::Minutes(2);
constexpr absl::Duration kTimeout = absl::Seconds(20);
// After a failure, as a client does that does not want to be in the way.
constexpr absl::Duration kPause = absl::Milliseconds(20);
constexpr absl::Duration kConnect = absl::Milliseconds(200);

}  // namespace

// One client with its users, in a thread and on a connection of its own.
class Load::Client {
 public:
  Client(Load& load, harness::Deployment& deployment, uint64_t seed)
      : load_(load),
        random_(seed),
        channel_(harness::Connect(deployment.partner_server->Address("client"), harness::kPartnerServer,
                                  deployment.south, &deployment.north.Issue(harness::kClient))) {}

  void Add(const harness::User& user, std::string token) {
    users_.push_back({.known = {}, .token = std::move(token), .unanswered = std::nullopt});
    users_.back().known.user = user;
  }
  void Start() {
    thread_ = std::thread([this] { Run(); });
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  void Report(std::vector<KnownUser>& users) const {
    for (const Entry& entry : users_) users.push_back(entry.known);
  }

 private:
  struct Entry {
    KnownUser known;
    std::string token;
    // The last request, where its outcome is not known.
    std::optional<v1::MigrationServiceAuthorizationRequest> unanswered;
  };

  [[nodiscard]] bool Ended() const {
    const async::MutexLock lock(load_.mutex_);
    return load_.Ended(load_.counts_);
  }
  bool OneOf(int cases) { return std::uniform_int_distribution<>(1, cases)(random_) == 1; }

  void Run() {
    while (!Ended()) {
      Entry& entry = users_[std::uniform_int_distribution<size_t>(0, users_.size() - 1)(random_)];
      while (!Ended() && !Once(entry)) {
        absl::SleepFor(kPause);
        // Where a call fails at once, nothing else moves the handshake of the next connection on.
        channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + kConnect));
      }
    }
  }

  // Whether there was an answer.
  bool Once(Entry& entry) {
    const absl::Time begun = absl::Now();
    const std::string failure = entry.known.migrated && OneOf(4) ? End(entry) : Migrate(entry);
    if (failure.empty()) return true;
    entry.known.certain = false;
    load_.Failed(failure, absl::Now() - begun);
    return false;
  }

  std::string Migrate(Entry& entry) {
    KnownUser& known = entry.known;
    const bool repeats = entry.unanswered && OneOf(2);
    if (!repeats) entry.unanswered = harness::RequestOf(known.user);
    const harness::Answer answer = harness::Ask<PartnerMcServiceServer>(channel_, *entry.unanswered, entry.token);
    if (!answer.status.ok()) return answer.Outcome();
    entry.unanswered.reset();
    if (answer.response.refusal_cause() == v1::REFUSAL_CAUSE_SUPERSEDED && repeats) return "";
    if (!answer.success()) return answer.Outcome();
    known.migrated = true;
    known.epoch = FromProto(answer.response.epoch());
    known.migrations.push_back(known.epoch);
    load_.Migrated();
    return "";
  }

  std::string End(Entry& entry) {
    KnownUser& known = entry.known;
    v1::EndMigrationRequest request;
    request.set_partner_mc_service_id(known.user.PartnerId());
    request.set_primary_mc_service_id(known.user.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    *request.mutable_epoch() = ToProto(known.epoch);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kTimeout));
    context.AddMetadata("authorization", "Bearer " + entry.token);
    v1::EndMigrationResponse response;
    const grpc::Status status = PartnerMcServiceServer::NewStub(channel_)->EndMigration(&context, request, &response);
    if (!status.ok()) return harness::Answer{.status = status, .response = {}, .trailers = {}}.Outcome();
    switch (response.result()) {
      case v1::END_RESULT_ENDED:
        known.ends.push_back(known.epoch);
        known.migrated = false;
        return "";
      case v1::END_RESULT_NOT_ON_RECORD:
        // A server repeated it, after the answer to what ended the migration was lost.
        known.migrated = false;
        return "";
      case v1::END_RESULT_STALE:
        // A migration whose answer was lost.
        if (known.certain) break;
        known.epoch = FromProto(response.current_epoch());
        return "";
      default:
        break;
    }
    return v1::EndResult_Name(response.result());
  }

  Load& load_;
  std::mt19937_64 random_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::vector<Entry> users_;
  std::thread thread_;
};

Load::Load(harness::Deployment& deployment, const LoadOptions& options) : enough_(options.migrations) {
  for (int i = 0; i < options.clients; ++i) {
    clients_.push_back(std::make_unique<Client>(*this, deployment, options.seed + static_cast<uint64_t>(i)));
  }
  for (int i = 0; i < options.users; ++i) {
    const harness::User user = harness::LoadUser(options.first_user + i);
    clients_[static_cast<size_t>(i % options.clients)]->Add(user, deployment.TokenOf(user));
  }
  for (const auto& client : clients_) client->Start();
}

Load::~Load() { Stop(); }

bool Load::Await(const std::function<bool(const Counts&)>& reached) const {
  const absl::Time deadline = absl::Now() + kLongestWait;
  const async::MutexLock lock(mutex_);
  while (!reached(counts_)) {
    if (!changed_.WaitUntil(mutex_, deadline) && absl::Now() >= deadline) return false;
  }
  return true;
}

bool Load::AwaitMigrations(int count) const {
  return Await([count](const Counts& counts) { return counts.migrations >= count; });
}

bool Load::AwaitFailures(int count) const {
  return Await([count](const Counts& counts) { return counts.failed >= count; });
}

int Load::migrations() const {
  const async::MutexLock lock(mutex_);
  return counts_.migrations;
}

int Load::failed() const {
  const async::MutexLock lock(mutex_);
  return counts_.failed;
}

std::map<std::string, int> Load::failures() const {
  const async::MutexLock lock(mutex_);
  return counts_.failures;
}

absl::Duration Load::longest_failure() const {
  const async::MutexLock lock(mutex_);
  return counts_.longest_failure;
}

void Load::Migrated() {
  const async::MutexLock lock(mutex_);
  ++counts_.migrations;
  changed_.NotifyAll();
}

void Load::Failed(const std::string& how, absl::Duration took) {
  const async::MutexLock lock(mutex_);
  ++counts_.failed;
  ++counts_.failures[how];
  counts_.longest_failure = std::max(counts_.longest_failure, took);
  changed_.NotifyAll();
}

std::vector<KnownUser> Load::Stop() {
  {
    const async::MutexLock lock(mutex_);
    counts_.stop = true;
  }
  std::vector<KnownUser> users;
  for (const auto& client : clients_) {
    client->Join();
    client->Report(users);
  }
  return users;
}

std::vector<KnownUser> Load::Finish() {
  (void)AwaitMigrations(enough_);
  return Stop();
}

}  // namespace mcmig::outages
