#include "common/config/checks.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/config/address.h"
#include "common/config/duration.h"
#include "common/config/pem.h"
#include "common/config/tree.h"

namespace mcmig::config {
namespace {

constexpr uint32_t kMostInFlight = 100'000;
constexpr uint64_t kLeastSegmentBytes = uint64_t{1} << 20;
constexpr uint64_t kMostSegmentBytes = uint64_t{1} << 30;

// Whether `inner` is `outer` or somewhere in it.
bool IsIn(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  const std::filesystem::path relative = inner.lexically_normal().lexically_relative(outer.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

std::string RoleNames(absl::Span<const v1::Role> roles) {
  return absl::StrJoin(roles, " or ", [](std::string* out, v1::Role role) { out->append(v1::Role_Name(role)); });
}

bool Checks::Required(const std::string& path, bool present) {
  if (!present) Add(path, "is missing");
  return present;
}

std::string Checks::File(const std::string& path, const std::string& file) {
  if (!Required(path, !file.empty())) return "";
  absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) {
    Add(path, absl::StrCat(text.status().message(), " (", file, ")"));
    return "";
  }
  return *std::move(text);
}

void Checks::Within(const std::string& path, const google::protobuf::Duration* duration, absl::Duration least,
                    absl::Duration most) {
  if (duration == nullptr) return;
  const absl::Duration value = ToDuration(*duration);
  if (value < least || value > most) {
    Add(path, absl::StrCat("must be ", absl::FormatDuration(least), " to ", absl::FormatDuration(most)));
  }
}

void Checks::DrainGrace(const google::protobuf::Duration* duration) {
  Within("drain_grace", duration, absl::ZeroDuration(), absl::Minutes(5));
}

void Checks::HealthAddress(const std::string& address) {
  // Plain text on any address by design: probes speak no TLS, and the listener tells nothing but health.
  if (!address.empty()) HostPort("health_address", address, /*listens=*/true, /*insecure=*/false);
}

void Checks::MetricsAddress(const std::string& address) {
  // Plain text on any address, too: it tells no identities.
  if (address.empty() || !HostPort("metrics_address", address, /*listens=*/true, /*insecure=*/false)) return;
  if (absl::StrContains(ParseAddress(address)->host, ':')) {
    Add("metrics_address", "must be an IPv4 address or a host name; the HTTP server knows no IPv6");
  }
}

void Checks::Store(bool present, const v1::Store& store) {
  if (!Required("store", present)) return;
  if (store.directory().empty() != store.has_postgresql()) {
    return Add("store", store.has_postgresql() ? "has both directory and postgresql; exactly one is needed"
                                               : "has neither directory nor postgresql; exactly one is needed");
  }
  constexpr uint32_t kLeastCacheMib = 16;
  constexpr uint32_t kMostCacheMib = 65'536;
  if (store.cache_mib() != 0 && (store.cache_mib() < kLeastCacheMib || store.cache_mib() > kMostCacheMib)) {
    Add("store.cache_mib", "must be 16 to 65536");
  }
  if (store.has_postgresql()) {
    File("store.postgresql.connection_string_file", store.postgresql().connection_string_file());
    return;
  }
  std::error_code error;
  if (std::filesystem::exists(store.directory(), error) && !std::filesystem::is_directory(store.directory(), error)) {
    Add("store.directory", absl::StrCat("is not a directory (", store.directory(), ")"));
  }
}

void Checks::Audit(bool present, const v1::Audit& audit, const std::string& store_directory) {
  if (!present) return;
  const std::string path = "audit.directory";
  if (!Required(path, !audit.directory().empty())) return;
  std::error_code error;
  if (std::filesystem::exists(audit.directory(), error) && !std::filesystem::is_directory(audit.directory(), error)) {
    Add(path, absl::StrCat("is not a directory (", audit.directory(), ")"));
  }
  if (!store_directory.empty() &&
      (IsIn(audit.directory(), store_directory) || IsIn(store_directory, audit.directory()))) {
    Add(path, "is store.directory, or one of the two is in the other");
  }
  if (audit.max_segment_bytes() != 0 &&
      (audit.max_segment_bytes() < kLeastSegmentBytes || audit.max_segment_bytes() > kMostSegmentBytes)) {
    Add("audit.max_segment_bytes", absl::StrCat("must be between ", kLeastSegmentBytes, " and ", kMostSegmentBytes));
  }
}

void Checks::Service(const std::string& path, v1::Service service) {
  Required(path, service != v1::SERVICE_UNSPECIFIED);
}

bool Checks::HostPort(const std::string& path, const std::string& address, bool listens, bool insecure) {
  if (!Required(path, !address.empty())) return false;
  const absl::StatusOr<Address> parsed = ParseAddress(address);
  if (!parsed.ok()) {
    Add(path, std::string(parsed.status().message()));
    return false;
  }
  if (!listens && parsed->port == 0) Add(path, "port 0 is for listeners only");
  if (insecure && !parsed->loopback) Add(path, "must be a loopback address where insecure");
  return true;
}

void Checks::Listener(const std::string& path, const v1::Listener& listener, const AssumedPeers& assumable) {
  HostPort(path + ".address", listener.address(), /*listens=*/true, listener.insecure());
  if (listener.max_in_flight() > kMostInFlight) {
    Add(path + ".max_in_flight", absl::StrCat("must be at most ", kMostInFlight));
  }
  if (listener.max_emergency_in_flight() > kMostInFlight) {
    Add(path + ".max_emergency_in_flight", absl::StrCat("must be at most ", kMostInFlight));
  }
  Within(path + ".max_deadline", listener.has_max_deadline() ? &listener.max_deadline() : nullptr,
         absl::Milliseconds(1), absl::Minutes(5));
  Within(path + ".max_connection_age", listener.has_max_connection_age() ? &listener.max_connection_age() : nullptr,
         absl::Seconds(1), absl::Hours(1));
  if (listener.insecure()) {
    Assumed(path + ".assumed_peer", listener, assumable);
    return;
  }
  needs_certificate_ = true;
  if (listener.has_assumed_peer()) Add(path + ".assumed_peer", "is for insecure listeners only");
}

void Checks::Assumed(const std::string& path, const v1::Listener& listener, const AssumedPeers& assumable) {
  if (!listener.has_assumed_peer()) return Add(path, "is missing; an insecure listener needs it");
  const v1::AssumedPeer& peer = listener.assumed_peer();
  if (std::find(assumable.roles.begin(), assumable.roles.end(), peer.role()) == assumable.roles.end()) {
    Add(path + ".role", absl::StrCat("must be ", RoleNames(assumable.roles)));
  }
  const v1::System* system = KnownSystem(path + ".system", peer.system());
  if (system == nullptr) return;
  const bool own = system->name() == systems_->own();
  if (own && !assumable.own_system) Add(path + ".system", "must be another MC system");
  if (!own && !assumable.other_systems) Add(path + ".system", "must be the own MC system");
}

void Checks::OperatorsListener(bool present, const v1::Listener& listener) {
  constexpr v1::Role kOperators[] = {v1::ROLE_READER, v1::ROLE_OPERATOR, v1::ROLE_SECURITY};
  if (present) Listener("operators_listener", listener, {.own_system = true, .roles = kOperators});
}

void Checks::Endpoint(const std::string& path, const v1::Endpoint& endpoint, const v1::System* in,
                      absl::Span<const v1::Role> roles) {
  HostPort(path + ".address", endpoint.address(), /*listens=*/false, endpoint.insecure());
  const std::string name_path = path + ".server_name";
  if (endpoint.insecure()) {
    if (endpoint.server_name().empty()) return;
  } else {
    needs_certificate_ = true;
    if (!Required(name_path, !endpoint.server_name().empty())) return;
  }
  if (in == nullptr) return;
  const bool fits = std::any_of(in->identities().begin(), in->identities().end(), [&](const v1::Identity& identity) {
    return identity.san() == endpoint.server_name() &&
           std::find(roles.begin(), roles.end(), identity.role()) != roles.end();
  });
  if (!fits) {
    Add(name_path,
        absl::StrCat("is no identity of MC system ", in->name(), " with ", RoleNames(roles), " in the system table"));
  }
}

void Checks::Certificate(bool present, const v1::Certificate& certificate, bool also_needed) {
  if (!present) {
    if (needs_certificate_ || also_needed)
      Add("certificate", "is missing; not every listener and endpoint is insecure");
    return;
  }
  const std::string chain = File("certificate.chain_file", certificate.chain_file());
  const std::string key = File("certificate.key_file", certificate.key_file());
  if (chain.empty() || key.empty()) return;
  if (const auto certificates = CertificatesOf(chain); !certificates.ok()) {
    return Add("certificate.chain_file", std::string(certificates.status().message()));
  }
  if (const absl::Status fits = CheckKeyOf(chain, key); !fits.ok()) {
    Add("certificate.key_file", std::string(fits.message()));
  }
}

const v1::System* Checks::KnownSystem(const std::string& path, const std::string& name) {
  if (!Required(path, !name.empty()) || systems_ == nullptr) return nullptr;
  const identity::SystemTable::System* system = systems_->Find(name);
  if (system == nullptr) {
    Add(path, "is not in the system table");
    return nullptr;
  }
  return &system->config;
}

const v1::System* Checks::OwnSystem() const {
  return systems_ == nullptr ? nullptr : &systems_->Find(systems_->own())->config;
}

}  // namespace mcmig::config
