#include "common/identity/testing/certificates.h"

#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <utility>

namespace mcmig::identity::testing {
namespace {

// Ends the program: a fixture that cannot be made leaves nothing to test.
void Require(bool condition, const char* what) {
  if (condition) return;
  std::cerr << "common/identity/testing: cannot make " << what << '\n';
  std::abort();
}

// The issuer of a certificate; a null certificate for one that is signed by its own key.
struct Signer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, OpensslFree<&ASN1_TIME_free>>;

struct Validity {
  absl::Time not_before;
  absl::Time not_after;
};

KeyPtr NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "a key");
  return key;
}

std::string Text(BIO* bio) {
  const char* bytes = nullptr;
  const auto length = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<size_t>(length)};
}

std::string CertificatePem(X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1, "a certificate's PEM");
  return Text(bio.get());
}

std::string KeyPem(EVP_PKEY* key) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "a key's PEM");
  return Text(bio.get());
}

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

// DNS names and URIs of any bytes, NULs among them, as a hostile authority would issue them.
GENERAL_NAME* NewName(int type, const std::string& value) {
  if (type == GEN_IPADD) return a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0);
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  Require(name != nullptr && text != nullptr, "a subject alternative name");
  Require(ASN1_STRING_set(text, value.data(), static_cast<int>(value.size())) == 1, "a subject alternative name");
  GENERAL_NAME_set0_value(name, type, text);
  return name;
}

void AddNames(GENERAL_NAMES* names, int type, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    GENERAL_NAME* name = NewName(type, value);
    Require(name != nullptr, "a subject alternative name");
    Require(sk_GENERAL_NAME_push(names, name) > 0, "a list of names");
  }
}

void AddAlternativeNames(X509* certificate, const Subject& subject) {
  if (subject.dns.empty() && subject.uris.empty() && subject.ips.empty()) return;
  GeneralNamesPtr names(GENERAL_NAMES_new());
  Require(names != nullptr, "a list of names");
  AddNames(names.get(), GEN_DNS, subject.dns);
  AddNames(names.get(), GEN_URI, subject.uris);
  AddNames(names.get(), GEN_IPADD, subject.ips);
  Require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1, "subject alternative names");
}

// Everything but the extensions and the signature.
X509Ptr NewCertificate(const std::string& common_name, EVP_PKEY* key, const Signer& signer, const Validity& validity) {
  X509Ptr certificate(X509_new());
  Require(certificate != nullptr, "a certificate");
  uint64_t serial = 0;
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "a serial number");
  X509_NAME* name = X509_get_subject_name(certificate.get());
  Require(
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
          ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U) == 1 &&
          ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(validity.not_before)) != nullptr &&
          ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(validity.not_after)) != nullptr &&
          X509_set_pubkey(certificate.get(), key) == 1 &&
          X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0) == 1 &&
          X509_set_issuer_name(certificate.get(),
                               signer.certificate == nullptr ? name : X509_get_subject_name(signer.certificate)) == 1,
      "a certificate's fields");
  return certificate;
}

X509* IssuerOf(const X509Ptr& certificate, const Signer& signer) {
  return signer.certificate == nullptr ? certificate.get() : signer.certificate;
}

void Sign(const X509Ptr& certificate, const Signer& signer) {
  X509* issuer = IssuerOf(certificate, signer);
  AddExtension(certificate.get(), issuer, NID_subject_key_identifier, "hash");
  AddExtension(certificate.get(), issuer, NID_authority_key_identifier, "keyid");
  Require(X509_sign(certificate.get(), signer.key, EVP_sha256()) > 0, "a signature");
}

