#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/register/backup_file.h"

namespace mcmig::migration {
namespace {

constexpr absl::string_view kMagic = "mcmig backup 1\n";
constexpr absl::string_view kInfo = "mcmig backup 1";
constexpr size_t kSaltBytes = 32;
constexpr int kTagBytes = 16;
constexpr size_t kNonceBytes = 12;
constexpr size_t kCounterBytes = 8;
static_assert(BackupCipher::kHeaderBytes == kMagic.size() + kSaltBytes);

using Nonce = std::array<uint8_t, kNonceBytes>;

Nonce NonceOf(uint64_t chunk, bool last) {
  Nonce nonce{};
  for (size_t i = kCounterBytes; i-- > 0; chunk >>= 8) nonce[i] = static_cast<uint8_t>(chunk);
  nonce.back() = last ? 1 : 0;
  return nonce;
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;
struct FreeKey {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

absl::Status Failed() { return absl::InternalError("OpenSSL failed"); }

}  // namespace

absl::StatusOr<std::string> BackupCipher::NewHeader() {
  std::string header = absl::StrCat(kMagic, std::string(kSaltBytes, '\0'));
  if (RAND_bytes(Bytes(header) + kMagic.size(), kSaltBytes) != 1) return Failed();
  return header;
}

absl::StatusOr<BackupCipher> BackupCipher::Create(const BackupKey& key, absl::string_view header) {
  absl::string_view salt = header;
  if (header.size() != kHeaderBytes || !absl::ConsumePrefix(&salt, kMagic)) {
    return absl::InvalidArgumentError("no backup of this program, or of a later version");
  }
  BackupCipher cipher;
  cipher.header_ = std::string(header);
  const std::unique_ptr<EVP_PKEY_CTX, FreeKey> derive(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  size_t bytes = cipher.key_.size();
  if (derive == nullptr || EVP_PKEY_derive_init(derive.get()) != 1 ||
      EVP_PKEY_CTX_set_hkdf_md(derive.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set1_hkdf_salt(derive.get(), Bytes(salt), static_cast<int>(salt.size())) != 1 ||
      EVP_PKEY_CTX_set1_hkdf_key(derive.get(), key.data(), static_cast<int>(key.size())) != 1 ||
      EVP_PKEY_CTX_add1_hkdf_info(derive.get(), Bytes(kInfo), static_cast<int>(kInfo.size())) != 1 ||
      EVP_PKEY_derive(derive.get(), cipher.key_.data(), &bytes) != 1 || bytes != cipher.key_.size()) {
    return Failed();
  }
  return cipher;
}

absl::StatusOr<std::string> BackupCipher::Seal(absl::string_view chunk, bool last) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  const Nonce nonce = NonceOf(chunks_++, last);
  std::string sealed(chunk.size() + kTagBytes, '\0');
  int bytes = 0;
  int more = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce.data()) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &bytes, Bytes(header_), static_cast<int>(header_.size())) != 1 ||
      EVP_EncryptUpdate(context.get(), Bytes(sealed), &bytes, Bytes(chunk), static_cast<int>(chunk.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), Bytes(sealed) + bytes, &more) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(sealed) + chunk.size()) != 1) {
    return Failed();
  }
  return sealed;
}

absl::StatusOr<std::string> BackupCipher::Open(absl::string_view sealed, bool last) {
  absl::Status wrong =
      absl::DataLossError("the backup was cut off or changed, or the key is not the one it was written with");
  if (sealed.size() < kTagBytes) return wrong;
  const CipherContext context(EVP_CIPHER_CTX_new());
  const Nonce nonce = NonceOf(chunks_++, last);
  const absl::string_view text = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(text.size()));
  std::string chunk(text.size(), '\0');
  int bytes = 0;
  int more = 0;
  if (context == nullptr ||
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce.data()) != 1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &bytes, Bytes(header_), static_cast<int>(header_.size())) != 1 ||
      EVP_DecryptUpdate(context.get(), Bytes(chunk), &bytes, Bytes(text), static_cast<int>(text.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Bytes(tag)) != 1) {
    return Failed();
  }
  if (EVP_DecryptFinal_ex(context.get(), Bytes(chunk) + bytes, &more) != 1) return wrong;
  return chunk;
}

}  // namespace mcmig::migration
