#ifndef SERVICES_MCMIG_NEGATIVE_BUNDLE_TEST_PLACE_H_
#define SERVICES_MCMIG_NEGATIVE_BUNDLE_TEST_PLACE_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/bundle/bundle_test_issuer.h"
#include "services/mcmig/bundle/fingerprint.h"
#include "services/mcmig/bundle/import_bundle.h"

namespace mcmig::bundle {

// The issuer takes a while to make.
inline const testing::BundleIssuer& North() {
  static const testing::BundleIssuer& north = *new testing::BundleIssuer;
  return north;
}

// A directory to import into, and bundles of north that must not get there.
class NegativeBundleTest : public ::testing::Test {
 protected:
  NegativeBundleTest() { std::filesystem::create_directories(Path("")); }
  void TearDown() override { std::filesystem::remove_all(Path("")); }

  static std::string Path(const std::string& name) {
    return absl::StrCat(::testing::TempDir(), "/negative_bundle/", name);
  }
  static void Write(const std::string& name, const std::string& text) { std::ofstream(Path(name)) << text; }

  // With its own fingerprint, so that nothing but what is tested refuses it.
  static ImportRequest RequestOf(const std::string& text) {
    Write("bundle", text);
    return {.file = Path("bundle"),
            .directory = Path("trust"),
            .fingerprint = Fingerprint(text),
            .system_table_file = "",
            .now = testing::BundleIssuer::now()};
  }
  static absl::Status Import(const ImportRequest& request) { return ImportBundle(request).status(); }
  static absl::Status Import(const std::string& text) { return Import(RequestOf(text)); }
  static absl::Status Import(const nlohmann::json& content) { return Import(North().Sign(content)); }

  // What is in force in the directory, as one text.
  static std::string InForce() {
    std::string all;
    for (const char* name : {"bundle.jws", "roots.pem", "grants.json", "identity-server.json"}) {
      std::ifstream file(Path(absl::StrCat("trust/current/", name)));
      all += std::string(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
  // Version 5 of north, which names `next_key` too.
  static nlohmann::json PutIntoForce() {
    nlohmann::json content = North().Content(5);
    content["bundle_keys"]["keys"].push_back(*North().next_key.PublicJwk());
    EXPECT_EQ(Import(content), absl::OkStatus());
    return content;
  }
};

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_NEGATIVE_BUNDLE_TEST_PLACE_H_
