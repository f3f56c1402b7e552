// Every bundle that must not be put into force, and that nothing changes by it.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/identity/testing/certificates.h"
#include "common/token/algorithm.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/bundle/bundle_test_issuer.h"
#include "services/mcmig/bundle/fingerprint.h"
#include "services/mcmig/bundle/import_bundle.h"
#include "services/mcmig/bundle/signed_bundle.h"
#include "services/mcmig/negative_bundle_test_place.h"
#include "tests/devtools/signer.h"

namespace mcmig::bundle {
namespace {

namespace fs = std::filesystem;
using devtools::Signer;
using nlohmann::json;
using testing::BundleIssuer;
using ::testing::HasSubstr;

json Jwk(token::Algorithm algorithm, const char* id) { return *Signer::Generate(algorithm, id)->PublicJwk(); }

TEST_F(NegativeBundleTest, AHeaderThatIsWrongIsRefused) {
  const json right = BundleIssuer::Header(North().key);
  const auto with = [&right](const char* name, const json& value) {
    json header = right;
    header[name] = value;
    return header;
  };
  json untyped = right;
  untyped.erase("typ");
  json nameless = right;
  nameless.erase("kid");
  const std::vector<std::pair<json, const char*>> headers = {
      {with("alg", "none"), "alg: not supported"},
      {with("alg", "HS256"), "alg: not supported"},
      {with("alg", "RS256"), "alg: not allowed for this key"},
      {with("typ", "JWT"), "typ: not this kind of token"},
      {with("typ", "mcmig-migration-grant+jwt"), "typ: not this kind of token"},
      {untyped, "typ: not this kind of token"},
      {nameless, "kid: missing"},
      {with("kid", "bundle-2"), "kid: no such key"},
      {with("crit", {"exp"}), "crit: extensions are not supported"},
      {with("jwk", *North().key.PublicJwk()), "jwk: a token must not bring its key"},
  };
  for (const auto& [header, reason] : headers) {
    const absl::Status refused = Import(*North().key.SignCompact(header.dump(), North().Content().dump()));
    EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated) << header;
    EXPECT_THAT(refused.message(), HasSubstr(reason)) << header;
  }
  EXPECT_EQ(InForce(), "");
}

TEST_F(NegativeBundleTest, AnotherKeyOfTheSameNameSignsNothing) {
  const Signer other = *Signer::Generate(token::Algorithm::kEs256, "bundle-1");
  const absl::Status refused = Import(BundleIssuer::SignText(North().Content().dump(), other));
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(refused.message(), HasSubstr("signature: wrong"));
}

TEST_F(NegativeBundleTest, OneAlteredCharacterAnywhereIsNoticed) {
  const std::string right = North().Sign(North().Content());
  for (size_t at = 0; at < right.size(); at += 29) {
    std::string altered = right;
    altered[at] = altered[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Import(altered).ok()) << at;
    EXPECT_FALSE(Import(right.substr(0, at)).ok()) << at;
  }
  EXPECT_FALSE(Import(right + "A").ok());
  EXPECT_FALSE(Import(right + "\n\n").ok());
  EXPECT_EQ(InForce(), "");
}

TEST_F(NegativeBundleTest, ABundleThatIsTooLargeIsRefusedUnread) {
  EXPECT_THAT(Import(std::string(SignedBundle::kMaxBytes + 1, 'A')).message(), HasSubstr("longer than 256 KiB"));
  json content = North().Content();
  content["system"] = std::string(size_t{185} * 1024, 'n');
  EXPECT_THAT(Import(content).message(), HasSubstr("bundle: too large"));
}

TEST_F(NegativeBundleTest, TheFirstBundleNeedsItsFingerprint) {
  const std::string text = North().Sign(North().Content());
  ImportRequest request = RequestOf(text);
  const std::string right = request.fingerprint;
  const std::vector<std::pair<std::string, const char*>> fingerprints = {
      {"", "fingerprint: is missing"},
      {right.substr(0, 39), "fingerprint: not of 64 hex digits"},
      {"g" + right.substr(1), "fingerprint: not of hex digits"},
      {Fingerprint("another"), "fingerprint: is not that of this bundle"},
      // Signed anew, with the same content.
      {Fingerprint(North().Sign(North().Content())), "fingerprint: is not that of this bundle"},
  };
  for (const auto& [fingerprint, reason] : fingerprints) {
    request.fingerprint = fingerprint;
    EXPECT_THAT(Import(request).message(), HasSubstr(reason));
    EXPECT_EQ(InForce(), "");
  }
}

TEST_F(NegativeBundleTest, ABundleOutOfTimeIsRefused) {
  ImportRequest request = RequestOf(North().Sign(North().Content()));
  request.now = BundleIssuer::now() + absl::Hours(24 * 90);
  EXPECT_THAT(Import(request).message(), HasSubstr("expires_at: the bundle has expired"));
  request.now = BundleIssuer::now() - kClockSkew - absl::Seconds(1);
  EXPECT_THAT(Import(request).message(), HasSubstr("issued_at: is in the future"));
  EXPECT_EQ(InForce(), "");
  request.now = BundleIssuer::now() - kClockSkew;
  EXPECT_EQ(Import(request), absl::OkStatus());
}

TEST_F(NegativeBundleTest, WhatIsNoSuccessorOfTheOneInForceIsRefused) {
  const json in_force = PutIntoForce();
  const std::string before = InForce();
  ASSERT_NE(before, "");
  const auto refused = [](const json& content, const Signer& signer) {
    ImportRequest request = RequestOf(BundleIssuer::SignText(content.dump(), signer));
    // Later bundles need none, and one that is right does not help.
    request.fingerprint = "";
    const absl::Status without = Import(request);
    EXPECT_EQ(Import(BundleIssuer::SignText(content.dump(), signer)).code(), without.code());
    return std::string(without.message());
  };
  json older = in_force;
  older["version"] = 4;
  EXPECT_THAT(refused(older, North().key), HasSubstr("version: is older than version 5"));
  json other_content = in_force;
  other_content["id_domains"] = json::array({"south.example"});
  EXPECT_THAT(refused(other_content, North().key), HasSubstr("version: is the one in force, with another content"));
  json other_system = in_force;
  other_system["system"] = "south";
  other_system["version"] = 6;
  EXPECT_THAT(refused(other_system, North().key), HasSubstr("system: is another one"));
  // Who is nobody's successor signs with a key of his own, under a new name and under that of a key in force.
  for (const char* id : {"bundle-9", "bundle-1"}) {
    const Signer stranger = *Signer::Generate(token::Algorithm::kEs256, id);
    json strange = in_force;
    strange["version"] = 6;
    strange["bundle_keys"]["keys"] = json::array({*stranger.PublicJwk()});
    EXPECT_THAT(refused(strange, stranger), HasSubstr("signature: of none of the keys that version 5"));
  }
  EXPECT_EQ(InForce(), before);
}

TEST_F(NegativeBundleTest, AKeyThatIsNamedNoMoreSignsNothing) {
  const json in_force = PutIntoForce();
  json next = in_force;
  next["version"] = 6;
  next["bundle_keys"]["keys"] = json::array({*North().next_key.PublicJwk()});
  ASSERT_EQ(Import(BundleIssuer::SignText(next.dump(), North().next_key)), absl::OkStatus());
  EXPECT_THAT(Import(in_force).message(), HasSubstr("version: is older than version 6"));
  json again = in_force;
  again["version"] = 7;
  EXPECT_THAT(Import(again).message(), HasSubstr("signature: of none of the keys that version 6"));
}

TEST_F(NegativeBundleTest, AKeyOfTheNameOfAnotherOneCannotOverlap) {
  json next = PutIntoForce();
  const std::string before = InForce();
  next["version"] = 6;
  next["grants"]["jwks"]["keys"] = json::array({Jwk(token::Algorithm::kEs256, "grants-1")});
  EXPECT_THAT(Import(next).message(), HasSubstr("grants.json: a key has the name of another one"));
  EXPECT_EQ(InForce(), before);
}

TEST_F(NegativeBundleTest, WhatOverlapsWithTheOwnSystemTableIsRefused) {
  const auto south = identity::testing::CertificateAuthority::Make("south");
  Write("south.pem", south.cert());
  const auto refused = [&](const std::string& name, const std::string& domains) {
    Write("systems.yaml", absl::StrCat("own_system: ", name, "\nsystems:\n  - name: ", name, "\n    id_domains: [",
                                       domains, "]\n    root_certificate_files: [south.pem]\n"));
    ImportRequest request = RequestOf(North().Sign(North().Content()));
    request.system_table_file = Path("systems.yaml");
    return std::string(Import(request).message());
  };
  EXPECT_THAT(refused("north", "south.example"), HasSubstr("system: is the own MC system"));
  EXPECT_THAT(refused("south", "north.example"), HasSubstr("id_domains[0]: overlaps with a domain of south"));
  EXPECT_THAT(refused("south", "fire.north.example"), HasSubstr("id_domains[1]: overlaps with a domain of south"));
  EXPECT_THAT(refused("south", "\"*.example\""), HasSubstr("id_domains[0]: overlaps with a domain of south"));
  EXPECT_THAT(refused("south", "nonsense domain"), HasSubstr("systems.yaml:"));
  EXPECT_EQ(InForce(), "");
  EXPECT_EQ(refused("south", "south.example"), "");
}

TEST_F(NegativeBundleTest, ADirectoryThatSomebodyElseChangedIsLeftAsItIs) {
  const json in_force = PutIntoForce();
  json next = in_force;
  next["version"] = 6;
  Write("trust/current/roots.pem", "nothing");
  EXPECT_THAT(Import(next).message(), HasSubstr("was changed by something else than an import: roots.pem"));
  fs::remove(Path("trust/current/bundle.jws"));
  EXPECT_THAT(Import(next).message(), HasSubstr("was changed by something else"));
  fs::remove(Path("trust/current"));
  Write("trust/current", "a file");
  EXPECT_THAT(Import(next).message(), HasSubstr("current: is none that an import has made"));
  EXPECT_THAT(Import(RequestOf("")).message(), HasSubstr("not a JWS"));
}

}  // namespace
}  // namespace mcmig::bundle
