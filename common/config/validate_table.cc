#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/config/checks.h"
#include "common/config/names.h"
#include "common/config/pem.h"
#include "common/config/validate.h"
#include "common/identity/revocation.h"

namespace mcmig::config {
namespace {

constexpr int kMostSystems = 1'000;
constexpr size_t kLongestAudience = 256;  // as token::kMaxIdClaimBytes
constexpr v1::Role kEntryRoles[] = {v1::ROLE_GATEWAY, v1::ROLE_PRIMARY_SERVER};
constexpr v1::Role kVisitorsEntryRoles[] = {v1::ROLE_GATEWAY, v1::ROLE_PARTNER_SERVER};

// What must be unique over all systems, by the path that has it first.
struct Taken {
  absl::flat_hash_map<std::string, std::string> names;
  absl::flat_hash_map<std::string, std::string> domains;
  // By root certificate and SAN: under one root, a name can have only one holder.
  std::map<std::pair<std::string, std::string>, std::string> sans;
};

class SystemChecks {
 public:
  SystemChecks(const v1::SystemTable& table, Checks& checks) : table_(table), checks_(checks) {}

  void Run(int index) {
    const v1::System& system = table_.systems(index);
    path_ = absl::StrCat("systems[", index, "]");
    Name(system);
    Domains(system);
    Identities(system, Roots(system));
    RevocationLists(system);
    const bool own = system.name() == table_.own_system();
    if (own && system.has_entry()) checks_.Add(path_ + ".entry", "is not for the own MC system");
    if (own && system.has_agreement()) checks_.Add(path_ + ".agreement", "is not for the own MC system");
    if (!own && system.has_entry()) checks_.Endpoint(path_ + ".entry", system.entry(), &system, kEntryRoles);
    if (own && system.has_visitors_entry()) checks_.Add(path_ + ".visitors_entry", "is not for the own MC system");
    if (!own && system.has_visitors_entry()) {
      checks_.Endpoint(path_ + ".visitors_entry", system.visitors_entry(), &system, kVisitorsEntryRoles);
    }
    if (own && !system.credential_audience().empty()) {
      checks_.Add(path_ + ".credential_audience", "is not for the own MC system");
    }
    if (own && system.has_limits()) checks_.Add(path_ + ".limits", "is not for the own MC system");
    Limits(path_ + ".limits.", system.limits());
    if (system.credential_audience().size() > kLongestAudience) {
      checks_.Add(path_ + ".credential_audience", absl::StrCat("must be at most ", kLongestAudience, " bytes"));
    }
    Grants(system, own);
    Services(path_ + ".agreement.visitors_from", system.agreement().visitors_from());
    Services(path_ + ".agreement.own_users_to", system.agreement().own_users_to());
  }

 private:
  void Name(const v1::System& system) {
    const std::string path = path_ + ".name";
    if (!checks_.Required(path, !system.name().empty())) return;
    if (!IsSystemName(system.name())) return checks_.Add(path, "must be 1 to 64 characters of a-z, 0-9, '.', '-'");
    const auto [first, added] = taken_.names.try_emplace(system.name(), path);
    if (!added) checks_.Add(path, absl::StrCat("is the same as ", first->second));
  }

  void Domains(const v1::System& system) {
    checks_.Required(path_ + ".id_domains", system.id_domains_size() > 0);
    for (int i = 0; i < system.id_domains_size(); ++i) {
      const std::string path = absl::StrCat(path_, ".id_domains[", i, "]");
      const std::string& domain = system.id_domains(i);
      if (!IsIdDomain(domain)) {
        checks_.Add(path, "must be a host name in lower case, or one after '*.'");
        continue;
      }
      const auto [first, added] = taken_.domains.try_emplace(domain, path);
      if (!added) checks_.Add(path, absl::StrCat("is the same as ", first->second));
    }
  }

  std::vector<std::string> Roots(const v1::System& system) {
    std::vector<std::string> roots;
    checks_.Required(path_ + ".root_certificate_files", system.root_certificate_files_size() > 0);
    for (int i = 0; i < system.root_certificate_files_size(); ++i) {
      const std::string path = absl::StrCat(path_, ".root_certificate_files[", i, "]");
      const std::string pem = checks_.File(path, system.root_certificate_files(i));
      if (pem.empty()) continue;
      const absl::StatusOr<std::vector<std::string>> certificates = CertificatesOf(pem);
      if (!certificates.ok()) {
        checks_.Add(path, std::string(certificates.status().message()));
        continue;
      }
      roots.insert(roots.end(), certificates->begin(), certificates->end());
    }
    return roots;
  }

