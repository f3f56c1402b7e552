// A JSON Web Key Set: token::KeySet::Parse.
//
// Text: the set, in which $EC_X$, $EC_Y$, $RSA_N$, $RSA_E$ and $ED_X$ stand for the parts of keys that were made when
// the process started. Edits: of the set with those keys in it.
#include <set>

#include "absl/strings/str_replace.h"
#include "common/token/algorithm.h"
#include "common/token/jwks.h"
#include "common/token/jws.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using nlohmann::json;
using token::Algorithm;
using token::KeySet;

const token::Algorithms& All() {
  static const auto& all =
      *new token::Algorithms({Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEdDsa});
  return all;
}

struct Keys {
  devtools::Signer ec = *devtools::Signer::Generate(Algorithm::kEs256, "ec");
  json ec_jwk = *ec.PublicJwk();
  json rsa_jwk = *devtools::Signer::Generate(Algorithm::kRs256, "rsa")->PublicJwk();
  json ed_jwk = *devtools::Signer::Generate(Algorithm::kEdDsa, "ed")->PublicJwk();
};

const Keys& TheKeys() {
  static const Keys& keys = *new Keys;
  return keys;
}

std::string WithKeys(absl::string_view text) {
  const Keys& keys = TheKeys();
  return absl::StrReplaceAll(text, {{"$EC_X$", keys.ec_jwk["x"].get<std::string>()},
                                    {"$EC_Y$", keys.ec_jwk["y"].get<std::string>()},
                                    {"$RSA_N$", keys.rsa_jwk["n"].get<std::string>()},
                                    {"$RSA_E$", keys.rsa_jwk["e"].get<std::string>()},
                                    {"$ED_X$", keys.ed_jwk["x"].get<std::string>()}});
}

// A token of the EC key made here verifies exactly where the set has that key under its name, for signatures.
void RequireVerification(const KeySet& keys, const json& set) {
  const std::string token = *TheKeys().ec.SignToken({{"exp", 1}});
  constexpr absl::string_view kTypes[] = {"JWT"};
  if (!token::VerifyCompact(token, keys, kTypes).ok()) return;
  bool found = false;
  for (const json& key : set["keys"]) {
    found = found ||
            (key.value("kid", "") == "ec" && key["x"] == TheKeys().ec_jwk["x"] && key["y"] == TheKeys().ec_jwk["y"]);
  }
  Require(found, "what verifies was signed by a key of the set");
}

void Check(const Input& input) {
  const std::string text = Edited(WithKeys(input.text), input.edits);
  const absl::StatusOr<KeySet> keys = KeySet::Parse(text, All());
  if (!keys.ok()) return RequireRefusal(keys.status(), absl::StatusCode::kInvalidArgument, text);

  Require(text.size() <= KeySet::kMaxBytes, "an accepted set keeps its limit");
  const json set = json::parse(text, nullptr, false);
  Require(set.is_object() && set["keys"].is_array(), "an accepted set is one");
  Require(keys->size() >= 1 && keys->size() <= set["keys"].size() && set["keys"].size() <= KeySet::kMaxKeys,
          "an accepted set has a key, and no more than were given");
  std::set<std::string> usable;
  for (const json& key : set["keys"]) {
    for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}) {
      Require(!key.contains(name), "an accepted set holds nothing to sign with");
    }
    const std::string id = key.contains("kid") ? key["kid"].get<std::string>() : "";
    const token::VerificationKey* const found = keys->Find(id);
    if (found == nullptr) continue;
    Require(found->id() == id && !id.empty() && id.size() <= token::VerificationKey::kMaxKeyIdBytes,
            "a key has the name it was given");
    usable.insert(id);
  }
  Require(usable.size() == keys->size(), "each key has a name of its own");

  const absl::StatusOr<KeySet> again = KeySet::Parse(set.dump(), All());
  Require(again.ok() && again->size() == keys->size(), "an accepted set, printed, is accepted");
  for (const std::string& id : usable) Require(again->Find(id) != nullptr, "the same keys are in it");
  RequireVerification(*keys, set);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
