#ifndef COMMON_CONFIG_CHECKS_H_
#define COMMON_CONFIG_CHECKS_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/config/violations.h"
#include "common/identity/system_table.h"
#include "google/protobuf/duration.pb.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::config {

// Who an insecure listener may take its callers for.
struct AssumedPeers {
  bool own_system = false;
  bool other_systems = false;
  absl::Span<const v1::Role> roles;
};

// The checks that the configuration files share. Each takes a field's path and value and adds what is wrong.
class Checks {
 public:
  // `systems` is null where the system table itself is refused: then what depends on it is not checked.
  Checks(const identity::SystemTable* systems, Violations& violations) : systems_(systems), violations_(violations) {}

  void Add(std::string path, std::string what) { violations_.Add(std::move(path), std::move(what)); }

  // Adds "is missing"; returns whether it is there.
  bool Required(const std::string& path, bool present);
  // A mandatory file that this process can read; its text, or empty.
  std::string File(const std::string& path, const std::string& file);
  // Where present: between the bounds, including them.
  void Within(const std::string& path, const google::protobuf::Duration* duration, absl::Duration least,
              absl::Duration most);
  void DrainGrace(const google::protobuf::Duration* duration);
  void HealthAddress(const std::string& address);
  void MetricsAddress(const std::string& address);
  void Store(bool present, const v1::Store& store);
  // Its directory is none that the process keeps anything else in.
  void Audit(bool present, const v1::Audit& audit, const std::string& store_directory = "");
  // Mandatory, known.
  void Service(const std::string& path, v1::Service service);

  void Listener(const std::string& path, const v1::Listener& listener, const AssumedPeers& assumable);
  void OperatorsListener(bool present, const v1::Listener& listener);
  // Where `in` is known, server_name must be one of its identities with one of `roles`.
  void Endpoint(const std::string& path, const v1::Endpoint& endpoint, const v1::System* in,
                absl::Span<const v1::Role> roles);
  // Last: mandatory exactly where a listener or endpoint checked before is not insecure, or `also_needed`.
  void Certificate(bool present, const v1::Certificate& certificate, bool also_needed);

  // The MC system of this name; adds "is not in the system table". Null too where the table is refused.
  const v1::System* KnownSystem(const std::string& path, const std::string& name);
  [[nodiscard]] const v1::System* OwnSystem() const;
  [[nodiscard]] const identity::SystemTable* systems() const { return systems_; }

 private:
  // Whether it can be parsed; port 0 is for listeners.
  bool HostPort(const std::string& path, const std::string& address, bool listens, bool insecure);
  void Assumed(const std::string& path, const v1::Listener& listener, const AssumedPeers& assumable);

  const identity::SystemTable* systems_;
  Violations& violations_;
  bool needs_certificate_ = false;
};

// "NAME" of the configuration, for messages: "ROLE_GATEWAY or ROLE_PRIMARY_SERVER".
std::string RoleNames(absl::Span<const v1::Role> roles);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_CHECKS_H_
