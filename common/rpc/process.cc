#include "common/rpc/process.h"

#include <glog/logging.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/config/load.h"
#include "nlohmann/json.hpp"

namespace mcmig::rpc {
namespace {

sigset_t OwnSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

absl::Status WriteReadyFile(const std::vector<std::unique_ptr<Server>>& servers, const ops::MetricsServer* metrics,
                            const std::string& name) {
  nlohmann::json listeners = nlohmann::json::object();
  for (const auto& server : servers) listeners[server->name()] = server->address();
  if (metrics != nullptr && !metrics->address().empty()) {
    listeners[std::string(ops::MetricsServer::kName)] = metrics->address();
  }
  const nlohmann::json ready = {{"pid", getpid()}, {"listeners", listeners}};
  const std::string unfinished = absl::StrCat(name, ".", getpid());
  std::ofstream file(unfinished, std::ios::trunc);
  file << ready.dump() << "\n";
  file.close();
  if (!file || std::rename(unfinished.c_str(), name.c_str()) != 0) {
    std::remove(unfinished.c_str());
    return absl::UnavailableError(absl::StrCat("cannot write the ready file ", name));
  }
  return absl::OkStatus();
}

void Drain(const std::vector<Server*>& servers, absl::Duration grace) {
  std::vector<std::thread> drains;
  drains.reserve(servers.size());
  for (Server* server : servers) drains.emplace_back([server, grace] { server->Shutdown(grace); });
  for (std::thread& drain : drains) drain.join();
}

void DrainAll(const std::vector<Server*>& started, absl::Duration grace) {
  // Probes see NOT_SERVING until the last call has ended.
  std::vector<Server*> first;
  std::vector<Server*> last;
  for (Server* server : started) (server->name() == Server::kHealthName ? last : first).push_back(server);
  Drain(first, grace);
  Drain(last, absl::ZeroDuration());
}

}  // namespace

void BlockSignals() {
  const sigset_t signals = OwnSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Process::Process(std::shared_ptr<const Credentials> credentials, ops::Metrics* metrics, audit::Trail* trail)
    : credentials_(std::move(credentials)), metrics_(metrics), trail_(trail), reloads_(metrics) {
  if (trail_ == nullptr) return;
  RunInBackground(
      [trail](async::Executor& executor, async::CancelSignal& stop) { return trail->RecordAttempts(executor, stop); });
}

absl::StatusOr<Server*> Process::Listen(identity::Listener kind, const config::v1::Listener& config) {
  auto listener = Server::Create(loop_, kind, config, credentials_, health_, metrics_);
  if (!listener.ok()) return listener.status();
  (*listener)->AuditTo(trail_);
  listeners_.push_back(*std::move(listener));
  return listeners_.back().get();
}

void Process::ListenForHealth(const std::string& address) {
  if (!address.empty()) listeners_.push_back(Server::CreateForHealth(loop_, address, health_));
}

void Process::KeepCertificates(std::shared_ptr<Credentials> credentials, std::shared_ptr<identity::SystemTable> systems,
                               const std::string& table_file) {
  const auto measured = [credentials, metrics = metrics_](absl::StatusOr<bool> changed) {
    if (changed.ok() && *changed && metrics != nullptr) credentials->MeasureExpiry(*metrics);
    return changed;
  };
  reloads_.Add(
      "certificate", [credentials] { return credentials->files(); },
      [credentials, measured] { return measured(credentials->Reload()); });
  reloads_.Add(
      "system_table",
      [systems, table_file] {
        std::vector<std::string> files = systems->trust()->files();
        files.push_back(table_file);
        return files;
      },
      [systems, table_file, measured] { return measured(config::ReloadSystemTable(table_file, *systems)); });
}

absl::Status Process::RunUntilSignal(absl::Duration grace, const std::string& ready_file, ops::MetricsServer* metrics) {
  std::vector<Server*> started;
  absl::Status status = metrics != nullptr ? metrics->Start() : absl::OkStatus();
  for (const auto& server : listeners_) {
    if (!status.ok()) break;
    status = server->Start();
    if (!status.ok()) break;
    started.push_back(server.get());
    LOG(INFO) << "serving " << server->name() << " on " << server->address();
  }
  // Who reads the ready file finds the process serving.
  health_->SetServing(status.ok());
  if (status.ok() && !ready_file.empty()) status = WriteReadyFile(listeners_, metrics, ready_file);
  if (!status.ok()) {
    DrainAll(started, absl::ZeroDuration());
    if (metrics != nullptr) metrics->Stop();
    return status;
  }

  loop_->loop().Post([this] {
    for (const Background& background : backgrounds_) {
      loop_->loop().Spawn(background(loop_->loop(), stop_backgrounds_));
    }
  });

  reloads_.Start();
  const sigset_t signals = OwnSignals();
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) reloads_.Now();
  reloads_.Stop();
  LOG(INFO) << "draining for at most " << grace;
  health_->SetServing(false);
  loop_->loop().Post([this] { stop_backgrounds_.Cancel(); });
  DrainAll(started, grace);
  if (metrics != nullptr) metrics->Stop();
  if (!ready_file.empty()) std::remove(ready_file.c_str());
  LOG(INFO) << "drained";
  return absl::OkStatus();
}

}  // namespace mcmig::rpc
