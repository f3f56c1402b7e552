#include "services/mcmig/bundle/signed_bundle.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/token/base64url.h"
#include "common/token/json_object.h"
#include "common/token/jws.h"
#include "services/mcmig/bundle/content.h"
#include "services/mcmig/bundle/fingerprint.h"
#include "services/mcmig/bundle/public_keys.h"

namespace mcmig::bundle {
namespace {

using config::v1::TrustBundle;

constexpr absl::string_view kTypes[] = {kBundleType};

// Not verified yet: whatever it says, it says of itself.
absl::StatusOr<std::string> PayloadOf(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('.', 3));
  std::optional<std::string> payload = parts.size() == 3 ? token::DecodeBase64Url(parts[1]) : std::nullopt;
  if (!payload.has_value()) return absl::InvalidArgumentError("bundle: not a JWS in compact serialization");
  return *std::move(payload);
}

// Of a header that has been verified.
std::string SignerOf(absl::string_view text) {
  const auto bytes = token::DecodeBase64Url(text.substr(0, text.find('.')));
  const auto header = token::ParseJsonObject(bytes.value_or(""), token::kMaxTokenBytes);
  const std::string* kid = header.ok() ? token::FindString(*header, "kid") : nullptr;
  return kid == nullptr ? "" : *kid;
}

}  // namespace

absl::StatusOr<SignedBundle> SignedBundle::Open(absl::string_view text) {
  text = absl::StripSuffix(absl::StripSuffix(text, "\n"), "\r");
  if (text.size() > kMaxBytes) return absl::InvalidArgumentError("bundle: longer than 256 KiB");
  const absl::StatusOr<std::string> payload = PayloadOf(text);
  if (!payload.ok()) return payload.status();
  absl::StatusOr<TrustBundle> content = ReadContent(*payload);
  if (!content.ok()) return content.status();
  absl::StatusOr<token::KeySet> keys = KeySetOf(content->bundle_keys(), OwnAlgorithms());
  if (!keys.ok()) return keys.status();
  const auto verified = token::VerifyCompact(text, *keys, kTypes, kMaxBytes);
  if (!verified.ok()) return verified.status();

  SignedBundle bundle(std::string(text), *std::move(keys));
  for (const std::string& pem : content->roots()) {
    absl::StatusOr<std::vector<RootCertificate>> root = ReadRoots(pem);
    if (!root.ok()) return root.status();
    bundle.roots_.push_back(std::move(root->front()));
  }
  bundle.content_ = *std::move(content);
  bundle.signer_ = SignerOf(text);
  bundle.fingerprint_ = Fingerprint(text);
  return bundle;
}

absl::StatusOr<SignedBundle> SignedBundle::Seal(const TrustBundle& content, const token::SigningKey& key) {
  const absl::StatusOr<std::string> text = key.Sign(kBundleType, WriteContent(content));
  if (!text.ok()) return text.status();
  return Open(*text);
}

bool SignedBundle::IsSignedByAKeyOf(const SignedBundle& other) const {
  return token::VerifyCompact(text_, other.keys_, kTypes, kMaxBytes).ok();
}

}  // namespace mcmig::bundle
