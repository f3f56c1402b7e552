#include "common/ops/metrics_server.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/config/address.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"

namespace mcmig::ops {
namespace {

// A scrape that is being answered does not wait for one that hangs.
constexpr const char* kOptions[] = {"num_threads",        "2",   //
                                    "connection_queue",   "8",   //
                                    "listen_backlog",     "16",  //
                                    "enable_keep_alive",  "no",  //
                                    "request_timeout_ms", "5000"};

// Connects and hangs up.
void Touch(const std::string& address) {
  const absl::StatusOr<config::Address> parsed = config::ParseAddress(address);
  if (!parsed.ok()) return;
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(parsed->host.c_str(), absl::StrCat(parsed->port).c_str(), &hints, &found) != 0) return;
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket >= 0) {
    (void)connect(socket, found->ai_addr, found->ai_addrlen);
    close(socket);
  }
  freeaddrinfo(found);
}

}  // namespace

MetricsServer::MetricsServer(const Metrics& metrics, std::string address)
    : metrics_(metrics), address_(std::move(address)) {}

MetricsServer::~MetricsServer() { Stop(); }

absl::Status MetricsServer::Start() {
  if (address_.empty()) return absl::OkStatus();
  std::vector<std::string> options(std::begin(kOptions), std::end(kOptions));
  options.insert(options.end(), {"listening_ports", address_});
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(std::move(options));
    exposer_->RegisterCollectable(metrics_.collectable());
    address_ = absl::StrCat(address_.substr(0, address_.rfind(':')), ":", exposer_->GetListeningPorts().at(0));
  } catch (const std::exception&) {
    exposer_.reset();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address_, " (", kName, " listener)"));
  }
  return absl::OkStatus();
}

void MetricsServer::Stop() {
  if (exposer_ == nullptr) return;
  // civetweb looks every two seconds whether it is to end, and whenever someone connects.
  std::atomic<bool> stopped = false;
  std::thread waking([&] {
    while (!stopped) {
      Touch(address_);
      absl::SleepFor(absl::Milliseconds(1));
    }
  });
  exposer_.reset();
  stopped = true;
  waking.join();
}

}  // namespace mcmig::ops
