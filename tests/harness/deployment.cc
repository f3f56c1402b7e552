#include "tests/harness/deployment.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/token/signing_key.h"

namespace mcmig::harness {
namespace {

constexpr char kNorthKeys[] =
    "access_tokens: {KEYS, algorithms: [ES256]}\n"
    "primary_credentials: {KEYS, algorithms: [ES256], issuer: \"https://id.north.example\", leeway: 5s}\n";
constexpr char kAnyPort[] = "127.0.0.1:0";

std::string Start(const std::string& table, const Credential& credential) {
  return absl::StrCat("system_table_file: ", table, "\ncertificate: {chain_file: \"", credential.chain_file,
                      "\", key_file: \"", credential.key_file, "\"}\nmetrics_address: \"", kAnyPort, "\"\n");
}

std::string Listener(const std::string& kind, const std::string& address, const std::string& more = "") {
  return address.empty() ? "" : absl::StrCat(kind, "_listener: {address: \"", address, "\"", more, "}\n");
}

std::string KeysOr(const devtools::Signer& signer, const std::string& jwks) {
  return jwks.empty() ? devtools::KeySetOf({*signer.PublicJwk()}) : jwks;
}

absl::Status Succeeded(const std::string& what, const CommandResult& result) {
  if (result.exit_code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, " ended with ", result.exit_code, ":\n", result.out, result.err));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Deployment>> Deployment::Start(const std::string& binary, const std::string& directory,
                                                              const DeploymentOptions& options) {
  std::filesystem::create_directories(directory);
  std::unique_ptr<Deployment> deployment(new Deployment(binary, std::filesystem::absolute(directory), options));
  absl::Status started = deployment->StartAll();
  if (!started.ok()) return started;
  return deployment;
}

Deployment::Deployment(std::string binary, std::string directory, DeploymentOptions options)
    : north("north", directory),
      south("south", directory),
      west("west", directory),
      token_key(*devtools::Signer::Generate(token::Algorithm::kEs256, "south-1")),
      home_token_key(*devtools::Signer::Generate(token::Algorithm::kEs256, "north-1")),
      grant_key(*devtools::Signer::Generate(token::Algorithm::kEs256, "grant-1")),
      binary_(std::move(binary)),
      directory_(std::move(directory)),
      options_(std::move(options)) {}

absl::Status Deployment::StartAll() {
  std::vector<absl::Status (Deployment::*)()> steps = {&Deployment::StartNorth, &Deployment::StartSouth};
  if (!options_.chain_only) steps.insert(steps.end(), {&Deployment::StartClientAgent, &Deployment::Import});
  for (const auto step : steps) {
    absl::Status done = (this->*step)();
    if (!done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Process>> Deployment::StartProcess(const std::string& role, const std::string& name,
                                                                  const std::string& config, absl::Duration timeout) {
  const std::string config_file = absl::StrCat(directory_, "/", name, ".yaml");
  WriteFile(config_file, options_.audit ? absl::StrCat(config, "audit: {directory: ", name, ".audit}\n") : config);
  std::vector<std::string> command = options_.launcher;
  command.insert(command.end(), {binary_, role, "--config", config_file});
  absl::StatusOr<Process> process = Process::Start(command, absl::StrCat(directory_, "/", name, ".log"), timeout);
  if (!process.ok()) return process.status();
  auto started = std::make_unique<Process>(*std::move(process));
  started_[started.get()] = {role, name, config};
  return started;
}

std::string Deployment::PrimaryServerConfig(const std::string& name, const std::string& letter,
                                            const std::string& inside, const std::string& outside,
                                            const std::string& operators) {
  return absl::StrCat(
      harness::Start("north-systems.yaml", north.Issue(name)), ChainListener("inside", inside, "north", "ROLE_GATEWAY"),
      ChainListener("outside", outside, "south", PeerOfNorth()), Listener("operators", operators), "health_address: \"",
      kAnyPort, "\"\nstore: ",
      letter == "a" && !options_.primary_store_a.empty() ? options_.primary_store_a
                                                         : absl::StrCat("{directory: primary-", letter, "-store}"),
      "\n",
      options_.chain_only
          ? ""
          : Listener("client", kAnyPort) + absl::StrReplaceAll(kNorthKeys, {{"KEYS", options_.primary_key_source}}),
      options_.unsigned_grants
          ? ""
          : absl::StrCat("grants: {signing_key_file: north-grants.key, ",
                         options_.grant_key_id.empty() ? "" : absl::StrCat("key_id: ", options_.grant_key_id, ", "),
                         "issuer: \"https://mc.north.example\"}\n"),
      options_.shape.primary_gateway && !options_.chain_only
          ? absl::StrCat("gateway: ", Endpoint(AddressOf(north_inside_), kNorthGateway), "\n")
          : "",
      options_.primary_server_config);
}

std::string Deployment::ChainListener(const std::string& kind, const std::string& address, const std::string& system,
                                      const std::string& role) const {
  if (address.empty() || !options_.insecure) {
    return Listener(kind, address, kind == "outside" ? options_.outside_listeners : "");
  }
  return absl::StrCat(kind, "_listener: {address: \"", address, "\", insecure: true, assumed_peer: {system: ", system,
                      ", role: ", role, "}}\n");
}

std::string Deployment::PeerOfNorth() const {
  return options_.shape.partner_gateway ? "ROLE_GATEWAY" : "ROLE_PARTNER_SERVER";
}

std::string Deployment::PeerOfSouth() const {
  return options_.shape.primary_gateway ? "ROLE_GATEWAY" : "ROLE_PRIMARY_SERVER";
}

std::string Deployment::Endpoint(const std::string& address, const std::string& server_name) const {
  return absl::StrCat("{address: \"", address, "\"",
                      options_.insecure ? ", insecure: true}" : absl::StrCat(", server_name: ", server_name, "}"));
}

absl::Status Deployment::StartNorth() {
  const std::string visitors_entry =
      options_.in_place_of_south_gateway.empty() ? AddressOf(south_outside_) : options_.in_place_of_south_gateway;
  WriteFile(absl::StrCat(directory_, "/north-systems.yaml"),
            NorthTable(options_.chain_only
                           ? ""
                           : Endpoint(visitors_entry, options_.shape.partner_gateway ? kSouthGateway : kPartnerServer),
                       options_));
  WriteFile(absl::StrCat(directory_, "/north-jwks.json"), KeysOr(home_token_key, options_.primary_jwks));
  WriteFile(absl::StrCat(directory_, "/north-grants.key"), *grant_key.ToPem());
  WriteFile(absl::StrCat(directory_, "/north-grants.json"),
            *token::SigningKey::FromPem(*grant_key.ToPem(), options_.grant_key_id)->PublicKeySet());
  const bool gateway = options_.shape.primary_gateway;
  for (const bool b : {false, true}) {
    if (b && options_.chain_only) continue;
    const std::string config = PrimaryServerConfig(b ? kPrimaryServerB : kPrimaryServerA, b ? "b" : "a",
                                                   /*inside=*/gateway || !options_.chain_only ? kAnyPort : "",
                                                   gateway ? "" : kAnyPort, kAnyPort);
    auto process = StartProcess("primary-server", b ? "primary-server-b" : "primary-server-a", config);
    if (!process.ok()) return process.status();
    (b ? primary_server_b : primary_server_a) = *std::move(process);
  }
  if (!gateway) return absl::OkStatus();
  const std::string server_a = Endpoint(primary_server_a->Address("inside"), kPrimaryServerA);
  const std::string server_b =
      primary_server_b == nullptr ? server_a : Endpoint(primary_server_b->Address("inside"), kPrimaryServerB);
  const std::string users_of_a =
      "\"sip:alice@north.example\", \"sip:bob@north.example\", \"sip:carol@north.example\", "
      "\"sip:dave@north.example\", \"sip:erin@north.example\"";
  auto process = StartProcess(
      "gateway", "north-gateway",
      absl::StrCat(harness::Start("north-systems.yaml", north.Issue(kNorthGateway)),
                   ChainListener("outside", kAnyPort, "south", PeerOfNorth()),
                   ChainListener("inside", AddressOf(north_inside_), "north", "ROLE_PRIMARY_SERVER"),
                   "health_address: \"", kAnyPort, "\"\nassignments:\n  - {service: MCPTT, mc_service_ids: [",
                   users_of_a, "], server: ", server_a, "}\n  - {service: MCPTT, mc_service_ids: [\"",
                   kFrank.PrimaryId(), "\"], server: ", server_b, "}\n  - {service: MCPTT, domain: ", kLoadDomain,
                   ", server: ", server_a, "}\n"));
  if (!process.ok()) return process.status();
  north_gateway = *std::move(process);
  return absl::OkStatus();
}

absl::Status Deployment::StartSouth() {
  std::string entry = north_gateway ? north_gateway->Address("outside") : primary_server_a->Address("outside");
  if (!options_.in_place_of_north_gateway.empty()) entry = options_.in_place_of_north_gateway;
  WriteFile(absl::StrCat(directory_, "/south-systems.yaml"),
            SouthTable(Endpoint(entry, north_gateway ? kNorthGateway : kPrimaryServerA), options_));
  WriteFile(absl::StrCat(directory_, "/south-jwks.json"), KeysOr(token_key, options_.partner_jwks));
  std::string gateway;
  if (options_.shape.partner_gateway) {
    auto process = StartProcess(
        "gateway", "south-gateway",
        absl::StrCat(harness::Start("south-systems.yaml", south.Issue(kSouthGateway)),
                     ChainListener("inside", kAnyPort, "south", "ROLE_PARTNER_SERVER"),
                     ChainListener("outside", AddressOf(south_outside_), "north", PeerOfSouth()), "health_address: \"",
                     kAnyPort, "\"\n",
                     options_.chain_only
                         ? ""
                         : absl::StrCat("partner_server: ", Endpoint(AddressOf(partner_inside_), kPartnerServer), "\n",
                                        Listener("operators", kAnyPort))));
    if (!process.ok()) return process.status();
    south_gateway = *std::move(process);
    gateway = absl::StrCat("gateway: ", Endpoint(south_gateway->Address("inside"), kSouthGateway), "\n");
  }
  auto process = StartProcess(
      "partner-server", "partner-server",
      absl::StrCat(harness::Start("south-systems.yaml", south.Issue(kPartnerServer)),
                   ChainListener("client", kAnyPort, "north", "ROLE_CLIENT"),
                   options_.shape.partner_gateway
                       ? ChainListener("inside", AddressOf(partner_inside_), "south", "ROLE_GATEWAY")
                       : absl::StrCat(ChainListener("outside", AddressOf(south_outside_), "north", PeerOfSouth()),
                                      Listener("inside", AddressOf(partner_inside_))),
                   Listener("operators", kAnyPort), "health_address: \"", kAnyPort, "\"\naccess_tokens: {",
                   options_.partner_key_source, ", algorithms: [ES256], leeway: 5s", options_.partner_token_origin,
                   "}\n", gateway,
                   "store: ", options_.partner_store.empty() ? "{directory: partner-store}" : options_.partner_store,
                   "\n", options_.partner_server_config));
  if (!process.ok()) return process.status();
  partner_server = *std::move(process);
  return absl::OkStatus();
}

absl::Status Deployment::StartClientAgent() {
  std::string users;
  for (const User& user : {kAlice, kBob, kCarol, kDave, kErin, kFrank, kGrace}) {
    const std::string token_file = absl::StrCat(user.name, ".token");
    WriteFile(absl::StrCat(directory_, "/", token_file), TokenOf(user));
    absl::StrAppend(&users, "  - primary_mc_service_id: \"", user.PrimaryId(),
                    "\"\n    service: MCPTT\n    default_profile_index: 1\n    partners:\n"
                    "      - {system: south, partner_mc_service_id: \"",
                    user.PartnerId(), "\", server: ", Endpoint(partner_server->Address("client"), kPartnerServer),
                    ", access_token_file: ", token_file, "}\n");
  }
  auto process =
      StartProcess("client-agent", "client-agent",
                   absl::StrCat(harness::Start("north-systems.yaml", north.Issue(kClient)),
                                Listener("client", kAnyPort), "health_address: \"", kAnyPort, "\"\nusers:\n", users));
  if (!process.ok()) return process.status();
  client_agent = *std::move(process);
  return absl::OkStatus();
}

absl::Status Deployment::Import() {
  const std::string profiles = absl::StrCat(directory_, "/profiles.jsonl");
  const std::string profiles_b = absl::StrCat(directory_, "/profiles-b.jsonl");
  const std::string visitors = absl::StrCat(directory_, "/visitors.jsonl");
  WriteFile(profiles, ProfileLines(/*server_b=*/false, options_.load_users));
  WriteFile(profiles_b, ProfileLines(/*server_b=*/true, 0));
  WriteFile(visitors, VisitorLines(/*west=*/!options_.entry_of_west.empty()));
  absl::Status done = Succeeded("profiles import", AtPrimary({"profiles", "import", profiles}));
  if (done.ok()) {
    done = Succeeded("profiles import", Run({"profiles", "import", profiles_b}, primary_server_b->Address("operators"),
                                            kPrimaryServerB, north.Issue(kNorthOperator), north));
  }
  if (done.ok()) done = Succeeded("visitors import", AtPartner({"visitors", "import", visitors}));
  return done;
}

absl::Status Deployment::KillAndRestart(std::unique_ptr<Process> Deployment::* process, absl::Duration timeout) {
  std::unique_ptr<Process>& running = this->*process;
  Started started = started_.at(running.get());
  for (const std::string kind : {"client", "inside", "outside", "operators"}) {
    const std::string any = absl::StrCat(kind, "_listener: {address: \"", kAnyPort, "\"");
    if (!absl::StrContains(started.config, any)) continue;
    const std::string same = absl::StrCat(kind, "_listener: {address: \"", running->Address(kind), "\"");
    started.config = absl::StrReplaceAll(started.config, {{any, same}});
  }
  running->Kill();
  // Meanwhile nobody keeps its ports: whoever connects to one may be given it as its own.
  const absl::Time until = absl::Now() + timeout;
  auto again = StartProcess(started.role, started.name, started.config, timeout);
  while (!again.ok() && absl::StrContains(again.status().message(), "cannot listen on") && absl::Now() < until) {
    again = StartProcess(started.role, started.name, started.config, timeout);
  }
  if (!again.ok()) return again.status();
  started_.erase(running.get());
  running = *std::move(again);
  return absl::OkStatus();
}

void Deployment::RemovePartnerStore() const {
  std::filesystem::remove_all(directory_ + "/partner-store");
  std::filesystem::remove(directory_ + "/partner-store.incarnation");
}

}  // namespace mcmig::harness
