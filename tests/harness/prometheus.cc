#include "tests/harness/prometheus.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace mcmig::harness {
namespace {

constexpr char kConfig[] = R"(global:
  scrape_interval: 1s
scrape_configs:
  - job_name: mcmig
    file_sd_configs:
      - files: [prometheus-targets.json]
)";

}  // namespace

std::string WritePrometheusConfig(const Deployment& deployment, const std::string& directory) {
  nlohmann::json targets = nlohmann::json::array();
  const auto add = [&](const Process* process, const char* role, const char* system) {
    if (process == nullptr) return;
    targets.push_back({{"targets", {process->Address("metrics")}}, {"labels", {{"job", role}, {"system", system}}}});
  };
  add(deployment.client_agent.get(), "client-agent", "north");
  add(deployment.partner_server.get(), "partner-server", "south");
  add(deployment.south_gateway.get(), "gateway", "south");
  add(deployment.north_gateway.get(), "gateway", "north");
  add(deployment.primary_server_a.get(), "primary-server", "north");
  add(deployment.primary_server_b.get(), "primary-server", "north");
  WriteFile(absl::StrCat(directory, "/prometheus-targets.json"), absl::StrCat(targets.dump(2), "\n"));
  const std::string config = absl::StrCat(directory, "/prometheus.yml");
  WriteFile(config, kConfig);
  return config;
}

}  // namespace mcmig::harness
