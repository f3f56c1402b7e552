#include "common/identity/testing/certificates.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "glog/logging.h"
#include "openssl/bio.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/rand.h"
#include "openssl/x509v3.h"

namespace mcmig::identity::testing {
namespace {

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<&X509_free>>;
using Bio = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<&X509_EXTENSION_free>>;

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<size_t>(size)};
}

std::string PemOf(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK_EQ(PEM_write_bio_X509(bio.get(), certificate), 1);
  return TextOf(bio.get());
}

std::string PemOf(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK_EQ(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  return TextOf(bio.get());
}

Key NewKey() {
  Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  return key;
}

struct Contents {
  std::string name;
  std::vector<std::pair<int, std::string>> extensions = {};  // NID and OpenSSL's text form
  absl::Time not_before = absl::Now() - absl::Hours(2);
  absl::Time not_after = absl::Now() + absl::Hours(24 * 30);
};

// A certificate of `key`, signed by `issuer_key`; self-signed where `issuer` is null.
Certificate Sign(const Contents& contents, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Certificate certificate(X509_new());
  uint64_t serial = 0;
  CHECK_EQ(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)), 1);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(contents.not_before));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(contents.not_after));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(contents.name.c_str()), -1, -1, 0);
  X509* const signer = issuer != nullptr ? issuer : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  X509_set_pubkey(certificate.get(), key);
  for (const auto& [nid, value] : contents.extensions) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer, certificate.get(), nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    CHECK(extension != nullptr) << value;
    X509_add_ext(certificate.get(), extension.get(), -1);
  }
  CHECK_GT(X509_sign(certificate.get(), issuer_key, EVP_sha256()), 0);
  return certificate;
}

Contents AuthorityContents(const std::string& name) {
  return {.name = name,
          .extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                         {NID_key_usage, "critical,keyCertSign,cRLSign"},
                         {NID_subject_key_identifier, "hash"}}};
}

}  // namespace

struct CertificateAuthority::State {
  Key key;
  Certificate certificate;
  std::string pem;
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

CertificateAuthority CertificateAuthority::Make(const std::string& name) {
  auto state = std::make_unique<State>();
  state->key = NewKey();
  state->certificate = Sign(AuthorityContents(name), state->key.get(), nullptr, state->key.get());
  state->pem = PemOf(state->certificate.get());
  return CertificateAuthority(std::move(state));
}

CertificateAuthority CertificateAuthority::MakeIntermediate(const std::string& name) const {
  auto state = std::make_unique<State>();
  state->key = NewKey();
  state->certificate = Sign(AuthorityContents(name), state->key.get(), state_->certificate.get(), state_->key.get());
  state->pem = PemOf(state->certificate.get());
  return CertificateAuthority(std::move(state));
}

const std::string& CertificateAuthority::certificate_pem() const { return state_->pem; }

Issued CertificateAuthority::Issue(const LeafRequest& request) const {
  std::vector<std::string> names;
  for (const std::string& name : request.dns) names.push_back(absl::StrCat("DNS:", name));
  for (const std::string& name : request.uris) names.push_back(absl::StrCat("URI:", name));
  for (const std::string& name : request.ips) names.push_back(absl::StrCat("IP:", name));
  Contents contents{.name = request.dns.empty() ? "leaf" : request.dns[0].substr(0, 64),
                    .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                                   {NID_key_usage, "critical,digitalSignature"},
                                   {NID_ext_key_usage, "serverAuth,clientAuth"}},
                    .not_before = request.not_before,
                    .not_after = request.not_after};
  if (!names.empty()) contents.extensions.emplace_back(NID_subject_alt_name, absl::StrJoin(names, ","));
  const Key key = NewKey();
  const Certificate certificate = Sign(contents, key.get(), state_->certificate.get(), state_->key.get());
  return {.certificate_pem = PemOf(certificate.get()), .key_pem = PemOf(key.get())};
}

}  // namespace mcmig::identity::testing
