#include "common/token/verification_key.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/base64url.h"
#include "common/token/json_object.h"
#include "openssl/core_names.h"
#include "openssl/rsa.h"

namespace mcmig::token {
namespace {

using Json = nlohmann::json;

constexpr size_t kCoordinateBytes = 32;
constexpr size_t kMaxIntegerBytes = (VerificationKey::kMaxRsaBits / 8) + 1;

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

absl::Status Refused(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

// Nothing in a published key set may let its reader sign.
absl::Status CheckPublic(const Json& jwk) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}) {
    if (jwk.contains(name)) return Refused(absl::StrCat("holds private key material (", name, ")"));
  }
  const std::string* type = FindString(jwk, "kty");
  if (jwk.contains("k") || (type != nullptr && *type == "oct")) return Refused("holds a symmetric key");
  return absl::OkStatus();
}

absl::Status CheckStrings(const Json& jwk) {
  for (const char* name : {"kty", "use", "alg", "kid", "crv"}) {
    const Json* member = FindMember(jwk, name);
    if (member != nullptr && !member->is_string()) return Refused(absl::StrCat(name, ": not a string"));
  }
  const Json* operations = FindMember(jwk, "key_ops");
  if (operations != nullptr && !operations->is_array()) return Refused("key_ops: not an array");
  return absl::OkStatus();
}

bool ForVerification(const Json& jwk) {
  const std::string* use = FindString(jwk, "use");
  if (use != nullptr && *use != "sig") return false;
  const Json* operations = FindMember(jwk, "key_ops");
  return operations == nullptr || absl::c_linear_search(*operations, Json("verify"));
}

// What the key's type and curve can do, whatever its `alg` says.
Algorithms Capabilities(const Json& jwk) {
  const std::string* type = FindString(jwk, "kty");
  const std::string* curve = FindString(jwk, "crv");
  if (type == nullptr) return {};
  if (*type == "RSA") return {Algorithm::kRs256, Algorithm::kPs256};
  if (curve == nullptr) return {};
  if (*type == "EC" && *curve == "P-256") return {Algorithm::kEs256};
  if (*type == "OKP" && *curve == "Ed25519") return {Algorithm::kEdDsa};
  return {};
}

absl::StatusOr<std::string> Decode(const Json& jwk, const char* name) {
  const std::string* text = FindString(jwk, name);
  if (text == nullptr) return Refused(absl::StrCat(name, ": missing or not a string"));
  std::optional<std::string> bytes = DecodeBase64Url(*text);
  if (!bytes.has_value() || bytes->empty()) return Refused(absl::StrCat(name, ": not base64url"));
  return *std::move(bytes);
}

EvpPkeyPtr FromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return EvpPkeyPtr(key);
}

absl::StatusOr<EvpPkeyPtr> RsaKey(const Json& jwk) {
  const absl::StatusOr<std::string> n = Decode(jwk, "n");
  if (!n.ok()) return n.status();
  const absl::StatusOr<std::string> e = Decode(jwk, "e");
  if (!e.ok()) return e.status();
  if (n->size() > kMaxIntegerBytes || e->size() > kMaxIntegerBytes) return Refused("RSA key too large");
  const BignumPtr modulus(BN_bin2bn(Bytes(*n), static_cast<int>(n->size()), nullptr));
  const BignumPtr exponent(BN_bin2bn(Bytes(*e), static_cast<int>(e->size()), nullptr));
  if (modulus == nullptr || exponent == nullptr) return Refused("RSA key not usable");
  if (BN_num_bits(modulus.get()) < VerificationKey::kMinRsaBits) return Refused("RSA key shorter than 2048 bits");
  if (BN_num_bits(modulus.get()) > VerificationKey::kMaxRsaBits) return Refused("RSA key longer than 8192 bits");
  // A large exponent makes each verification as dear as a signature; 1 would let anyone sign.
  if (BN_num_bits(exponent.get()) > 32 || BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1) {
    return Refused("RSA exponent not usable");
  }
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return Refused("RSA key not usable");
  }
  return FromParams("RSA", builder.get());
}

