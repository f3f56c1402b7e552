#include "tests/border/inside.h"

#include <unistd.h>

#include <array>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/protocol/cause.h"
#include "tests/harness/layout.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {
namespace {

using harness::Deployment;
using harness::Process;

void AddProcess(const Process& process, std::set<std::pair<std::string, std::string>>& secrets) {
  for (const char* listener : {"client", "inside", "operators", "health", "metrics"}) {
    const std::string address = process.Address(listener);
    if (address.empty()) continue;
    secrets.emplace(absl::StrCat(listener, " address"), address);
    secrets.emplace(absl::StrCat(listener, " port"), address.substr(address.rfind(':')));
  }
  secrets.emplace("path", process.log_file());
  secrets.emplace("directory", process.log_file().substr(0, process.log_file().rfind('/')));
  for (const absl::string_view line : absl::StrSplit(process.Log(), '\n')) {
    if (!absl::StrContains(line, " decision ")) continue;
    const std::string trace = harness::Field(std::string(line), "trace");
    if (trace.size() == 32) {
      secrets.emplace("trace", trace);
      secrets.emplace("trace, as bytes", absl::HexStringToBytes(trace));
    }
    const std::string rule = harness::Field(std::string(line), "rule");
    if (rule.size() > 1) secrets.emplace("rule", rule);
  }
}

}  // namespace

std::vector<Secret> SecretsOf(const Deployment& deployment) {
  std::set<std::pair<std::string, std::string>> secrets;
  for (const auto* process : {&deployment.primary_server_a, &deployment.primary_server_b, &deployment.north_gateway,
                              &deployment.south_gateway, &deployment.partner_server, &deployment.client_agent}) {
    if (*process != nullptr) AddProcess(**process, secrets);
  }
  for (const char* name :
       {harness::kPrimaryServerA, harness::kPrimaryServerB, harness::kNorthOperator, harness::kNorthReader,
        harness::kNorthSecurity, harness::kNorthCallControl, harness::kClient, harness::kApplication,
        harness::kPartnerServer, harness::kSouthOperator, harness::kSouthCallControl}) {
    secrets.emplace("name", name);
  }
  // Parts of the names of certificates, files and processes; a server's name is never part of an ID of the cast.
  for (const char* word : {"primary-server", "partner-server", "client-agent", "-gateway", "call-control", "operator",
                           "north root", "south root", "systems.yaml", "-store", ".jsonl", "rocksdb", "RocksDB",
                           "127.0.0.1", "localhost", "traceparent"}) {
    secrets.emplace("word", word);
  }
  for (const protocol::CauseInfo& info : protocol::AllCauses()) {
    if (info.public_form == info.cause) continue;
    secrets.emplace("cause", info.name);
    secrets.emplace("text of a cause", info.text);
  }
  std::array<char, 256> host{};
  // A short name would be found in any bytes.
  if (gethostname(host.data(), host.size() - 1) == 0 && absl::string_view(host.data()).size() > 5) {
    secrets.emplace("host", host.data());
  }
  std::vector<Secret> list;
  list.reserve(secrets.size());
  for (const auto& [what, bytes] : secrets) list.push_back({what, bytes});
  return list;
}

std::string Leaks(const std::vector<Secret>& secrets, const std::string& bytes) {
  std::string found;
  for (const Secret& secret : secrets) {
    const size_t at = bytes.find(secret.bytes);
    if (at == std::string::npos) continue;
    const size_t from = at < 60 ? 0 : at - 60;
    absl::StrAppend(&found, secret.what, " ", absl::CHexEscape(secret.bytes), ": ...",
                    absl::CHexEscape(bytes.substr(from, 160)), "...\n");
  }
  return found;
}

}  // namespace mcmig::border
