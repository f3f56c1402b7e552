#ifndef COMMON_TOKEN_JWS_TEST_KEYS_H_
#define COMMON_TOKEN_JWS_TEST_KEYS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/token/algorithm.h"
#include "common/token/jwks.h"
#include "common/token/jws.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::token {

// What the tests of jws.h share: keys, made once per process, and tokens by them.

inline const Algorithms kAll = {Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEdDsa};
inline constexpr absl::string_view kTypes[] = {"", "JWT"};
inline constexpr char kPayload[] = R"({"exp":1})";

// One key of each algorithm; the set holds all four, each bound to its algorithm, and the RSA one once more without
// `alg`.
struct Keys {
  std::vector<devtools::Signer> signers;
  std::optional<KeySet> set;
};

inline const Keys& TestKeys() {
  static const auto* const kKeys = [] {
    auto* keys = new Keys;
    std::vector<nlohmann::json> jwks;
    for (const Algorithm algorithm : kAll) {
      keys->signers.push_back(*devtools::Signer::Generate(algorithm, std::string(AlgorithmName(algorithm))));
      jwks.push_back(*keys->signers.back().PublicJwk());
    }
    nlohmann::json both = jwks[static_cast<size_t>(Algorithm::kRs256)];
    both.erase("alg");
    both["kid"] = "RSA";
    jwks.push_back(both);
    keys->set = *KeySet::Parse(devtools::KeySetOf(jwks), kAll);
    return keys;
  }();
  return *kKeys;
}

inline const devtools::Signer& SignerOf(Algorithm algorithm) {
  return TestKeys().signers[static_cast<size_t>(algorithm)];
}

inline absl::StatusOr<std::string> VerifyToken(absl::string_view token) {
  return VerifyCompact(token, *TestKeys().set, kTypes);
}

// Why the token is refused; empty where it is not.
inline std::string Defect(absl::string_view token) {
  const absl::StatusOr<std::string> payload = VerifyToken(token);
  if (payload.ok()) return "";
  EXPECT_EQ(payload.status().code(), absl::StatusCode::kUnauthenticated);
  return std::string(payload.status().message());
}

inline std::string Token(const nlohmann::json& header, Algorithm algorithm = Algorithm::kEs256) {
  return *SignerOf(algorithm).SignCompact(header.dump(), kPayload);
}

inline nlohmann::json HeaderWith(const char* name, nlohmann::json value) {
  nlohmann::json header = SignerOf(Algorithm::kEs256).Header();
  header[name] = std::move(value);
  return header;
}

// The same token with another signature.
inline std::string Resigned(absl::string_view token, absl::string_view signature) {
  return absl::StrCat(token.substr(0, token.rfind('.') + 1), absl::WebSafeBase64Escape(signature));
}

inline std::string SignatureOf(absl::string_view token) {
  std::string signature;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(token.substr(token.rfind('.') + 1), &signature));
  return signature;
}

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_JWS_TEST_KEYS_H_
