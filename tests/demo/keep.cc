#include "tests/demo/keep.h"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/harness/process.h"
#include "tests/harness/prometheus.h"

namespace mcmig::demo {
namespace {

std::string NotePath(const std::string& directory) { return absl::StrCat(directory, "/running"); }

// The program that a process runs; empty where there is no such process.
std::string ProgramOf(pid_t pid) {
  std::error_code error;
  return std::filesystem::read_symlink(absl::StrCat("/proc/", pid, "/exe"), error).string();
}

// The noted processes that still run that program.
std::vector<pid_t> RunningNoted(const std::string& directory) {
  std::ifstream note(NotePath(directory));
  std::vector<pid_t> running;
  pid_t pid = 0;
  std::string program;
  while (note >> pid >> program) {
    if (ProgramOf(pid) == program) running.push_back(pid);
  }
  return running;
}

void Grpcurl(const harness::Pki& system, const harness::Credential& caller, const std::string& server_name,
             const std::string& arguments) {
  std::cout << "  grpcurl -cacert " << system.root_file() << " -cert " << caller.chain_file << " -key "
            << caller.key_file << " -servername " << server_name << " " << arguments << "\n\n";
}

}  // namespace

void LeaveUp(harness::Deployment& d, const std::string& directory) {
  std::ofstream note(NotePath(directory));
  std::cout << "\nBoth systems with gateways stay up; `./dev demo --stop` ends them.\n\nMetrics:\n";
  for (auto* process : {&d.client_agent, &d.partner_server, &d.south_gateway, &d.north_gateway, &d.primary_server_a,
                        &d.primary_server_b}) {
    const pid_t pid = (*process)->Release();
    note << pid << " " << ProgramOf(pid) << "\n";
    const std::string name = std::filesystem::path((*process)->log_file()).stem().string();
    std::cout << absl::StrFormat("  %-18s curl http://%s/metrics\n", name, (*process)->Address("metrics"));
  }
  const harness::Credential& application = d.north.Issue(harness::kApplication);
  const std::string agent = d.client_agent->Address("client");
  std::cout << "\nTry:\n\n  prometheus --config.file=" << harness::WritePrometheusConfig(d, directory)
            << " --storage.tsdb.path=" << directory << "/prometheus --web.listen-address=127.0.0.1:9090\n\n";
  Grpcurl(d.north, application, harness::kClient, absl::StrCat(agent, " list"));
  Grpcurl(d.north, application, harness::kClient, absl::StrCat(agent, " grpc.health.v1.Health/Check"));
  Grpcurl(d.north, application, harness::kClient,
          absl::StrCat("-d '{\"primary_mc_service_id\":\"", harness::kFrank.PrimaryId(),
                       "\",\"partner_system\":\"south\",\"mc_service\":\"MC_SERVICE_MCPTT\"}' ", agent,
                       " mcmig.v1.McServiceClient/Migrate"));
  Grpcurl(d.north, d.north.Issue(harness::kNorthOperator), harness::kPrimaryServerA,
          absl::StrCat(d.primary_server_a->Address("operators"), " mcmig.v1.PrimaryAdmin/ListMigrations"));
}

bool IsUp(const std::string& directory) { return !RunningNoted(directory).empty(); }

int Stop(const std::string& directory) {
  const std::vector<pid_t> running = RunningNoted(directory);
  for (const pid_t pid : running) kill(pid, SIGTERM);
  std::cout << "ending " << running.size() << " processes\n";
  std::filesystem::remove(NotePath(directory));
  return 0;
}

}  // namespace mcmig::demo
