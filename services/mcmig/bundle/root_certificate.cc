#include "services/mcmig/bundle/root_certificate.h"

#include <openssl/pem.h>

#include <utility>

#include "absl/status/status.h"
#include "common/config/pem.h"
#include "common/identity/certificate.h"
#include "common/identity/openssl_ptr.h"
#include "services/mcmig/bundle/fingerprint.h"

namespace mcmig::bundle {
namespace {

using identity::BioPtr;
using identity::OpensslErrorScope;
using identity::X509Ptr;

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

absl::StatusOr<RootCertificate> ReadOne(const std::string& der) {
  const OpensslErrorScope errors;
  auto unreadable = absl::InvalidArgumentError("holds a certificate that cannot be read");
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const X509Ptr certificate(d2i_X509(nullptr, &start, static_cast<long>(der.size())));
  const BioPtr pem(BIO_new(BIO_s_mem()));
  const BioPtr subject(BIO_new(BIO_s_mem()));
  if (certificate == nullptr || pem == nullptr || subject == nullptr ||
      PEM_write_bio_X509(pem.get(), certificate.get()) != 1 ||
      X509_NAME_print_ex(subject.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253) < 0) {
    return unreadable;
  }
  RootCertificate root{
      .pem = TextOf(pem.get()), .subject = TextOf(subject.get()), .fingerprint = Fingerprint(der), .expires = {}};
  const absl::StatusOr<absl::Time> expires = identity::EarliestExpiry(root.pem);
  if (!expires.ok()) return unreadable;
  root.expires = *expires;
  return root;
}

}  // namespace

absl::StatusOr<std::vector<RootCertificate>> ReadRoots(const std::string& pem) {
  const absl::StatusOr<std::vector<std::string>> certificates = config::CertificatesOf(pem);
  if (!certificates.ok()) return certificates.status();
  // Who verifies peers reads them with this.
  if (absl::Status usable = identity::TrustRoots::Parse(pem).status(); !usable.ok()) return usable;
  std::vector<RootCertificate> roots;
  roots.reserve(certificates->size());
  for (const std::string& der : *certificates) {
    absl::StatusOr<RootCertificate> root = ReadOne(der);
    if (!root.ok()) return root.status();
    roots.push_back(*std::move(root));
  }
  return roots;
}

}  // namespace mcmig::bundle
