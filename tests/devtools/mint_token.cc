// Stands in for an identity management server in tests and demos: makes signing keys, and tokens signed with them.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/token/algorithm.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"

namespace mcmig::devtools {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string algorithm = "ES256";
  std::string key_id;
  std::string key_file;
  std::string jwks_file;
  std::vector<std::string> claims;
  std::vector<std::string> json_claims;
  std::vector<std::string> scopes;
  std::string expires_in = "10m";
  std::string type = "JWT";
  std::string out_file;
};

absl::StatusOr<token::Algorithm> AlgorithmOf(const Options& options) {
  const auto algorithm = token::AlgorithmOfName(options.algorithm);
  if (!algorithm.has_value()) return absl::InvalidArgumentError("--alg: ES256, RS256, PS256 or EdDSA");
  return *algorithm;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

absl::Status WriteFile(const std::string& path, absl::string_view text, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (close(file) != 0 || !written) return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

// Adds the key to the set in the file, in place of one with the same ID.
absl::Status Publish(const std::string& path, const Json& jwk) {
  std::vector<Json> keys;
  if (const std::string text = ReadFile(path); !text.empty()) {
    const Json set = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": not a key set"));
    }
    for (const Json& key : set["keys"]) {
      if (!key.is_object() || !key.contains("kid") || key["kid"] != jwk["kid"]) keys.push_back(key);
    }
  }
  keys.push_back(jwk);
  return WriteFile(path, absl::StrCat(KeySetOf(keys), "\n"), 0644);
}

absl::Status GenerateKey(const Options& options) {
  const absl::StatusOr<token::Algorithm> algorithm = AlgorithmOf(options);
  if (!algorithm.ok()) return algorithm.status();
  const absl::StatusOr<Signer> signer = Signer::Generate(*algorithm, options.key_id);
  if (!signer.ok()) return signer.status();
  const absl::StatusOr<std::string> pem = signer->ToPem();
  if (!pem.ok()) return pem.status();
  const absl::StatusOr<Json> jwk = signer->PublicJwk();
  if (!jwk.ok()) return jwk.status();
  if (absl::Status status = WriteFile(options.key_file, *pem, 0600); !status.ok()) return status;
  return Publish(options.jwks_file, *jwk);
}

absl::StatusOr<Json> Claims(const Options& options) {
  absl::Duration lifetime;
  if (!absl::ParseDuration(options.expires_in, &lifetime)) {
    return absl::InvalidArgumentError("--expires-in: a duration such as 10m, or -1m for an expired token");
  }
  const absl::Time now = absl::Now();
  Json claims = {{"iat", absl::ToUnixSeconds(now)}, {"exp", absl::ToUnixSeconds(now + lifetime)}};
  if (!options.scopes.empty()) claims["scope"] = absl::StrJoin(options.scopes, " ");
  for (const std::string& claim : options.claims) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(claim, absl::MaxSplits('=', 1));
    if (parts.first.empty() || parts.first == claim) return absl::InvalidArgumentError("--claim: NAME=TEXT");
    claims[parts.first] = parts.second;
  }
  for (const std::string& claim : options.json_claims) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(claim, absl::MaxSplits('=', 1));
    Json value = Json::parse(parts.second, nullptr, /*allow_exceptions=*/false);
    if (parts.first.empty() || value.is_discarded()) return absl::InvalidArgumentError("--claim-json: NAME=JSON");
    claims[parts.first] = std::move(value);
  }
  return claims;
}

absl::Status MintToken(const Options& options) {
  const absl::StatusOr<token::Algorithm> algorithm = AlgorithmOf(options);
  if (!algorithm.ok()) return algorithm.status();
  const absl::StatusOr<Signer> signer = Signer::FromPem(ReadFile(options.key_file), *algorithm, options.key_id);
  if (!signer.ok()) return signer.status();
  const absl::StatusOr<Json> claims = Claims(options);
  if (!claims.ok()) return claims.status();
  Json header = signer->Header();
  header["typ"] = options.type;
  const absl::StatusOr<std::string> token = signer->SignCompact(header.dump(), claims->dump());
  if (!token.ok()) return token.status();
  if (!options.out_file.empty()) return WriteFile(options.out_file, *token, 0600);
  std::cout << *token << '\n';
  return absl::OkStatus();
}

int Run(int argc, char** argv) {
  CLI::App app("Makes signing keys and access tokens for tests and demos.");
  app.require_subcommand(1);
  Options options;

  CLI::App* keygen = app.add_subcommand("keygen", "Makes a key and adds its public half to a key set");
  keygen->add_option("--alg", options.algorithm, "ES256, RS256, PS256 or EdDSA")->capture_default_str();
  keygen->add_option("--kid", options.key_id, "Key ID")->required();
  keygen->add_option("--key", options.key_file, "Private key to write, PEM")->required();
  keygen->add_option("--jwks", options.jwks_file, "Key set to add to; made where it does not exist")->required();

  CLI::App* mint = app.add_subcommand("token", "Signs a token");
  mint->add_option("--alg", options.algorithm, "ES256, RS256, PS256 or EdDSA")->capture_default_str();
  mint->add_option("--kid", options.key_id, "Key ID")->required();
  mint->add_option("--key", options.key_file, "Private key, PEM")->required();
  mint->add_option("--claim", options.claims, "NAME=TEXT; repeatable")->expected(1)->take_all();
  mint->add_option("--claim-json", options.json_claims, "NAME=JSON, also in place of exp or iat; repeatable")
      ->expected(1)
      ->take_all();
  mint->add_option("--scope", options.scopes, "Scope; repeatable")->expected(1)->take_all();
  mint->add_option("--expires-in", options.expires_in, "Lifetime; negative for an expired token")
      ->capture_default_str();
  mint->add_option("--typ", options.type, "Type; mcmig-primary-credential+jwt for a primary credential")
      ->capture_default_str();
  mint->add_option("--out", options.out_file, "File to write; standard output where absent");

  CLI11_PARSE(app, argc, argv);
  const absl::Status status = keygen->parsed() ? GenerateKey(options) : MintToken(options);
  if (status.ok()) return 0;
  std::cerr << "mint_token: " << status.message() << '\n';
  return 1;
}

}  // namespace
}  // namespace mcmig::devtools

int main(int argc, char** argv) {
  try {
    return mcmig::devtools::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
}
