#include "common/identity/system_table.h"

#include <atomic>
#include <cstddef>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/async/mutex.h"
#include "google/protobuf/util/message_differencer.h"

namespace mcmig::identity {
namespace {

using google::protobuf::util::MessageDifferencer;

// Adopt takes these, and needs a restart for whatever else there is, what is added to the schema included.
bool IsLive(const google::protobuf::FieldDescriptor& field) {
  return field.name() == "identities" || field.name() == "root_certificate_files" || field.name() == "crl_files";
}

// The names of the fields, other than live ones, that differ; comma-separated.
std::string FixedDifferences(const config::v1::System& now, const config::v1::System& next) {
  std::vector<std::string> names;
  const google::protobuf::Descriptor& descriptor = *config::v1::System::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *descriptor.field(i);
    if (IsLive(field)) continue;
    MessageDifferencer differencer;
    std::vector<const google::protobuf::FieldDescriptor*> only = {&field};
    if (!differencer.CompareWithFields(now, next, only, only)) names.emplace_back(field.name());
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

struct SystemTable::State {
  SystemName own;
  std::vector<System> systems;
  // Index into `systems`.
  absl::flat_hash_map<std::string, size_t> by_name;
  absl::flat_hash_map<std::string, size_t> by_domain;
  // Without the leading "*.".
  absl::flat_hash_map<std::string, size_t> by_parent_domain;
  std::atomic<uint64_t> generation = 0;
  async::Mutex mutex;
  std::shared_ptr<Trust> trust ABSL_GUARDED_BY(mutex);

  absl::Status Add(const config::v1::System& config);
  absl::Status AddDomains(const config::v1::System& config);
  std::shared_ptr<Trust> Now() {
    const async::MutexLock lock(mutex);
    return trust;
  }
};

absl::Status SystemTable::State::AddDomains(const config::v1::System& config) {
  for (const std::string& domain : config.id_domains()) {
    absl::string_view name = domain;
    auto& domains = absl::ConsumePrefix(&name, "*.") ? by_parent_domain : by_domain;
    if (!domains.try_emplace(name, systems.size()).second) {
      return absl::InvalidArgumentError(absl::StrCat("systems: domain claimed twice: ", domain));
    }
  }
  return absl::OkStatus();
}

absl::Status SystemTable::State::Add(const config::v1::System& config) {
  if (!by_name.try_emplace(config.name(), systems.size()).second) {
    return absl::InvalidArgumentError(absl::StrCat("systems: name used twice: ", config.name()));
  }
  if (absl::Status added = AddDomains(config); !added.ok()) return added;
  systems.push_back({.config = config, .own = config.name() == own});
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SystemTable>> SystemTable::Create(const config::v1::SystemTable& table,
                                                                 const std::string& directory) {
  auto state = std::make_unique<State>();
  state->own = table.own_system();
  for (const config::v1::System& system : table.systems()) {
    if (absl::Status added = state->Add(system); !added.ok()) return added;
  }
  if (!state->by_name.contains(state->own)) return absl::InvalidArgumentError("own_system: is not one of systems");
  absl::StatusOr<std::shared_ptr<Trust>> trust = Trust::Load(table, directory);
  if (!trust.ok()) return trust.status();
  {
    const async::MutexLock lock(state->mutex);
    state->trust = *std::move(trust);
  }
  return std::shared_ptr<SystemTable>(new SystemTable(std::move(state)));
}

SystemTable::SystemTable(std::unique_ptr<State> state) : state_(std::move(state)) {}
SystemTable::~SystemTable() = default;

const SystemName& SystemTable::own() const { return state_->own; }

const SystemTable::System* SystemTable::Find(absl::string_view name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? nullptr : &state_->systems[found->second];
}

const std::vector<SystemTable::System>& SystemTable::systems() const { return state_->systems; }

std::optional<SystemName> SystemTable::SystemOf(const McServiceId& id) const { return SystemOfDomain(id.domain()); }

std::optional<SystemName> SystemTable::SystemOfDomain(absl::string_view domain) const {
  const auto exact = state_->by_domain.find(domain);
  if (exact != state_->by_domain.end()) return state_->systems[exact->second].config.name();
  for (size_t dot = domain.find('.'); dot != absl::string_view::npos; dot = domain.find('.')) {
    domain.remove_prefix(dot + 1);
    const auto parent = state_->by_parent_domain.find(domain);
    if (parent != state_->by_parent_domain.end()) return state_->systems[parent->second].config.name();
  }
  return std::nullopt;
}

absl::StatusOr<Peer> SystemTable::Identify(absl::string_view pem_chain, absl::Time now) const {
  return state_->Now()->Identify(pem_chain, now);
}

std::shared_ptr<const Trust> SystemTable::trust() const { return state_->Now(); }

absl::StatusOr<bool> SystemTable::Adopt(const SystemTable& next) {
  std::vector<std::string> fixed;
  if (next.own() != own()) fixed.emplace_back("own_system");
  for (const System& system : systems()) {
    const System* const other = next.Find(system.config.name());
    const std::string fields = other == nullptr ? "removed" : FixedDifferences(system.config, other->config);
    if (!fields.empty()) fixed.push_back(absl::StrCat(system.config.name(), ": ", fields));
  }
  for (const System& system : next.systems()) {
    if (Find(system.config.name()) == nullptr) fixed.push_back(absl::StrCat(system.config.name(), ": added"));
  }
  if (!fixed.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("needs a restart: ", absl::StrJoin(fixed, "; ")));
  }
  // The reading keeps its Trust: what it found out about peers is as true here.
  std::shared_ptr<Trust> trust = next.state_->Now();
  const async::MutexLock lock(state_->mutex);
  if (trust->content() == state_->trust->content()) return false;
  state_->trust = std::move(trust);
  ++state_->generation;
  return true;
}

uint64_t SystemTable::generation() const { return state_->generation; }

}  // namespace mcmig::identity
