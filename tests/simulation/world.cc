#include "tests/simulation/world.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/testing/systems.h"
#include "tests/simulation/users.h"

namespace mcmig::simulation {
namespace {

using identity::Listener;
using identity::Role;

constexpr absl::Duration kReplayWindow = absl::Minutes(2);
constexpr absl::Duration kClockSkew = absl::Seconds(4);

// A process that only asks.
class ClientLife final : public Process::Life {};

// One world in eight has clocks that are further apart than the policy allows for.
bool ClocksHold(uint64_t seed) { return seed % 8 != 7; }

}  // namespace

World::World(uint64_t seed, Setting& setting, Coverage& coverage, bool print)
    : run_(seed, coverage, print),
      model_(run_, kReplayWindow, kClockSkew, ClocksHold(seed)),
      network_(run_, [this](const Network::Answered& answered) { Observe(answered); }),
      around_{setting, network_, model_, {}, {}} {
  run_.skew = ClocksHold(seed) ? kClockSkew / 2 : absl::Seconds(40);
  around_.policy.move = true;
  around_.policy.replay_window = kReplayWindow;
  around_.policy.clock_skew = kClockSkew;
  if (run_.dice.Chance(0.4)) around_.policy.authorized_for = absl::Seconds(90);
  client_ =
      std::make_unique<Process>(run_, kPrimary, Role::kClient, [](Process&) { return std::make_unique<ClientLife>(); });
  client_->KeepUp();
  processes_.push_back(client_.get());
  MakePrimary();
  for (const std::string& partner : kPartners) MakePartner(partner);
  Fill();
  for (Process* process : processes_) process->Start();
}

// What runs points to what it talks to.
World::~World() {
  for (Process* process : processes_) process->End();
}

void World::MakePrimary() {
  primary_ = std::make_unique<Process>(run_, kPrimary, Role::kPrimaryServer, [this](Process& process) {
    PartnerHops partners;
    for (const auto& [system, partner] : partners_) partners[system] = partner.cancels.get();
    return std::make_unique<PrimaryLife>(process, around_, std::move(partners), std::exchange(restoring_, false));
  });
  gateway_ = std::make_unique<Process>(run_, kPrimary, Role::kGateway, [this](Process& process) {
    return std::make_unique<GatewayLife>(process, around_, server_hop_.get());
  });
  server_hop_ = std::make_unique<Hop>(
      network_, Link{gateway_.get(), primary_.get(), Listener::kInside, "mcmig.v1.PrimaryMcServiceServer"});
  processes_.push_back(primary_.get());
  processes_.push_back(gateway_.get());
}

void World::MakePartner(const std::string& system) {
  Partner& partner = partners_[system];
  const bool own_gateway = run_.dice.Chance(0.5);
  const bool their_gateway = run_.dice.Chance(0.5);
  run_.Note(absl::StrCat(system, own_gateway ? " with" : " without", " gateway, to north's ",
                         their_gateway ? "gateway" : "server"));
  partner.server = std::make_unique<Process>(run_, system, Role::kPartnerServer, [this, &partner](Process& process) {
    NextHops entries;
    if (partner.inside == nullptr) entries[kPrimary] = partner.outside.get();
    return std::make_unique<PartnerLife>(process, around_, partner.inside.get(), std::move(entries));
  });
  Process* border = partner.server.get();
  processes_.push_back(border);
  if (own_gateway) {
    partner.gateway = std::make_unique<Process>(run_, system, Role::kGateway, [this, &partner](Process& process) {
      return std::make_unique<GatewayLife>(process, around_, NextHops{{kPrimary, partner.outside.get()}},
                                           partner.to_server.get());
    });
    partner.inside = std::make_unique<Hop>(
        network_, Link{border, partner.gateway.get(), Listener::kInside, "mcmig.v1.PartnerMcGatewayServer"},
        TellEnds(system));
    partner.to_server = std::make_unique<PartnerWay>(
        network_, Link{partner.gateway.get(), border, Listener::kInside, "mcmig.v1.PartnerMcServiceServer"});
    border = partner.gateway.get();
    processes_.push_back(border);
  }
  partner.outside =
      std::make_unique<Hop>(network_,
                            Link{border, their_gateway ? gateway_.get() : primary_.get(), Listener::kOutside,
                                 their_gateway ? "mcmig.v1.PrimaryMcGatewayServer" : "mcmig.v1.PrimaryMcServiceServer"},
                            own_gateway ? nullptr : TellEnds(system));
  partner.cancels = std::make_unique<PartnerWay>(
      network_, Link{primary_.get(), border, Listener::kOutside,
                     own_gateway ? "mcmig.v1.PartnerMcGatewayServer" : "mcmig.v1.PartnerMcServiceServer"});
  partner.client = std::make_unique<Hop>(
      network_, Link{client_.get(), partner.server.get(), Listener::kClient, "mcmig.v1.PartnerMcServiceServer"});
}

Hop::OnEnd World::TellEnds(const std::string& system) {
  return [this, system](const protocol::EndRequest& request) {
    model_.Ends(system, {request.user.primary_mc_service_id.canonical(), request.user.service}, request.epoch);
  };
}

void World::Fill() {
  const auto migrations = *primary_->disk().OpenMigrations();
  const bool filled = migrations
                          ->SetAgreements({{"south", {protocol::McService::kMcptt, protocol::McService::kMcvideo}},
                                           {"east", {protocol::McService::kMcptt}}})
                          .ok() &&
                      migrations->ImportProfiles(InitialProfiles()).ok();
  if (!filled) run_.Violate("the primary's store cannot be filled");
  for (const std::string& partner : kPartners) {
    const auto visitors = *partners_[partner].server->disk().OpenVisitors();
    if (!visitors->ImportExpected(ExpectedAt(partner, model_)).ok()) run_.Violate("a store cannot be filled");
  }
}

bool World::Step() {
  Process* first = nullptr;
  absl::Time timer = absl::InfiniteFuture();
  for (Process* process : processes_) {
    if (process->NextTimer() < timer) {
      timer = process->NextTimer();
      first = process;
    }
  }
  const absl::Time event = run_.events.next();
  if (timer == absl::InfiniteFuture() && event == absl::InfiniteFuture()) return false;
  if (event <= timer) {
    run_.events.HappenNext();
  } else {
    run_.events.AdvanceTo(timer);
    run_.Note(absl::StrCat(first->name(), ": timer"));
    if (!first->MayCrash("timer, before it fires")) {
      first->CatchUp();
      first->MayCrash("timer, once fired");
    }
  }
  run_.coverage.State(State());
  return true;
}

void World::RunUntil(absl::Time end) {
  while (run_.events.now() < end && !run_.violation && Step()) {
  }
}

void World::Heal() {
  run_.Note("healed");
  run_.faults = {};
  network_.JoinAll();
}

void World::Restore(const migration::MemoryDisk::Image& image) {
  if (!primary_->up()) return;
  run_.Note("restored from a backup");
  run_.Fault("restore");
  primary_->AtNextStart([this, copy = image]() mutable {
    restoring_ = true;
    primary_->disk().Restore(std::move(copy));
    primary_->disk().SetIncarnation(++incarnation_);
  });
  primary_->Crash(migration::MemoryDisk::LastWrite::kLost);
}

// A success as the primary's server gives it.
void World::Observe(const Network::Answered& answered) {
  if (answered.link.to != primary_.get() || answered.method != "AuthorizeMigration" || !answered.answer.ok()) return;
  v1::MigrationServiceAuthorizationRequest request;
  v1::MigrationServiceAuthorizationResponse response;
  if (!request.ParseFromString(answered.request) || !response.ParseFromString(*answered.answer)) return;
  if (response.result() != v1::MIGRATION_RESULT_SUCCESS) return;
  const std::string& partner =
      answered.link.listener == Listener::kInside ? request.authenticated_peer_system() : answered.link.from->system();
  const auto service = *protocol::ParseMcService(request.mc_service(), "mc_service");
  model_.PrimaryAnswers(partner,
                        {{testing::Id(request.primary_mc_service_id()).canonical(), service},
                         request.partner_mc_service_id(),
                         static_cast<uint8_t>(request.mc_service_user_profile_index())},
                        protocol::FromProto(response.epoch()), answered.arrived);
}

uint64_t World::State() {
  uint64_t state = model_.State();
  for (const Process* process : processes_) state = state * 31 + (process->up() ? 1 : 0);
  state = state * 31 + network_.parted();
  return state * 31 + std::min<size_t>(network_.waiting(), 4);
}

}  // namespace mcmig::simulation
