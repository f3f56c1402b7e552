// A trust bundle: bundle::SignedBundle::Open, and what is made of one.
//
// Text: "content", "token" or "raw" in the first line, then the content, in which $KEY$ and $GRANTS$ stand for public
// keys that were made when the process started, as JWK, and $ROOT$ for the certificate of an authority; it is signed
// with $KEY$. Edits: of the content before it is signed, or of the signed token. After "raw" the rest is a token as it
// is.
#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/config/tree.h"
#include "common/identity/testing/certificates.h"
#include "common/token/algorithm.h"
#include "google/protobuf/util/message_differencer.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/bundle/believed.h"
#include "services/mcmig/bundle/content.h"
#include "services/mcmig/bundle/difference.h"
#include "services/mcmig/bundle/signed_bundle.h"
#include "tests/devtools/signer.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using bundle::Believed;
using bundle::SignedBundle;
using google::protobuf::util::MessageDifferencer;
using nlohmann::json;

struct Keys {
  devtools::Signer key = *devtools::Signer::Generate(token::Algorithm::kEs256, "bundle");
  devtools::Signer grants = *devtools::Signer::Generate(token::Algorithm::kEs256, "grants");
  std::string root = identity::testing::CertificateAuthority::Make("north").cert();
};

const Keys& TheKeys() {
  static const Keys& keys = *new Keys;
  return keys;
}

std::string WithKeys(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"$KEY$", TheKeys().key.PublicJwk()->dump()},
                                    {"$GRANTS$", TheKeys().grants.PublicJwk()->dump()},
                                    {"$ROOT$", json(TheKeys().root).dump()}});
}

std::string Signed(absl::string_view content) {
  json header = TheKeys().key.Header();
  header["typ"] = std::string(bundle::kBundleType);
  return *TheKeys().key.SignCompact(header.dump(), content);
}

absl::string_view SignedPart(absl::string_view token) { return token.substr(0, token.rfind('.')); }

// Byte by byte, unseen by the fuzzer, which would otherwise learn the reasons' texts and put them into its inputs.
__attribute__((no_sanitize("coverage"))) bool Has(absl::string_view text, absl::string_view words) {
  for (size_t at = 0; at + words.size() <= text.size(); ++at) {
    size_t same = 0;
    while (same < words.size() && text[at + same] == words[same]) ++same;
    if (same == words.size()) return true;
  }
  return false;
}

void CheckRefusal(const absl::Status& status, const std::string& refused) {
  Require(absl::IsInvalidArgument(status) || absl::IsUnauthenticated(status), "the code of a refusal");
  // The name of a member that is not known is the path, and the names of all roles are the schema's.
  if (Has(status.message(), "unknown key") || Has(status.message(), "must be one of ")) return;
  RequireRefusal(status, status.code(), refused);
}

// What is shown to an operator, and what is to be put into the system table.
void CheckTexts(const SignedBundle& opened) {
  for (const std::string& line : bundle::Lines(opened)) {
    Require(absl::c_all_of(line, [](char c) { return c >= ' ' && c < 0x7f; }), "a line is of printable characters");
  }
  Require(bundle::Difference(&opened, opened).empty(), "nothing differs from itself");
  Require(bundle::HasFixedPart(bundle::FixedPart(opened.content()), opened.content()),
          "an entry is up to date with itself");
  const std::string entry = bundle::SystemTableEntry(opened.content(), "/etc/mcmig/north");
  Require(config::ParseYaml("systems:\n" + entry).ok(), "the entry is YAML");
}

void CheckFiles(const SignedBundle& opened) {
  const Believed believed = bundle::BelievedOf(opened);
  const absl::StatusOr<Believed> overlap = bundle::WithOverlap(believed, believed);
  Require(overlap.ok(), "a bundle overlaps with itself");
  const absl::StatusOr<Believed> read = bundle::ReadFiles(bundle::WriteFiles(opened, *overlap));
  Require(read.ok(), "files that were written are read");
  Require(read->roots == believed.roots && MessageDifferencer::Equals(read->grants, believed.grants) &&
              MessageDifferencer::Equals(read->identity_server, believed.identity_server),
          "they are read as the same");
}

void CheckOpened(const SignedBundle& opened) {
  const config::v1::TrustBundle& content = opened.content();
  Require(opened.text().size() <= SignedBundle::kMaxBytes, "a bundle keeps its limit");
  Require(opened.signer() == "bundle" && opened.IsSignedByAKeyOf(opened), "it names who signed it");
  Require(content.version() > 0 && content.format() == bundle::kFormat, "it has a version");
  Require(content.roots_size() >= 1 && content.roots_size() <= bundle::kMaxRoots &&
              static_cast<size_t>(content.roots_size()) == opened.roots().size(),
          "it has roots, not too many");
  for (const auto* keys : {&content.bundle_keys(), &content.grants().jwks(), &content.identity_server().jwks()}) {
    Require(keys->keys_size() <= bundle::kMaxKeys, "it has not too many keys");
  }
  Require(content.expires_at().seconds() > content.issued_at().seconds(), "it expires");
  const absl::StatusOr<config::v1::TrustBundle> again = bundle::ReadContent(bundle::WriteContent(content));
  Require(again.ok() && MessageDifferencer::Equals(content, *again), "what was read, written, is read as the same");
  CheckTexts(opened);
  CheckFiles(opened);
}

void Check(const Input& input) {
  absl::string_view text = input.text;
  const absl::string_view kind = TakeLine(text);
  if (kind == "raw") {
    const absl::StatusOr<SignedBundle> opened = SignedBundle::Open(text);
    Require(!opened.ok(), "nobody else has the key");
    return CheckRefusal(opened.status(), std::string(text));
  }
  const bool edit_content = kind != "token";
  const std::string content = Edited(WithKeys(text), edit_content ? input.edits : absl::string_view());
  const std::string token = Signed(content);
  const std::string edited = edit_content ? token : Edited(token, input.edits);
  const absl::StatusOr<SignedBundle> opened = SignedBundle::Open(edited);
  if (!opened.ok()) return CheckRefusal(opened.status(), content);
  Require(SignedPart(opened->text()) == SignedPart(token), "what is accepted is what was signed");
  CheckOpened(*opened);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