  void RevocationLists(const v1::System& system) {
    for (int i = 0; i < system.crl_files_size(); ++i) {
      const std::string path = absl::StrCat(path_, ".crl_files[", i, "]");
      const std::string pem = checks_.File(path, system.crl_files(i));
      if (pem.empty()) continue;
      const absl::Status read = identity::RevocationLists::Parse(pem).status();
      if (!read.ok()) checks_.Add(path, std::string(read.message()));
    }
  }

  void Identities(const v1::System& system, const std::vector<std::string>& roots) {
    absl::flat_hash_map<std::string, std::string> here;
    for (int i = 0; i < system.identities_size(); ++i) {
      const v1::Identity& identity = system.identities(i);
      const std::string path = absl::StrCat(path_, ".identities[", i, "]");
      const std::string san_path = path + ".san";
      checks_.Required(path + ".role", identity.role() != v1::ROLE_UNSPECIFIED);
      if (!checks_.Required(san_path, !identity.san().empty())) continue;
      if (const auto [first, added] = here.try_emplace(identity.san(), san_path); !added) {
        checks_.Add(san_path, absl::StrCat("is the same as ", first->second));
        continue;
      }
      for (const std::string& root : roots) {
        const auto [first, added] = taken_.sans.try_emplace({root, identity.san()}, san_path);
        if (added || first->second == san_path) continue;
        checks_.Add(san_path, absl::StrCat("is the same as ", first->second, " under the same root"));
        break;
      }
    }
  }

  void Limits(const std::string& path, const v1::PeerLimits& limits) {
    AtMost(path + "max_incoming", limits.max_incoming(), 100'000);
    AtMost(path + "incoming_per_second", limits.incoming_per_second(), 1'000'000);
    AtMost(path + "max_outgoing", limits.max_outgoing(), 100'000);
    AtMost(path + "max_emergency_in_flight", limits.max_emergency_in_flight(), 100'000);
    AtMost(path + "emergency_per_second", limits.emergency_per_second(), 1'000'000);
    AtMost(path + "failures_until_pause", limits.failures_until_pause(), 1'000);
    checks_.Within(path + "longest_call", limits.has_longest_call() ? &limits.longest_call() : nullptr,
                   absl::Milliseconds(100), absl::Minutes(5));
    checks_.Within(path + "first_pause", limits.has_first_pause() ? &limits.first_pause() : nullptr,
                   absl::Milliseconds(100), absl::Minutes(5));
  }

  void AtMost(const std::string& path, uint32_t value, uint32_t most) {
    if (value > most) checks_.Add(path, absl::StrCat("must be at most ", most));
  }

  // The key set itself is read where it is used, by the partner MC service server.
  void Grants(const v1::System& system, bool own) {
    if (!system.has_grants()) return;
    const std::string path = path_ + ".grants";
    if (own) return checks_.Add(path, "is not for the own MC system");
    checks_.Required(path + ".jwks_file", !system.grants().jwks_file().empty());
    checks_.Required(path + ".issuer", !system.grants().issuer().empty());
    checks_.Required(path + ".audience", !system.grants().audience().empty());
  }

  template <class RepeatedServices>
  void Services(const std::string& path, const RepeatedServices& services) {
    absl::flat_hash_set<int> seen;
    for (int i = 0; i < services.size(); ++i) {
      const std::string here = absl::StrCat(path, "[", i, "]");
      checks_.Service(here, static_cast<v1::Service>(services[i]));
      if (!seen.insert(services[i]).second) checks_.Add(here, "is there already");
    }
  }

  const v1::SystemTable& table_;
  Checks& checks_;
  std::string path_;
  Taken taken_;
};

}  // namespace

void Validate(const v1::SystemTable& table, Violations& violations) {
  Checks checks(nullptr, violations);
  if (checks.Required("own_system", !table.own_system().empty())) {
    bool found = false;
    for (const v1::System& system : table.systems()) found = found || system.name() == table.own_system();
    if (!found) checks.Add("own_system", "is not one of systems");
  }
  if (table.systems_size() > kMostSystems) {
    return checks.Add("systems", absl::StrCat("must be at most ", kMostSystems));
  }
  SystemChecks systems(table, checks);
  for (int i = 0; i < table.systems_size(); ++i) systems.Run(i);
}

}  // namespace mcmig::config
