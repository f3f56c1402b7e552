#include "tests/bench/chain.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/arguments.h"

namespace mcmig::bench {
namespace {

// So short that every user can migrate anew all the time: 16 times within it (docs/register.md).
constexpr char kPrimaryServerConfig[] = "replay_window: 10s\nclock_skew: 0s\n";

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, bool insecure, harness::Deployment& systems) {
  grpc::ChannelArguments arguments = rpc::ChannelDefaults();
  if (insecure) return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  const harness::Credential& client = systems.north.Issue(harness::kClient);
  arguments.SetSslTargetNameOverride(harness::kPartnerServer);
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = systems.south.root_pem();
  ssl.pem_cert_chain = client.chain_pem;
  ssl.pem_private_key = client.key_pem;
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(ssl), arguments);
}

// A statically linked binary would load nothing, and its commits would be durable.
absl::Status CheckLoaded(const Chain& chain, const std::string& library) {
  for (const Chain::Member& member : chain.members) {
    const std::string maps = harness::ReadFile(absl::StrCat("/proc/", member.pid, "/maps"));
    if (!absl::StrContains(maps, std::filesystem::path(library).filename().string())) {
      return absl::FailedPreconditionError(absl::StrCat(member.name, " did not load ", library));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Chain> StartDeployment(ChainKind kind, const Binaries& binaries, const std::string& directory,
                                      const ChainOptions& options) {
  const bool empty = kind == ChainKind::kEmpty || kind == ChainKind::kEmptyAgain;
  // As the loader names it in /proc/PID/maps: Bazel's runfiles are links.
  const std::string no_sync = std::filesystem::canonical(binaries.no_sync);
  harness::DeploymentOptions deployment_options{.shape = options.shape,
                                                .load_users = options.users,
                                                .insecure = options.insecure,
                                                .chain_only = empty,
                                                .unsigned_grants = kind == ChainKind::kUnsigned,
                                                .primary_server_config = kPrimaryServerConfig,
                                                .limits_of_west = options.limits_of_west,
                                                .entry_of_west = options.entry_of_west};
  if (kind == ChainKind::kVolatile) {
    deployment_options.launcher = {"/usr/bin/env", absl::StrCat("LD_PRELOAD=", no_sync)};
  }
  auto deployment =
      harness::Deployment::Start(empty ? binaries.empty : binaries.product, directory, deployment_options);
  if (!deployment.ok()) return deployment.status();
  harness::Deployment& systems = **deployment;
  Chain chain{.kind = kind};
  chain.members.push_back({"partner_server", systems.partner_server->pid()});
  if (systems.south_gateway) chain.members.push_back({"partner_gateway", systems.south_gateway->pid()});
  if (systems.north_gateway) chain.members.push_back({"primary_gateway", systems.north_gateway->pid()});
  chain.members.push_back({"primary_server", systems.primary_server_a->pid()});
  chain.channel = ChannelTo(systems.partner_server->Address("client"), options.insecure, systems);
  chain.deployment = *std::move(deployment);
  if (kind == ChainKind::kVolatile) {
    if (absl::Status loaded = CheckLoaded(chain, no_sync); !loaded.ok()) return loaded;
  }
  return chain;
}

// One server of the hand-written chain: who it is, and whom it trusts.
struct Link {
  std::string role;
  const harness::Credential& own;
  const harness::Pki& callers;
  const harness::Pki& next;
  std::string next_name;
};

absl::StatusOr<Chain> StartHandwritten(const Binaries& binaries, const std::string& directory,
                                       const ChainOptions& options, harness::Deployment& systems) {
  harness::Pki& north = systems.north;
  harness::Pki& south = systems.south;
  const bool direct = !options.shape.partner_gateway && !options.shape.primary_gateway;
  // From the end, so that each can be told the address of the next.
  std::vector<Link> links;
  links.push_back({"primary-server", north.Issue(harness::kPrimaryServerA), direct ? south : north, north, ""});
  if (!direct) {
    links.push_back({"primary-gateway", north.Issue(harness::kNorthGateway), south, north, harness::kPrimaryServerA});
    links.push_back({"partner-gateway", south.Issue(harness::kSouthGateway), south, north, harness::kNorthGateway});
  }
  links.push_back({"partner-server", south.Issue(harness::kPartnerServer), north, direct ? north : south,
                   direct ? harness::kPrimaryServerA : harness::kSouthGateway});
  std::filesystem::create_directories(directory);
  Chain chain{.kind = ChainKind::kHandwritten};
  std::string next;
  for (const Link& link : links) {
    std::vector<std::string> command = {binaries.handwritten, "--role", link.role};
    if (!next.empty()) command.insert(command.end(), {"--next", next, "--next-name", link.next_name});
    if (direct) command.emplace_back("--direct");
    if (!options.insecure) {
      command.insert(command.end(), {"--cert", link.own.chain_file, "--key", link.own.key_file, "--client-roots",
                                     link.callers.root_file(), "--next-roots", link.next.root_file()});
    }
    auto process = harness::Process::Start(command, absl::StrCat(directory, "/", link.role, ".log"));
    if (!process.ok()) return process.status();
    next = process->Address("chain");
    std::string name = link.role;
    name[name.find('-')] = '_';
    chain.members.insert(chain.members.begin(), {name, process->pid()});
    chain.processes.push_back(*std::move(process));
  }
  chain.channel = ChannelTo(next, options.insecure, systems);
  return chain;
}

}  // namespace

const char* NameOf(ChainKind kind) {
  switch (kind) {
    case ChainKind::kDurable:
      return "durable";
    case ChainKind::kVolatile:
      return "volatile";
    case ChainKind::kEmpty:
      return "empty";
    case ChainKind::kEmptyAgain:
      return "empty_again";
    case ChainKind::kHandwritten:
      return "handwritten";
    case ChainKind::kUnsigned:
      return "unsigned";
    case ChainKind::kBesideStalled:
      return "beside_stalled";
    case ChainKind::kBesideFlooding:
      return "beside_flooding";
  }
  return "";
}

absl::StatusOr<Chain> StartChain(ChainKind kind, const Binaries& binaries, const std::string& directory,
                                 const ChainOptions& options, harness::Deployment* certificates) {
  return kind == ChainKind::kHandwritten ? StartHandwritten(binaries, directory, options, *certificates)
                                         : StartDeployment(kind, binaries, directory, options);
}

}  // namespace mcmig::bench
