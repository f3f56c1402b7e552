#include "common/token/signing_key.h"

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/digest/sha256.h"
#include "common/token/verification_key.h"
#include "nlohmann/json.hpp"
#include "openssl/bio.h"
#include "openssl/core_names.h"
#include "openssl/pem.h"

namespace mcmig::token {
namespace {

using BioPtr = std::unique_ptr<BIO, OpensslFree<&BIO_free_all>>;

constexpr int kCoordinateBytes = 32;
// A key of this type takes some 240 bytes.
constexpr size_t kMaxPemBytes = size_t{64} * 1024;

absl::string_view Text(const unsigned char* bytes, size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

// No passphrase is asked for at a terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*for_writing*/, void* /*data*/) { return -1; }

bool IsP256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         absl::string_view(group.data(), size) == "prime256v1";
}

// R and S of the DER form, as JWS has them.
absl::StatusOr<std::string> RawSignature(absl::string_view der) {
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaSigPtr pair(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size())));
  std::array<unsigned char, size_t{2} * kCoordinateBytes> raw{};
  if (pair == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), kCoordinateBytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + kCoordinateBytes, kCoordinateBytes) < 0) {
    return absl::InternalError("the signature cannot be written");
  }
  return std::string(Text(raw.data(), raw.size()));
}

absl::StatusOr<std::string> Coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return absl::InternalError("the key has no public part");
  const BignumPtr number(raw);
  std::array<unsigned char, kCoordinateBytes> bytes{};
  if (BN_bn2binpad(raw, bytes.data(), kCoordinateBytes) < 0) return absl::InternalError("the key has no public part");
  return absl::WebSafeBase64Escape(Text(bytes.data(), bytes.size()));
}

// RFC 7638, with SHA-256.
absl::StatusOr<std::string> Thumbprint(const EVP_PKEY* key) {
  const absl::StatusOr<std::string> x = Coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X);
  if (!x.ok()) return x.status();
  const absl::StatusOr<std::string> y = Coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  if (!y.ok()) return y.status();
  const std::string jwk = absl::StrCat(R"({"crv":"P-256","kty":"EC","x":")", *x, R"(","y":")", *y, R"("})");
  return absl::WebSafeBase64Escape(digest::BytesOf(digest::Sha256Of(jwk)));
}

}  // namespace

absl::StatusOr<SigningKey> SigningKey::FromPem(absl::string_view pem, std::string key_id) {
  const OpensslErrorScope errors;
  if (key_id.size() > VerificationKey::kMaxKeyIdBytes) {
    return absl::InvalidArgumentError("the key ID must be at most 256 bytes");
  }
  if (pem.size() > kMaxPemBytes) return absl::InvalidArgumentError("not a private key in PEM");
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EvpPkeyPtr key(bio == nullptr ? nullptr : PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, nullptr));
  if (key == nullptr) return absl::InvalidArgumentError("not a private key in PEM without a passphrase");
  if (!IsP256(key.get())) return absl::InvalidArgumentError("not a key on the curve P-256");
  if (key_id.empty()) {
    absl::StatusOr<std::string> thumbprint = Thumbprint(key.get());
    if (!thumbprint.ok()) return thumbprint.status();
    key_id = *std::move(thumbprint);
  }
  return SigningKey(std::move(key_id), std::move(key));
}

absl::StatusOr<SigningKey> SigningKey::LoadFile(const std::string& path, std::string key_id) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot be read");
  const std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return FromPem(pem, std::move(key_id));
}

absl::StatusOr<std::string> SigningKey::Sign(absl::string_view type, absl::string_view payload) const {
  const OpensslErrorScope errors;
  const nlohmann::json header = {{"alg", "ES256"}, {"kid", key_id_}, {"typ", std::string(type)}};
  const std::string message =
      absl::StrCat(absl::WebSafeBase64Escape(header.dump()), ".", absl::WebSafeBase64Escape(payload));
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1) {
    return absl::InternalError("signing failed");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1) {
    return absl::InternalError("signing failed");
  }
  std::vector<unsigned char> der(size);
  if (EVP_DigestSign(context.get(), der.data(), &size, bytes, message.size()) != 1) {
    return absl::InternalError("signing failed");
  }
  const absl::StatusOr<std::string> signature = RawSignature(Text(der.data(), size));
  if (!signature.ok()) return signature.status();
  return absl::StrCat(message, ".", absl::WebSafeBase64Escape(*signature));
}

absl::StatusOr<std::string> SigningKey::PublicKeySet() const {
  const OpensslErrorScope errors;
  const absl::StatusOr<std::string> x = Coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X);
  if (!x.ok()) return x.status();
  const absl::StatusOr<std::string> y = Coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
  if (!y.ok()) return y.status();
  const nlohmann::json jwk = {{"alg", "ES256"}, {"crv", "P-256"}, {"kid", key_id_}, {"kty", "EC"},
                              {"use", "sig"},   {"x", *x},        {"y", *y}};
  return nlohmann::json({{"keys", nlohmann::json::array({jwk})}}).dump(2);
}

}  // namespace mcmig::token
