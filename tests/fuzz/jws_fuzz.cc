// A JWS: token::VerifyCompact with keys that were made when the process started.
//
// Text: the name of an algorithm, or "raw"; a header, which is the right one where the line is empty; the payload. The
// token is signed with the key of the algorithm, and then edited. After "raw" the rest is a token as it is.
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/token/algorithm.h"
#include "common/token/jwks.h"
#include "common/token/jws.h"
#include "nlohmann/json.hpp"
#include "tests/devtools/signer.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using token::Algorithm;

constexpr absl::string_view kTypes[] = {"", "JWT"};

struct Keys {
  std::map<std::string, devtools::Signer, std::less<>> signers;
  token::KeySet set;
};

Keys MakeKeys() {
  const token::Algorithms all = {Algorithm::kEs256, Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEdDsa};
  std::map<std::string, devtools::Signer, std::less<>> signers;
  std::vector<nlohmann::json> published;
  for (const Algorithm algorithm : all) {
    const std::string name(AlgorithmName(algorithm));
    devtools::Signer signer = *devtools::Signer::Generate(algorithm, name);
    published.push_back(*signer.PublicJwk());
    signers.emplace(name, std::move(signer));
  }
  return {.signers = std::move(signers), .set = *token::KeySet::Parse(devtools::KeySetOf(published), all)};
}

const Keys& TheKeys() {
  static const Keys& keys = *new Keys(MakeKeys());
  return keys;
}

absl::StatusOr<std::string> Verify(absl::string_view token) {
  return token::VerifyCompact(token, TheKeys().set, kTypes);
}

const devtools::Signer* FindSigner(absl::string_view name) {
  const auto found = TheKeys().signers.find(std::string(name));
  return found == TheKeys().signers.end() ? nullptr : &found->second;
}

// What a header that was accepted must say, read with another reader than the product's rules.
void RequireHeader(absl::string_view bytes, absl::string_view algorithm) {
  const nlohmann::json header = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
  Require(header.is_object(), "an accepted header is an object");
  Require(header.value("alg", "") == algorithm, "an accepted header names the algorithm that signed");
  Require(header.value("kid", "") == algorithm, "an accepted header names the key that signed");
  for (const char* name : {"crit", "b64", "jku", "jwk", "x5u", "x5c"}) {
    Require(!header.contains(name), "an accepted header brings no key and no extension");
  }
}

void Check(Input input) {
  const absl::string_view name = TakeLine(input.text);
  if (name == "raw") {
    const std::string token = Edited(std::string(input.text), input.edits);
    return RequireRefusal(Verify(token).status(), absl::StatusCode::kUnauthenticated, token);
  }
  const devtools::Signer* const signer = FindSigner(name);
  if (signer == nullptr) return;
  const absl::string_view line = TakeLine(input.text);
  const std::string header = line.empty() ? signer->Header().dump() : std::string(line);
  const std::string whole = *signer->SignCompact(header, input.text);
  const std::string token = Edited(whole, input.edits);

  const absl::StatusOr<std::string> payload = Verify(token);
  if (payload.ok()) {
    Require(token.size() <= token::kMaxTokenBytes, "an accepted token keeps its limit");
    Require(token == whole, "only what was signed is accepted, in the one form that was signed");
    Require(*payload == input.text, "the payload is what was signed");
    RequireHeader(header, name);
    return;
  }
  RequireRefusal(payload.status(), absl::StatusCode::kUnauthenticated, absl::StrCat(token, " ", header, input.text));
  Require(!line.empty() || token != whole || whole.size() > token::kMaxTokenBytes, "what is right is accepted");
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