X509Ptr NewAuthorityCertificate(const std::string& name, EVP_PKEY* key, const Signer& signer, bool ca) {
  const absl::Time now = absl::Now();
  X509Ptr certificate =
      NewCertificate(name, key, signer, {now - absl::Hours(24) * 365 * 5, now + absl::Hours(24) * 365 * 5});
  X509* issuer = IssuerOf(certificate, signer);
  AddExtension(certificate.get(), issuer, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(certificate.get(), issuer, NID_key_usage,
               ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  Sign(certificate, signer);
  return certificate;
}

X509Ptr NewLeafCertificate(const Subject& subject, EVP_PKEY* key, const Signer& signer) {
  X509Ptr certificate = NewCertificate("leaf", key, signer, {subject.not_before, subject.not_after});
  X509* issuer = IssuerOf(certificate, signer);
  AddExtension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  if (!subject.extended_key_usage.empty()) {
    AddExtension(certificate.get(), issuer, NID_ext_key_usage, subject.extended_key_usage.c_str());
  }
  AddAlternativeNames(certificate.get(), subject);
  Sign(certificate, signer);
  return certificate;
}

}  // namespace

CertificateAuthority CertificateAuthority::Make(const std::string& name) {
  CertificateAuthority authority(name, NewKey());
  authority.certificate_ =
      NewAuthorityCertificate(name, authority.key_.get(), {.certificate = nullptr, .key = authority.key_.get()}, true);
  return authority;
}

std::string CertificateAuthority::cert() const { return CertificatePem(certificate_.get()); }

Issued CertificateAuthority::Issue(const Subject& subject) const {
  const KeyPtr key = NewKey();
  const X509Ptr leaf = NewLeafCertificate(subject, key.get(), {.certificate = certificate_.get(), .key = key_.get()});
  return {.chain_pem = CertificatePem(leaf.get()) + intermediates_pem_, .key_pem = KeyPem(key.get())};
}

std::string CertificateAuthority::RevocationList(const std::vector<std::string>& revoked,
                                                 absl::Time next_update) const {
  const CrlPtr list(X509_CRL_new());
  const absl::Time issued = std::min(absl::Now(), next_update) - absl::Hours(1);
  const Asn1TimePtr last(ASN1_TIME_set(nullptr, absl::ToTimeT(issued)));
  const Asn1TimePtr next(ASN1_TIME_set(nullptr, absl::ToTimeT(next_update)));
  Require(list != nullptr && last != nullptr && next != nullptr && X509_CRL_set_version(list.get(), 1) == 1 &&
              X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get())) == 1 &&
              X509_CRL_set1_lastUpdate(list.get(), last.get()) == 1 &&
              X509_CRL_set1_nextUpdate(list.get(), next.get()) == 1,
          "a revocation list");
  for (const std::string& pem : revoked) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    Require(certificate != nullptr, "a revocation list of this certificate");
    X509_REVOKED* entry = X509_REVOKED_new();
    Require(entry != nullptr && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get())) == 1 &&
                X509_REVOKED_set_revocationDate(entry, last.get()) == 1 &&
                X509_CRL_add0_revoked(list.get(), entry) == 1,
            "a revocation list's entry");
  }
  X509_CRL_sort(list.get());
  Require(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0, "a revocation list's signature");
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && PEM_write_bio_X509_CRL(bio.get(), list.get()) == 1, "a revocation list's PEM");
  return Text(bio.get());
}

CertificateAuthority CertificateAuthority::MakeIntermediate(const std::string& name, bool ca) const {
  CertificateAuthority authority(name, NewKey());
  authority.certificate_ =
      NewAuthorityCertificate(name, authority.key_.get(), {.certificate = certificate_.get(), .key = key_.get()}, ca);
  authority.intermediates_pem_ = authority.cert() + intermediates_pem_;
  return authority;
}

Issued SelfSigned(const Subject& subject) {
  const KeyPtr key = NewKey();
  const X509Ptr leaf = NewLeafCertificate(subject, key.get(), {.certificate = nullptr, .key = key.get()});
  return {.chain_pem = CertificatePem(leaf.get()), .key_pem = KeyPem(key.get())};
}

}  // namespace mcmig::identity::testing
