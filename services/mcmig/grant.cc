#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/token/grant_verifier.h"
#include "common/token/jwks.h"
#include "common/token/signing_key.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {
namespace {

struct Options {
  std::string key_file;
  std::string key_id;
  std::string jwks_file;
  std::string issuer;
  std::string audience;
  std::string file = "-";
  bool json = false;
};

int PrintKeySet(const Options& options) {
  const auto key = token::SigningKey::LoadFile(options.key_file, options.key_id);
  const absl::StatusOr<std::string> jwks = key.ok() ? key->PublicKeySet() : key.status();
  if (!jwks.ok()) {
    std::cerr << "mcmig grant jwks: " << options.key_file << ": " << jwks.status().message() << '\n';
    return kFailed;
  }
  std::cout << *jwks << '\n';
  return kSuccess;
}

absl::StatusOr<std::string> ReadToken(const std::string& file) {
  std::ifstream from(file, std::ios::binary);
  std::istream& input = file == "-" ? std::cin : from;
  if (!input) return absl::NotFoundError("cannot be read");
  const std::string text{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  return std::string(absl::StripAsciiWhitespace(text));
}

template <class Signed>
nlohmann::json CommonClaims(const char* kind, const Signed& claims) {
  return {{"verified", true},
          {"kind", kind},
          {"primary_mc_service_id", claims.primary_mc_service_id.received()},
          {"mc_service", std::string(protocol::McServiceName(claims.service))},
          {"epoch", absl::StrCat(claims.epoch.incarnation, ".", claims.epoch.counter)},
          {"issued", absl::FormatTime(absl::RFC3339_full, claims.issued, absl::UTCTimeZone())}};
}

// The claims of a grant or of a cancel, whichever it is.
absl::StatusOr<nlohmann::json> VerifiedClaims(const token::GrantVerifier& verifier, const std::string& text) {
  if (const auto cancel = verifier.VerifyCancel(text); cancel.ok()) return CommonClaims("cancel", *cancel);
  const auto grant = verifier.VerifyGrant(text);
  if (!grant.ok()) return grant.status();
  nlohmann::json claims = CommonClaims("grant", *grant);
  claims["partner_mc_service_id"] = grant->partner_mc_service_id.received();
  claims["profile_index"] = grant->profile_index;
  claims["request_id"] = grant->request_id.Hex();
  if (grant->authorized_until != absl::InfiniteFuture()) {
    claims["authorized_until"] = absl::FormatTime(absl::RFC3339_full, grant->authorized_until, absl::UTCTimeZone());
  }
  return claims;
}

int Verify(const Options& options) {
  const auto fail = [&options](absl::string_view reason) {
    if (options.json) {
      std::cout << nlohmann::json({{"verified", false}, {"reason", std::string(reason)}}).dump() << '\n';
    } else {
      std::cout << "does not verify: " << reason << '\n';
    }
    return kFailed;
  };
  auto keys = token::KeySet::LoadFile(options.jwks_file, {token::Algorithm::kEs256});
  if (!keys.ok()) return fail(keys.status().message());
  const absl::StatusOr<std::string> text = ReadToken(options.file);
  if (!text.ok()) return fail(text.status().message());
  const token::GrantVerifier verifier(*std::move(keys), {.issuer = options.issuer, .audience = options.audience});
  const absl::StatusOr<nlohmann::json> claims = VerifiedClaims(verifier, *text);
  if (!claims.ok()) return fail(claims.status().message());
  if (options.json) {
    std::cout << claims->dump() << '\n';
    return kSuccess;
  }
  for (const auto& [name, value] : claims->items()) {
    if (name == "verified") continue;
    std::cout << name << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
  }
  return kSuccess;
}

}  // namespace

void AddGrant(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("grant", "What a primary MC service server signs, and its keys");
  group.require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App& jwks = *group.add_subcommand("jwks", "The public part of a signing key, for partner MC systems");
  jwks.add_option("--key", options->key_file, "grants.signing_key_file of the configuration")->required();
  jwks.add_option("--key-id", options->key_id, "grants.key_id of the configuration; none: the thumbprint");
  jwks.callback([options, &exit_code] { exit_code = PrintKeySet(*options); });
  CLI::App& verify = *group.add_subcommand(
      "verify", "Verifies a grant or a signed cancel and prints its claims; exit 1 where it is not");
  verify.add_option("--jwks", options->jwks_file, "grants.jwks_file of the system table")->required();
  verify.add_option("--issuer", options->issuer, "grants.issuer")->required();
  verify.add_option("--audience", options->audience, "grants.audience")->required();
  verify.add_option("FILE", options->file, "where it is; \"-\", the default: on stdin");
  verify.add_flag("--json", options->json, "one JSON object");
  verify.callback([options, &exit_code] { exit_code = Verify(*options); });
}

}  // namespace mcmig::cli
