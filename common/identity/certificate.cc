#include "common/identity/certificate.h"

#include <openssl/pem.h>

#include <algorithm>
#include <climits>
#include <ctime>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mcmig::identity {
namespace {

// OpenSSL's level of 112 bits: no RSA below 2,048 bits, no SHA-1.
constexpr int kSecurityLevel = 2;

// Without it OpenSSL asks the terminal for the passphrase of an encrypted block.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

// All certificates of `pem`; null where there is none, a broken one or more than `max`.
X509StackPtr ReadCertificates(absl::string_view pem, size_t max) {
  if (pem.size() > INT_MAX) return nullptr;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509StackPtr certificates(sk_X509_new_null());
  if (bio == nullptr || certificates == nullptr) return nullptr;
  while (true) {
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, &NoPassphrase, nullptr));
    if (certificate == nullptr) break;
    if (static_cast<size_t>(sk_X509_num(certificates.get())) == max) return nullptr;
    if (sk_X509_push(certificates.get(), certificate.get()) == 0) return nullptr;
    (void)certificate.release();  // the stack owns it now
  }
  const auto error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  return at_end && sk_X509_num(certificates.get()) > 0 ? std::move(certificates) : nullptr;
}

absl::string_view Bytes(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// The keys of the DNS and URI SANs; none where the extension is missing, repeated or malformed.
std::vector<std::string> NamesOf(X509* leaf) {
  std::vector<std::string> keys;
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return keys;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) keys.push_back(DnsNameKey(Bytes(name->d.dNSName)));
    if (name->type == GEN_URI) keys.push_back(UriNameKey(Bytes(name->d.uniformResourceIdentifier)));
  }
  return keys;
}

absl::Time TimeOf(const ASN1_TIME* time, absl::Time unreadable) {
  std::tm utc{};
  return ASN1_TIME_to_tm(time, &utc) == 1 ? absl::FromTM(utc, absl::UTCTimeZone()) : unreadable;
}

// The time in which all of `chain` is valid. A time that cannot be read leaves none.
Validity ValidityOf(const STACK_OF(X509) * chain) {
  Validity validity;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* certificate = sk_X509_value(chain, i);
    validity.not_before =
        std::max(validity.not_before, TimeOf(X509_get0_notBefore(certificate), absl::InfiniteFuture()));
    validity.not_after = std::min(validity.not_after, TimeOf(X509_get0_notAfter(certificate), absl::InfinitePast()));
  }
  return validity;
}

}  // namespace

std::string DnsNameKey(absl::string_view name) { return absl::StrCat("DNS:", absl::AsciiStrToLower(name)); }

std::string UriNameKey(absl::string_view uri) { return absl::StrCat("URI:", uri); }

std::string ConfiguredNameKey(absl::string_view name) {
  return name.find(':') == absl::string_view::npos ? DnsNameKey(name) : UriNameKey(name);
}

absl::StatusOr<CertificateChain> CertificateChain::Parse(absl::string_view pem) {
  const OpensslErrorScope errors;
  if (pem.size() > kMaxBytes) return absl::UnauthenticatedError("certificate chain is too long");
  X509StackPtr certificates = ReadCertificates(pem, kMaxCertificates);
  if (certificates == nullptr) return absl::UnauthenticatedError("certificate chain cannot be read");
  std::vector<std::string> names = NamesOf(sk_X509_value(certificates.get(), 0));
  if (names.empty()) return absl::UnauthenticatedError("certificate has no DNS or URI subject alternative name");
  if (names.size() > kMaxNames) return absl::UnauthenticatedError("certificate has too many names");
  return CertificateChain(std::move(certificates), std::move(names));
}

absl::StatusOr<absl::Time> EarliestExpiry(absl::string_view pem) {
  const OpensslErrorScope errors;
  const X509StackPtr certificates = ReadCertificates(pem, TrustRoots::kMaxCertificates);
  if (certificates == nullptr) return absl::InvalidArgumentError("certificates cannot be read");
  return ValidityOf(certificates.get()).not_after;
}

absl::StatusOr<TrustRoots> TrustRoots::Parse(absl::string_view pem, std::optional<RevocationLists> lists) {
  const OpensslErrorScope errors;
  const X509StackPtr certificates = ReadCertificates(pem, kMaxCertificates);
  if (certificates == nullptr) return absl::InvalidArgumentError("root certificates cannot be read");
  X509StorePtr store(X509_STORE_new());
  if (store == nullptr) return absl::InvalidArgumentError("root certificates cannot be used");
  for (int i = 0; i < sk_X509_num(certificates.get()); ++i) {
    X509* root = sk_X509_value(certificates.get(), i);
    // Verification would refuse whatever it issued, and the reason would look like the peers' fault.
    if (X509_check_ca(root) == 0) return absl::InvalidArgumentError("root certificate is that of no authority");
    if (X509_STORE_add_cert(store.get(), root) != 1) {
      return absl::InvalidArgumentError("root certificates cannot be used");
    }
  }
  if (lists.has_value()) {
    if (absl::Status added = lists->AddTo(store.get(), certificates.get()); !added.ok()) return added;
  }
  return TrustRoots(std::move(store), std::move(lists));
}

absl::StatusOr<Validity> TrustRoots::VerifyFor(int purpose, const CertificateChain& chain, absl::Time now) const {
  STACK_OF(X509)* const certificates = chain.certificates_.get();
  const X509StoreCtxPtr context(X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), store_.get(), sk_X509_value(certificates, 0), certificates) != 1) {
    return absl::UnauthenticatedError("certificate cannot be verified");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(CertificateChain::kMaxCertificates));
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  if (X509_VERIFY_PARAM_set_purpose(parameters, purpose) != 1) {
    return absl::UnauthenticatedError("certificate cannot be verified");
  }
  RevocationLists::AllowGrace(context.get());
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    return absl::UnauthenticatedError(X509_verify_cert_error_string(error));
  }
  STACK_OF(X509)* const found = X509_STORE_CTX_get0_chain(context.get());
  Validity validity = ValidityOf(found);
  if (lists_.has_value()) validity.not_after = std::min(validity.not_after, lists_->GoodUntil(found));
  return validity;
}

absl::StatusOr<Validity> TrustRoots::Verify(const CertificateChain& chain, absl::Time now) const {
  const OpensslErrorScope errors;
  // A peer is met as the client of a connection and as its server; TLS itself has checked the end that it is.
  absl::StatusOr<Validity> as_client = VerifyFor(X509_PURPOSE_SSL_CLIENT, chain, now);
  if (as_client.ok()) return as_client;
  absl::StatusOr<Validity> as_server = VerifyFor(X509_PURPOSE_SSL_SERVER, chain, now);
  return as_server.ok() ? as_server : as_client;
}

}  // namespace mcmig::identity
