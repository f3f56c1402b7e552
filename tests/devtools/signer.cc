#include "tests/devtools/signer.h"

#include <array>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "openssl/core_names.h"
#include "openssl/pem.h"
#include "openssl/rsa.h"

namespace mcmig::devtools {
namespace {

using Json = nlohmann::json;
using token::Algorithm;
using BioPtr = std::unique_ptr<BIO, token::OpensslFree<&BIO_free_all>>;

constexpr size_t kRsaBits = 2048;
constexpr int kCoordinateBytes = 32;

absl::Status Failed(absl::string_view what) { return absl::InternalError(absl::StrCat("OpenSSL: ", what)); }

absl::string_view Text(const unsigned char* bytes, size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

// A number of the key; of `size` bytes, or as long as it is where that is 0.
absl::StatusOr<std::string> Number(EVP_PKEY* key, const char* name, int size) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return Failed("key parameter");
  const token::BignumPtr number(raw);
  std::vector<unsigned char> bytes(static_cast<size_t>(size == 0 ? BN_num_bytes(raw) : size));
  if (BN_bn2binpad(raw, bytes.data(), static_cast<int>(bytes.size())) < 0) return Failed("key parameter");
  return absl::WebSafeBase64Escape(Text(bytes.data(), bytes.size()));
}

// Adds the number to the JWK under `member`.
absl::Status AddNumber(EVP_PKEY* key, const char* name, int size, const char* member, Json& jwk) {
  absl::StatusOr<std::string> number = Number(key, name, size);
  if (!number.ok()) return number.status();
  jwk[member] = *std::move(number);
  return absl::OkStatus();
}

bool Fits(EVP_PKEY* key, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == 256;
    case Algorithm::kEdDsa:
      return EVP_PKEY_is_a(key, "ED25519") == 1;
    default:
      return EVP_PKEY_is_a(key, "RSA") == 1;
  }
}

// R and S of the DER form.
absl::StatusOr<std::string> RawEcdsa(const std::vector<unsigned char>& der) {
  const unsigned char* start = der.data();
  const token::EcdsaSigPtr pair(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size())));
  std::array<unsigned char, size_t{2} * kCoordinateBytes> raw{};
  if (pair == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), kCoordinateBytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + kCoordinateBytes, kCoordinateBytes) < 0) {
    return Failed("ECDSA signature");
  }
  return std::string(Text(raw.data(), raw.size()));
}

}  // namespace

absl::StatusOr<Signer> Signer::Generate(Algorithm algorithm, std::string key_id) {
  EVP_PKEY* key = nullptr;
  switch (algorithm) {
    case Algorithm::kEs256:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
      break;
    case Algorithm::kEdDsa:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
    default:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits);
  }
  if (key == nullptr) return Failed("key generation");
  return Signer(algorithm, std::move(key_id), token::EvpPkeyPtr(key));
}

absl::StatusOr<Signer> Signer::FromPem(absl::string_view pem, Algorithm algorithm, std::string key_id) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  token::EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return absl::InvalidArgumentError("not a private key in PEM");
  if (!Fits(key.get(), algorithm)) return absl::InvalidArgumentError("the key does not fit the algorithm");
  return Signer(algorithm, std::move(key_id), std::move(key));
}

absl::StatusOr<std::string> Signer::ToPem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Failed("PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

absl::StatusOr<Json> Signer::PublicJwk() const {
  Json jwk = {{"kid", key_id_}, {"use", "sig"}, {"alg", std::string(token::AlgorithmName(algorithm_))}};
  if (algorithm_ == Algorithm::kEdDsa) {
    std::array<unsigned char, 32> x{};
    size_t size = x.size();
    if (EVP_PKEY_get_raw_public_key(key_.get(), x.data(), &size) != 1) return Failed("public key");
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = absl::WebSafeBase64Escape(Text(x.data(), size));
    return jwk;
  }
  const bool ec = algorithm_ == Algorithm::kEs256;
  jwk["kty"] = ec ? "EC" : "RSA";
  if (ec) jwk["crv"] = "P-256";
  const char* first = ec ? OSSL_PKEY_PARAM_EC_PUB_X : OSSL_PKEY_PARAM_RSA_N;
  const char* second = ec ? OSSL_PKEY_PARAM_EC_PUB_Y : OSSL_PKEY_PARAM_RSA_E;
  const int size = ec ? kCoordinateBytes : 0;
  if (absl::Status status = AddNumber(key_.get(), first, size, ec ? "x" : "n", jwk); !status.ok()) return status;
  if (absl::Status status = AddNumber(key_.get(), second, size, ec ? "y" : "e", jwk); !status.ok()) return status;
  return jwk;
}

Json Signer::Header() const {
  return {{"alg", std::string(token::AlgorithmName(algorithm_))}, {"kid", key_id_}, {"typ", "JWT"}};
}

absl::StatusOr<std::string> Signer::Sign(absl::string_view message) const {
  const token::EvpMdCtxPtr context(EVP_MD_CTX_new());
  const EVP_MD* hash = algorithm_ == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  EVP_PKEY_CTX* key_context = nullptr;
  if (context == nullptr || EVP_DigestSignInit(context.get(), &key_context, hash, nullptr, key_.get()) != 1) {
    return Failed("signing");
  }
  if (algorithm_ == Algorithm::kPs256 && (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) != 1 ||
                                          EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return Failed("PSS");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1) return Failed("signing");
  std::vector<unsigned char> signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, bytes, message.size()) != 1) return Failed("signing");
  signature.resize(size);
  if (algorithm_ == Algorithm::kEs256) return RawEcdsa(signature);
  return std::string(Text(signature.data(), signature.size()));
}

absl::StatusOr<std::string> Signer::SignCompact(absl::string_view header, absl::string_view payload) const {
  const std::string message = absl::StrCat(absl::WebSafeBase64Escape(header), ".", absl::WebSafeBase64Escape(payload));
  const absl::StatusOr<std::string> signature = Sign(message);
  if (!signature.ok()) return signature.status();
  return absl::StrCat(message, ".", absl::WebSafeBase64Escape(*signature));
}

absl::StatusOr<std::string> Signer::SignToken(const Json& payload) const {
  return SignCompact(Header().dump(), payload.dump());
}

std::string KeySetOf(absl::Span<const Json> keys) {
  return Json{{"keys", std::vector<Json>(keys.begin(), keys.end())}}.dump(2);
}

}  // namespace mcmig::devtools
