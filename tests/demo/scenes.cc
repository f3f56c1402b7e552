#include "tests/demo/scenes.h"

#include <functional>
#include <iostream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "tests/demo/diagram.h"
#include "tests/harness/stubs.h"

namespace mcmig::demo {
namespace {

using harness::Answer;
using harness::Connect;
using harness::Deployment;
using harness::kAlice;
using harness::RequestOf;
using harness::TokenClaims;
using harness::User;

absl::Duration MicrosecondsOf(const std::string& line, const std::string& key) {
  int64_t value = 0;
  return absl::SimpleAtoi(harness::Field(line, key), &value) ? absl::Microseconds(value) : absl::ZeroDuration();
}

// The last decision line that a process wrote, for any request.
std::string LastDecision(const harness::Process& process) {
  std::string last;
  const std::string log = process.Log();
  for (absl::string_view line : absl::StrSplit(log, '\n')) {
    if (line.find("decision ") != absl::string_view::npos) last = std::string(line);
  }
  return last;
}

Hop HopOf(const harness::Process& process, const std::string& name, const std::string& steps_out,
          const std::string& step_back) {
  const std::string line = LastDecision(process);
  return {name, steps_out, step_back, MicrosecondsOf(line, "elapsed_us"), MicrosecondsOf(line, "next_hop_us")};
}

std::shared_ptr<grpc::Channel> AsClient(Deployment& d) {
  return Connect(d.partner_server->Address("client"), harness::kPartnerServer, d.south,
                 &d.north.Issue(harness::kClient));
}

// The steps of the last migration, with the time that each process and wire took.
void PrintDiagram(const Deployment& deployment, const std::string& title) {
  std::cout << "\n  " << title << "\n";
  std::vector<Hop> hops = {HopOf(*deployment.client_agent, "client agent", "1", ""),
                           HopOf(*deployment.partner_server, "partner server", "2, 3", "11")};
  if (deployment.south_gateway) hops.push_back(HopOf(*deployment.south_gateway, "partner gateway", "4", "10"));
  if (deployment.north_gateway) hops.push_back(HopOf(*deployment.north_gateway, "primary gateway", "5", "9"));
  hops.push_back(HopOf(*deployment.primary_server_a, "primary server", "6, 7", "8"));
  std::cout << StepDiagram(hops);
}

void PrintIndented(const std::string& text) {
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) std::cout << "    " << line << "\n";
}

// A refusal at the client listener of the partner server, with what the deciding process wrote down.
struct Refusal {
  std::string what;
  std::string expected;
  User user = kAlice;
  uint32_t profile_index = 1;
  std::function<void(v1::MigrationServiceAuthorizationRequest&, TokenClaims&)> spoil = [](auto&, auto&) {};
  const harness::Process* decided_by;
};

void Show(Stage& stage, Deployment& deployment, const Refusal& refusal) {
  auto request = RequestOf(refusal.user, refusal.profile_index);
  request.set_primary_credential(deployment.PrimaryCredential({.primary_id = refusal.user.PrimaryId()}));
  TokenClaims claims{.partner_id = refusal.user.PartnerId(), .primary_id = refusal.user.PrimaryId()};
  refusal.spoil(request, claims);
  const Answer answer =
      harness::Ask<v1::PartnerMcServiceServer>(AsClient(deployment), request, deployment.Token(claims));
  stage.Result(refusal.what, answer.Outcome(), refusal.expected);
  const auto decisions = harness::DecisionsOf(*refusal.decided_by, request.request_id());
  if (decisions.empty()) return;
  std::cout << "        decided by " << harness::Field(decisions[0], "role") << ": "
            << harness::Field(decisions[0], "cause") << ", rule " << harness::Field(decisions[0], "rule") << "\n";
}

}  // namespace

void Stage::Title(const std::string& title) {
  std::cout << "\n" << title << "\n" << std::string(title.size(), '=') << '\n' << std::flush;
}

void Stage::Result(const std::string& what, const std::string& outcome, const std::string& expected) {
  const bool as_expected = outcome == expected;
  if (!as_expected) ++failures_;
  std::cout << absl::StrFormat("  %-46s %s", what, outcome)
            << (as_expected ? "" : absl::StrCat("   FAILED: expected ", expected)) << '\n'
            << std::flush;
}

void ShowSystems(const Deployment& deployment) {
  std::cout << "Two MC systems, each with its own certificate authority. Every link is mTLS.\n"
            << "  north, the primary MC system: gateway, primary servers a and b, client agent\n"
            << "  south, the partner MC system: partner server, gateway\n";
  const std::pair<const char*, const harness::Process*> processes[] = {
      {"client agent", deployment.client_agent.get()},         {"partner server", deployment.partner_server.get()},
      {"partner gateway", deployment.south_gateway.get()},     {"primary gateway", deployment.north_gateway.get()},
      {"primary server a", deployment.primary_server_a.get()}, {"primary server b", deployment.primary_server_b.get()}};
  for (const auto& [name, process] : processes) {
    std::cout << absl::StrFormat("  %-17s pid %-7d", name, process->pid());
    for (const char* listener : {"client", "inside", "outside", "operators", "health"}) {
      const std::string address = process->Address(listener);
      if (!address.empty()) std::cout << " " << listener << " " << address;
    }
    std::cout << "\n";
  }
}

