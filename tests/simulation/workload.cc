#include "tests/simulation/workload.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/testing/systems.h"

namespace mcmig::simulation {

using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Cause;

void Workload::Plan(absl::Duration duration) {
  const size_t actions = 30 + run_.dice.Below(50);
  for (size_t i = 0; i < actions; ++i) {
    const absl::Duration at = run_.dice.Between(absl::ZeroDuration(), duration);
    run_.events.After(at, [this] { Act(); });
    // What comes together is decided together, and committed in one group.
    if (run_.dice.Chance(0.5)) {
      run_.events.After(at + run_.dice.Between(absl::ZeroDuration(), absl::Milliseconds(60)), [this] { Act(); });
    }
  }
  if (run_.dice.Chance(0.3)) {
    const absl::Duration backed_up = run_.dice.Between(absl::Seconds(1), duration / 2);
    run_.events.After(backed_up, [this] { backup_ = world_.primary().disk().Backup(); });
    run_.events.After(run_.dice.Between(backed_up, duration), [this] {
      if (backup_) world_.Restore(*std::exchange(backup_, std::nullopt));
    });
  }
}

void Workload::Act() {
  switch (run_.dice.Below(24)) {
    case 0:
    case 1:
    case 2:
      return Repeat();
    case 3:
    case 4:
      return RepeatChanged();
    case 5:
      return Forge();
    case 6:
    case 7:
    case 8:
      return End();
    case 9:
      return Settle(migration::Revoke{.key = User(AnyUser())});
    case 10:
      return Settle(migration::AuthorizeAtHome{.key = User(AnyUser()), .return_home = true});
    case 11:
      return Settle(migration::AuthorizeAtHome{.key = User(AnyUser())});
    case 12:
    case 13:
      return ChangeProfile();
    case 14:
      return PartAWhile();
    default:
      return Migrate();
  }
}

Workload::Made Workload::Make() {
  Made made{.user = AnyUser(), .partner = AnyPartner(), .request = testing::AliceToSouth()};
  AuthorizationRequest& request = made.request;
  request.primary_mc_service_id = testing::Id(PrimaryIdOf(made.user));
  request.partner_mc_service_id = testing::Id(PartnerIdOf(made.user, made.partner, run_.dice.Chance(0.3)));
  request.service = User(made.user).service;
  request.profile_index = static_cast<uint8_t>(run_.dice.Chance(0.9) ? run_.dice.Below(2) : run_.dice.Below(kProfiles));
  run_.dice.Fill(absl::MakeSpan(request.request_id.emplace().bytes));
  request.issued_at = world_.client().executor().Now();
  request.primary_credential = CredentialFor(made);
  return made;
}

// Most often a new one. Decided by the request ID, so that a seed asks for the same as before there were credentials.
std::string Workload::CredentialFor(const Made& made) const {
  const std::array<uint8_t, protocol::RequestId::kBytes>& id = made.request.request_id->bytes;
  constexpr uint8_t kWithout = 10;
  constexpr uint8_t kUsedOne = 25;
  if (id[15] < kWithout) return "";
  const auto same = std::ranges::find_if(
      made_, [&made](const Made& other) { return other.user == made.user && other.partner == made.partner; });
  if (id[14] < kUsedOne && same != made_.end()) return same->request.primary_credential;
  return world_.setting().credentials().Issue(PrimaryIdOf(made.user), made.partner, made.request.request_id->Hex(),
                                              *made.request.issued_at);
}

void Workload::Send(const Made& made) {
  const AuthorizationRequest& request = made.request;
  world_.model().Asks(made.partner, *request.request_id,
                      {User(made.user), request.partner_mc_service_id.received(), request.profile_index},
                      *request.issued_at);
  run_.Note(absl::StrCat("client of ", PrimaryIdOf(made.user), " to ", made.partner, ", profile ",
                         request.profile_index, ", request ", request.request_id->Hex().substr(0, 6)));
  world_.client().CatchUp();
  world_.client().executor().Spawn(Ask(made));
}

void Workload::Migrate() {
  world_.client().CatchUp();
  made_.push_back(Make());
  Send(made_.back());
}

void Workload::Repeat() {
  if (!made_.empty()) Send(made_[run_.dice.Below(made_.size())]);
}

void Workload::RepeatChanged() {
  if (made_.empty()) return;
  Made changed = made_[run_.dice.Chance(0.5) ? made_.size() - 1 : run_.dice.Below(made_.size())];
  if (run_.dice.Chance(0.5)) {
    changed.request.profile_index ^= 1U;
  } else {
    const std::string first = PartnerIdOf(changed.user, changed.partner, false);
    const bool is_first = changed.request.partner_mc_service_id.received() == first;
    changed.request.partner_mc_service_id = testing::Id(PartnerIdOf(changed.user, changed.partner, is_first));
  }
  Send(changed);
}

void Workload::Forge() {
  world_.client().CatchUp();
  Made made = Make();
  const std::string& from = made.partner == kPartners[0] ? kPartners[1] : kPartners[0];
  Process& sender = *world_.OutsideHop(from).link().from;
  if (!sender.up()) return;
  made.request.authenticated_peer_system = made.partner;
  if (run_.dice.Chance(0.5)) made.request.authenticated_peer_system.reset();
  run_.Note(absl::StrCat(from, " forges a request of ", made.partner));
  sender.CatchUp();
  sender.executor().Spawn(AskForged(std::move(made), from));
}

Call Workload::CallOf(Process& process, absl::Duration within) const {
  Call call;
  call.deadline = process.executor().Now() + within;
  call.executor = &process.executor();
  return call;
}

async::Task<> Workload::Ask(Made made) {
  Call call = CallOf(world_.client(), run_.dice.Between(absl::Seconds(1), absl::Seconds(8)));
  call.bearer_token = world_.setting().Token(made.request.partner_mc_service_id.received(), PrimaryIdOf(made.user));
  const absl::StatusOr<protocol::Decision> answer =
      co_await world_.ClientHop(made.partner).AuthorizeMigration(call, made.request);
  if (!answer.ok()) co_return;
  if (answer->cause != Cause::kNone) {
    run_.Note(absl::StrCat("refused: ", protocol::InfoOf(answer->cause).name));
    run_.coverage.Refusal();
    co_return;
  }
  run_.coverage.Success();
  world_.model().ClientHears(
      made.partner, {User(made.user), made.request.partner_mc_service_id.received(), made.request.profile_index},
      *answer->epoch);
}

async::Task<> Workload::AskForged(Made made, std::string from) {
  const Call call = CallOf(*world_.OutsideHop(from).link().from, absl::Seconds(5));
  const auto answer = co_await world_.OutsideHop(from).AuthorizeMigration(call, made.request);
  if (answer.ok() && answer->cause == Cause::kNone) run_.Violate("a forged request succeeds");
}

// A user ends a migration, which may be over, or another one, by the time it arrives.
void Workload::End() {
  const size_t user = AnyUser();
  const std::string& partner = AnyPartner();
  const std::optional<Epoch> epoch = world_.model().VisitorAt(partner, User(user));
  if (!epoch) return;
  run_.events.After(run_.dice.Between(absl::Milliseconds(1), absl::Seconds(60)), [this, user, partner, epoch] {
    run_.Note(absl::StrCat("client of ", PrimaryIdOf(user), " ends at ", partner));
    world_.client().CatchUp();
    world_.client().executor().Spawn(AskToEnd(user, partner, *epoch));
  });
}

async::Task<> Workload::AskToEnd(size_t user, std::string partner, Epoch epoch) {
  const std::string partner_id = PartnerIdOf(user, partner, false);
  Call call = CallOf(world_.client(), run_.dice.Between(absl::Seconds(1), absl::Seconds(8)));
  call.bearer_token = world_.setting().Token(partner_id, PrimaryIdOf(user));
  protocol::EndRequest request{.user = {testing::Id(partner_id), testing::Id(PrimaryIdOf(user)), User(user).service},
                               .epoch = epoch};
  run_.dice.Fill(absl::MakeSpan(request.request_id.emplace().bytes));
  const absl::StatusOr<protocol::EndAnswer> answer = co_await world_.ClientHop(partner).EndMigration(call, request);
  if (answer.ok()) run_.Note(absl::StrCat("ended: ", static_cast<int>(answer->result)));
}

void Workload::ChangeProfile() {
  if (!world_.primary().up()) return;
  const bool enabled = run_.dice.Chance(0.6);
  std::vector<std::string> partners = kPartners;
  if (run_.dice.Chance(0.3)) partners.erase(partners.begin() + static_cast<int64_t>(run_.dice.Below(2)));
  auto entry = ProfileOf(AnyUser(), static_cast<uint8_t>(run_.dice.Below(2)), enabled, partners);
  run_.Note(absl::StrCat("profile ", entry.profile.index, " of ", entry.mc_service_id, enabled ? " on" : " off"));
  world_.primary().CatchUp();
  world_.primary().executor().Spawn(
      Import(world_.primary_life().migrations(), world_.primary().executor(), std::move(entry)));
}

async::Task<> Workload::Import(migration::MigrationRegister& migrations, async::ManualExecutor& executor,
                               migration::MigrationStore::ProfileEntry entry) {
  (void)co_await migrations.ImportProfiles(executor, {std::move(entry)});
}

void Workload::PartAWhile() {
  const std::string system = AnyPartner();
  run_.Note(absl::StrCat(system, " is parted from north"));
  run_.Fault("partition");
  world_.network().Part(kPrimary, system);
  run_.events.After(run_.dice.Between(absl::Seconds(1), absl::Seconds(40)),
                    [this, system] { world_.network().Join(kPrimary, system); });
}

}  // namespace mcmig::simulation
