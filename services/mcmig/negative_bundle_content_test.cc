// Every content of a bundle that is refused, however rightly it is signed.
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/token/algorithm.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/bundle/bundle_test_issuer.h"
#include "services/mcmig/negative_bundle_test_place.h"
#include "tests/devtools/signer.h"

namespace mcmig::bundle {
namespace {

using devtools::Signer;
using nlohmann::json;
using testing::BundleIssuer;
using ::testing::HasSubstr;
using NegativeBundleContentTest = NegativeBundleTest;

json Jwk(token::Algorithm algorithm, const char* id) { return *Signer::Generate(algorithm, id)->PublicJwk(); }

struct Wrong {
  const char* pointer;  // what is replaced, RFC 6901
  json value;
  const char* reason;
};

std::vector<Wrong> WrongContents() {
  const std::string root = North().root.cert();
  const std::string no_authority = North().root.MakeIntermediate("none", /*ca=*/false).cert();
  const json key = *North().grant_key.PublicJwk();
  json with_private = key;
  with_private["d"] = "c2VjcmV0LXNlY3JldC1zZWNyZXQ";
  json other_point = key;
  other_point["y"] = key["x"];
  json nameless = key;
  nameless.erase("kid");
  json escape = key;
  escape["kid"] = "\x1b[2J";
  json for_encryption = key;
  for_encryption["use"] = "enc";
  return {
      {"/format", 2, "format: is none"},
      {"/format", "one", "format: must be"},
      {"/system", "", "system: must be"},
      {"/system", "North", "system: must be"},
      {"/version", 0, "version: must be at least 1"},
      {"/version", -1, "version: must be"},
      {"/version", 4294967296, "version: is out of range"},
      {"/version", 1.5, "version: must be"},
      {"/issued_at", nullptr, "issued_at: is missing"},
      {"/issued_at", "yesterday", "issued_at: must be a time"},
      {"/expires_at", nullptr, "expires_at: must be after"},
      {"/expires_at", "2026-01-01T00:00:00Z", "expires_at: must be after"},
      {"/expires_at", "2028-01-01T00:00:00Z", "expires_at: must be after"},
      {"/id_domains", json::array(), "id_domains: must be 1 to 64"},
      {"/id_domains", json(std::vector<std::string>(65, "n.example")), "id_domains: must be 1 to 64"},
      {"/id_domains/0", "*", "id_domains[0]: must be a host name"},
      {"/id_domains/1", "north.example", "id_domains[1]: is there already"},
      {"/roots", json::array(), "roots: must be 1 to 32"},
      {"/roots", json(std::vector<std::string>(33, root)), "roots: must be 1 to 32"},
      {"/roots", json({root, root}), "roots[1]: is there already"},
      {"/roots/0", "", "roots[0]: holds no certificate"},
      {"/roots/0", root.substr(0, root.size() / 2), "roots[0]: holds a certificate that cannot be read"},
      {"/roots/0", no_authority, "roots[0]: root certificate is that of no authority"},
      {"/roots/0", root + North().next_root.cert(), "roots[0]: must be one certificate"},
      {"/roots/0", "# ours\n" + root, "roots[0]: must be one certificate"},
      {"/roots/0", North().root.Issue({.dns = {"a.north.example"}}).key_pem, "roots[0]: holds no certificate"},
      {"/bundle_keys", nullptr, "bundle_keys.keys: must be 1 to 16"},
      {"/bundle_keys/keys/0", Jwk(token::Algorithm::kRs256, "rsa"), "bundle_keys.keys: none is usable"},
      {"/grants/jwks", nullptr, "grants.jwks.keys: must be 1 to 16"},
      {"/grants/jwks/keys", json(std::vector<json>(17, key)), "grants.jwks.keys: must be 1 to 16"},
      {"/grants/jwks/keys", json({key, key}), "grants.jwks.keys[1]: kid: used by an earlier key"},
      {"/grants/jwks/keys", json({key, Jwk(token::Algorithm::kEdDsa, "ed")}), "grants.jwks.keys: one is not for"},
      {"/grants/jwks/keys", json({key, for_encryption}), "grants.jwks.keys: one is not for"},
      {"/grants/jwks/keys/0", with_private, "grants.jwks.keys[0].d: unknown key"},
      {"/grants/jwks/keys/0", {{"kty", "oct"}, {"kid", "h"}}, "grants.jwks.keys[0]: holds a symmetric key"},
      {"/grants/jwks/keys/0", other_point, "grants.jwks.keys[0]: public key not valid"},
      {"/grants/jwks/keys/0", nameless, "grants.jwks.keys[0].kid: is missing"},
      {"/grants/jwks/keys/0", escape, "grants.jwks.keys[0].kid: must be at most 256 printable"},
      {"/grants/issuer", "", "grants.issuer: is missing"},
      {"/grants/issuer", "\", x: \"", "grants.issuer: must be at most 256 printable"},
      {"/grants/issuer", std::string(257, 'i'), "grants.issuer: must be at most 256 printable"},
      {"/identity_server/issuer", "", "identity_server.issuer: is missing"},
      {"/identity_server/jwks", {{"keys", {key}}}, "identity_server: must not have both"},
      {"/identity_server/jwks_uri", "http://id.north.example/", "identity_server.jwks_uri: must begin with https"},
      {"/entry/address", "gateway.north.example", "entry.address: must be a host and a port"},
      {"/entry/address", "gateway.north.example:0", "entry.address: must be a host and a port"},
      {"/entry/server_name", "", "entry.server_name: is missing"},
      {"/entry/role", "ROLE_OPERATOR", "entry.role: is none"},
      {"/entry/role", "ROLE_PARTNER_SERVER", "entry.role: is none"},
      {"/entry/role", "ROLE_ROOT", "entry.role: must be one of"},
      {"/entry/insecure", true, "entry.insecure: unknown key"},
      {"/agreement", json::object(), "agreement: unknown key"},
      {"/visitors_entry",
       {{"address", "a:1"}, {"server_name", "a"}, {"role", "ROLE_PRIMARY_SERVER"}},
       "visitors_entry.role: is none"},
  };
}

TEST_F(NegativeBundleContentTest, AContentThatIsWrongIsRefusedWithItsPath) {
  for (const Wrong& wrong : WrongContents()) {
    json content = North().Content();
    content[json::json_pointer(wrong.pointer)] = wrong.value;
    const absl::Status refused = Import(content);
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << wrong.pointer << " " << wrong.value;
    EXPECT_THAT(refused.message(), HasSubstr(wrong.reason)) << wrong.pointer << " " << wrong.value;
    EXPECT_EQ(InForce(), "") << wrong.pointer;
  }
}

TEST_F(NegativeBundleContentTest, WhatTwoReadersCouldReadDifferentlyIsRefused) {
  const std::string text = North().Content().dump();
  const auto refused = [](const std::string& payload) {
    return std::string(Import(BundleIssuer::SignText(payload, North().key)).message());
  };
  EXPECT_THAT(refused(text.substr(0, text.size() - 1) + R"(,"version":9})"), HasSubstr("a member occurs twice"));
  EXPECT_THAT(refused(text.substr(0, text.size() - 1) + R"(,"idDomains":["south.example"]})"),
              HasSubstr("id_domains: is given twice"));
  EXPECT_THAT(refused(text + "{}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refused("\xEF\xBB\xBF" + text), HasSubstr("not valid JSON"));
  EXPECT_THAT(refused("[" + text + "]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refused(""), HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace mcmig::bundle