absl::StatusOr<EvpPkeyPtr> EcKey(const Json& jwk) {
  const absl::StatusOr<std::string> x = Decode(jwk, "x");
  if (!x.ok()) return x.status();
  const absl::StatusOr<std::string> y = Decode(jwk, "y");
  if (!y.ok()) return y.status();
  if (x->size() != kCoordinateBytes || y->size() != kCoordinateBytes) return Refused("EC coordinate not of 32 bytes");
  const std::string point = absl::StrCat("\x04", *x, *y);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return Refused("EC key not usable");
  }
  return FromParams("EC", builder.get());
}

absl::StatusOr<EvpPkeyPtr> Ed25519Key(const Json& jwk) {
  const absl::StatusOr<std::string> x = Decode(jwk, "x");
  if (!x.ok()) return x.status();
  return EvpPkeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size()));
}

absl::StatusOr<EvpPkeyPtr> KeyOfFamily(const Json& jwk, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return EcKey(jwk);
    case Algorithm::kEdDsa:
      return Ed25519Key(jwk);
    default:
      return RsaKey(jwk);
  }
}

absl::StatusOr<EvpPkeyPtr> PublicKey(const Json& jwk, Algorithm algorithm) {
  absl::StatusOr<EvpPkeyPtr> key = KeyOfFamily(jwk, algorithm);
  if (!key.ok()) return key;
  if (*key == nullptr) return Refused("public key not valid");
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key->get(), nullptr));
  if (context == nullptr || EVP_PKEY_public_check(context.get()) != 1) return Refused("public key not valid");
  return key;
}

// The DER form that OpenSSL verifies; empty where `signature` is not R and S.
std::string EcdsaDer(absl::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return "";
  const EcdsaSigPtr pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Bytes(signature), kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(signature) + kCoordinateBytes, kCoordinateBytes, nullptr);
  // From here on the pair owns both; where it does not, they go as they came.
  if (pair == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return "";
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return "";
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

bool UsePss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

absl::StatusOr<std::optional<VerificationKey>> VerificationKey::FromJwk(const Json& jwk, const Algorithms& allowed) {
  const OpensslErrorScope errors;
  if (!jwk.is_object()) return Refused("not a JSON object");
  if (absl::Status status = CheckPublic(jwk); !status.ok()) return status;
  if (absl::Status status = CheckStrings(jwk); !status.ok()) return status;
  if (!jwk.contains("kty")) return Refused("kty: missing");
  Algorithms algorithms = Capabilities(jwk);
  if (!ForVerification(jwk) || algorithms.empty()) return std::nullopt;
  const Algorithm family = algorithms.front();
  if (const std::string* name = FindString(jwk, "alg"); name != nullptr) {
    const std::optional<Algorithm> only = AlgorithmOfName(*name);
    if (!only.has_value()) return std::nullopt;
    if (!absl::c_linear_search(algorithms, *only)) return Refused("alg: does not fit the key");
    algorithms = {*only};
  }
  const auto forbidden = [&](Algorithm algorithm) { return !absl::c_linear_search(allowed, algorithm); };
  algorithms.erase(std::ranges::remove_if(algorithms, forbidden).begin(), algorithms.end());
  if (algorithms.empty()) return std::nullopt;
  const std::string* id = FindString(jwk, "kid");
  if (id == nullptr || id->empty() || id->size() > kMaxKeyIdBytes) return Refused("kid: must have 1 to 256 bytes");
  absl::StatusOr<EvpPkeyPtr> key = PublicKey(jwk, family);
  if (!key.ok()) return key.status();
  return VerificationKey(*id, std::move(algorithms), *std::move(key));
}

bool VerificationKey::Allows(Algorithm algorithm) const { return absl::c_linear_search(algorithms_, algorithm); }

bool VerificationKey::Verify(Algorithm algorithm, absl::string_view message, absl::string_view signature) const {
  if (!Allows(algorithm)) return false;
  const OpensslErrorScope errors;
  std::string der;
  if (algorithm == Algorithm::kEs256) {
    der = EcdsaDer(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  if (context == nullptr) return false;
  // Ed25519 hashes by itself and takes the message in one call.
  const EVP_MD* hash = algorithm == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  EVP_PKEY_CTX* key_context = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &key_context, hash, nullptr, key_.get()) != 1) return false;
  if (algorithm == Algorithm::kPs256 && !UsePss(key_context)) return false;
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace mcmig::token
