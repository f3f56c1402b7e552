#ifndef COMMON_TOKEN_CONFIGURED_KEYS_H_
#define COMMON_TOKEN_CONFIGURED_KEYS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/key_source.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace mcmig::token {

// How tokens of one identity management server are verified, as AccessTokens and PrimaryCredentials configure it.
struct KeyConfig {
  const std::string& jwks_file;
  const std::string& jwks_uri;
  const std::string& jwks_ca_file;
  const google::protobuf::RepeatedPtrField<std::string>& algorithms;
  const google::protobuf::Duration& leeway;
};

// Reads the JWKS file, or checks the URI and its authorities' file, of which nothing is fetched before KeySource::Keep;
// `directory` is where a relative name starts. INVALID_ARGUMENT, naming the field, for neither or both of them, an
// empty or unknown or repeated algorithm, a leeway outside 0 to 30 s, and a refused key set; NOT_FOUND where the file
// cannot be read. The leeway is only checked: whether a token is in time is a rule's to decide.
absl::StatusOr<std::unique_ptr<KeySource>> OpenConfiguredKeys(const KeyConfig& config, absl::string_view directory);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_CONFIGURED_KEYS_H_