void ShowMigration(Stage& stage, Deployment& deployment, const std::string& title) {
  stage.Title(title);
  const harness::CommandResult migrated = deployment.Migrate(kAlice, 1);
  PrintIndented(absl::StrCat(migrated.out, migrated.err));
  stage.Result("alice, profile 1", migrated.exit_code == 0 ? "SUCCESS" : "FAILURE", "SUCCESS");
  PrintDiagram(deployment, "cold: every hop makes its connection first");
  const harness::CommandResult again = deployment.Migrate(kAlice, 1);
  stage.Result("alice, profile 1, once more", again.exit_code == 0 ? "SUCCESS" : "FAILURE", "SUCCESS");
  PrintDiagram(deployment, "warm");
}

void ShowRecordAndVisitor(Stage& stage, Deployment& deployment) {
  stage.Title("2. What both systems recorded");
  const harness::CommandResult record =
      deployment.AtPrimary({"migrations", "get", "--id", kAlice.PrimaryId(), "--service", "MCPTT"});
  std::cout << "  north: mcmig migrations get\n";
  PrintIndented(record.out);
  stage.Result("recorded at the primary", record.exit_code == 0 ? "yes" : record.err, "yes");
  const harness::CommandResult visitors = deployment.AtPartner({"visitors", "list"});
  std::cout << "  south: mcmig visitors list\n";
  PrintIndented(visitors.out);
  const bool visits = visitors.out.find(kAlice.PartnerId()) != std::string::npos;
  stage.Result("visitor at the partner", visits ? "yes" : "no", "yes");
}

void ShowRefusals(Stage& stage, Deployment& deployment) {
  stage.Title("3. Refusals: what the client is told, and what the operator of the deciding process reads");
  const harness::Process* partner = deployment.partner_server.get();
  const harness::Process* primary = deployment.primary_server_a.get();
  const std::vector<Refusal> refusals = {
      {.what = "visitor not expected",
       .expected = "FAILURE VISITOR_NOT_EXPECTED",
       .user = harness::kDave,
       .decided_by = partner},
      {.what = "token expired",
       .expected = "FAILURE ACCESS_TOKEN_EXPIRED",
       .spoil = [](auto&, TokenClaims& claims) { claims.expires_in = -absl::Minutes(1); },
       .decided_by = partner},
      {.what = "token of another user",
       .expected = "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER",
       .spoil = [](auto&, TokenClaims& claims) { claims.primary_id = harness::kFrank.PrimaryId(); },
       .decided_by = partner},
      {.what = "unknown primary system",
       .expected = "FAILURE UNKNOWN_PRIMARY_SYSTEM",
       .spoil =
           [](auto& request, TokenClaims& claims) {
             claims.primary_id = "sip:alice@nowhere.example";
             request.set_primary_mc_service_id(claims.primary_id);
           },
       .decided_by = partner},
      {.what = "no primary credential",
       .expected = "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       .spoil = [](auto& request, TokenClaims&) { request.clear_primary_credential(); },
       .decided_by = primary},
      {.what = "primary credential of another user",
       .expected = "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       .spoil =
           [&deployment](auto& request, TokenClaims&) {
             request.set_primary_credential(deployment.PrimaryCredential({.primary_id = harness::kFrank.PrimaryId()}));
           },
       .decided_by = primary},
      {.what = "profile not valid for this partner",
       .expected = "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       .profile_index = 2,
       .decided_by = primary},
      {.what = "disabled profile",
       .expected = "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       .profile_index = 3,
       .decided_by = primary},
      {.what = "disabled user",
       .expected = "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       .user = harness::kBob,
       .decided_by = primary},
  };
  for (const Refusal& refusal : refusals) Show(stage, deployment, refusal);

  const auto as_south = [&](harness::Pki& issuer) {
    return harness::Ask<v1::PrimaryMcGatewayServer>(
               Connect(deployment.north_gateway->Address("outside"), harness::kNorthGateway, deployment.north,
                       &issuer.Issue(harness::kSouthGateway)),
               RequestOf(kAlice))
        .Outcome();
  };
  stage.Result("partner certificate from another system's CA", as_south(deployment.west), "UNAUTHENTICATED");
}

void ShowSurvivingRecord(Stage& stage, Deployment& deployment) {
  stage.Title("4. kill -9 of the primary server right after an answer");
  auto request = RequestOf(kAlice, 0);
  request.set_primary_credential(deployment.PrimaryCredential({.primary_id = kAlice.PrimaryId()}));
  const Answer answer =
      harness::Ask<v1::PartnerMcServiceServer>(AsClient(deployment), request, deployment.TokenOf(kAlice));
  const absl::Status restarted = deployment.KillAndRestartPrimaryServer();
  stage.Result("alice migrates again, now with profile 0", answer.Outcome(), "SUCCESS");
  stage.Result("killed and restarted", restarted.ok() ? "yes" : std::string(restarted.message()), "yes");
  const auto records =
      harness::RecordsOf(Connect(deployment.primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                 deployment.north, &deployment.north.Issue(harness::kNorthOperator)));
  const auto record = records.find(kAlice.PrimaryId());
  const bool same = record != records.end() && record->second.request_id() == request.request_id() &&
                    record->second.epoch().counter() == answer.response.epoch().counter();
  stage.Result("the record of exactly this answer is there", same ? "yes" : "no", "yes");
}

}  // namespace mcmig::demo
