#include "common/token/configured_keys.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/algorithm.h"
#include "common/token/fetched_keys.h"
#include "common/token/file_keys.h"

namespace mcmig::token {
namespace {

absl::StatusOr<Algorithms> AllowedAlgorithms(const google::protobuf::RepeatedPtrField<std::string>& names) {
  Algorithms allowed;
  for (const std::string& name : names) {
    const std::optional<Algorithm> algorithm = AlgorithmOfName(name);
    if (!algorithm.has_value()) {
      return absl::InvalidArgumentError("algorithms: only ES256, RS256, PS256 and EdDSA can be allowed");
    }
    if (absl::c_linear_search(allowed, *algorithm)) return absl::InvalidArgumentError("algorithms: one occurs twice");
    allowed.push_back(*algorithm);
  }
  if (allowed.empty()) return absl::InvalidArgumentError("algorithms: at least one is needed");
  return allowed;
}

bool LeewayInRange(const google::protobuf::Duration& leeway) {
  if (leeway.seconds() < 0 || leeway.nanos() < 0 || leeway.nanos() > 999'999'999) return false;
  return leeway.seconds() < 30 || (leeway.seconds() == 30 && leeway.nanos() == 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> OpenConfiguredKeys(const KeyConfig& config, absl::string_view directory) {
  if (config.jwks_file.empty() && config.jwks_uri.empty()) {
    return absl::InvalidArgumentError("jwks_file: missing");
  }
  if (!config.jwks_file.empty() && !(config.jwks_uri.empty() && config.jwks_ca_file.empty())) {
    return absl::InvalidArgumentError("jwks_uri: not with jwks_file");
  }
  if (!LeewayInRange(config.leeway)) return absl::InvalidArgumentError("leeway: must be 0 s to 30 s");
  absl::StatusOr<Algorithms> allowed = AllowedAlgorithms(config.algorithms);
  if (!allowed.ok()) return allowed.status();
  const std::filesystem::path base{std::string(directory)};
  if (!config.jwks_uri.empty()) {
    const std::string ca_file = config.jwks_ca_file.empty() ? "" : (base / config.jwks_ca_file).string();
    return FetchedKeys::Create({.uri = config.jwks_uri, .ca_file = ca_file}, *std::move(allowed));
  }
  const std::filesystem::path path = base / config.jwks_file;
  absl::StatusOr<std::unique_ptr<FileKeys>> keys = FileKeys::Load(path.string(), *std::move(allowed));
  if (!keys.ok()) return absl::Status(keys.status().code(), absl::StrCat("jwks_file: ", keys.status().message()));
  return keys;
}

}  // namespace mcmig::token
