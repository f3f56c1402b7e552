#include "tests/simulation/setting.h"

#include <glog/logging.h>

#include <cstdlib>
#include <filesystem>

#include "common/token/jwks.h"
#include "services/testing/systems.h"
#include "tests/simulation/events.h"

namespace mcmig::simulation {
namespace {

// Certificates of the roots are files: in a directory of this process's own, unless Bazel gave one.
void HaveTemporaryDirectory() {
  if (std::getenv("TEST_TMPDIR") != nullptr) return;  // NOLINT(concurrency-mt-unsafe): there is one thread
  std::string directory = std::filesystem::temp_directory_path() / "mcmig-simulation-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return;
  setenv("TEST_TMPDIR", directory.c_str(), 0);  // NOLINT(concurrency-mt-unsafe): there is one thread
}

}  // namespace

Setting::Setting() : signer_(*devtools::Signer::Generate(token::Algorithm::kEs256, "key-1")) {
  HaveTemporaryDirectory();
  // What goes wrong here is meant to.
  FLAGS_minloglevel = google::GLOG_FATAL;
  for (const char* own : {"north", "south", "east"}) {
    config::v1::SystemTable table = testing::SystemsAt(own);
    if (std::string(own) == "east") {
      testing::SystemIn(table, "north").mutable_agreement()->add_visitors_from(config::v1::MCPTT);
    }
    for (config::v1::System& system : *table.mutable_systems()) {
      if (system.has_agreement()) system.mutable_agreement()->clear_unsigned_grants();
    }
    systems_[own] = testing::MakeSystems(table);
    verifiers_[own] = grants_.VerifierFor(own);
  }
  auto keys = token::KeySet::Parse(devtools::KeySetOf({*signer_.PublicJwk()}), {token::Algorithm::kEs256});
  tokens_ = std::make_unique<token::AccessTokenVerifier>(*std::move(keys), token::TokenOrigin{});
}

const std::string& Setting::Token(const std::string& partner_mc_service_id, const std::string& primary_mc_service_id) {
  std::string& token = signed_[{partner_mc_service_id, primary_mc_service_id}];
  if (token.empty()) {
    token = *signer_.SignToken({{"exp", absl::ToUnixSeconds(Events::Start() + absl::Hours(1000))},
                                {"scope", "3gpp:mc:ptt_service 3gpp:mc:video_service"},
                                {"client_id", "client"},
                                {"mcptt_id", partner_mc_service_id},
                                {"mcvideo_id", partner_mc_service_id},
                                {"mcmig_primary_id", primary_mc_service_id}});
  }
  return token;
}

}  // namespace mcmig::simulation
