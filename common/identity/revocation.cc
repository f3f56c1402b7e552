#include "common/identity/revocation.h"

#include <openssl/objects.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

namespace mcmig::identity {
namespace {

int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

absl::Time NextUpdate(const X509_CRL* list) {
  std::tm utc{};
  const ASN1_TIME* time = X509_CRL_get0_nextUpdate(list);
  if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1) return absl::InfinitePast();
  return absl::FromTM(utc, absl::UTCTimeZone());
}

// OpenSSL's security level is for certificates only.
bool HasWeakDigest(const X509_CRL* list) {
  int digest = NID_undef;
  int key = NID_undef;
  if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(list), &digest, &key) != 1) return true;
  return digest == NID_sha1 || digest == NID_md5 || digest == NID_md5_sha1 || digest == NID_ripemd160;
}

bool SameIssuer(const X509_NAME* name, const X509_CRL* list) {
  return X509_NAME_cmp(name, X509_CRL_get_issuer(list)) == 0;
}

// Whether no root has the list's name, or one of them signed it.
bool SignedByItsRoot(X509_CRL* list, const STACK_OF(X509) * roots) {
  bool named = false;
  for (int i = 0; i < sk_X509_num(roots); ++i) {
    X509* root = sk_X509_value(roots, i);
    if (!SameIssuer(X509_get_subject_name(root), list)) continue;
    named = true;
    if (X509_CRL_verify(list, X509_get0_pubkey(root)) == 1) return true;
  }
  return !named;
}

int Tolerate(int ok, X509_STORE_CTX* context) {
  if (ok == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_CRL_HAS_EXPIRED) return ok;
  const X509_CRL* list = X509_STORE_CTX_get0_current_crl(context);
  if (list == nullptr) return 0;
  const absl::Time now = absl::FromTimeT(X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context)));
  return now < NextUpdate(list) + RevocationLists::kGrace ? 1 : 0;
}

}  // namespace

absl::StatusOr<RevocationLists> RevocationLists::Parse(absl::string_view pem) {
  const OpensslErrorScope errors;
  if (pem.size() > kMaxBytes) return absl::InvalidArgumentError("revocation lists are too large");
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CrlStackPtr lists(sk_X509_CRL_new_null());
  if (bio == nullptr || lists == nullptr) return absl::InvalidArgumentError("revocation lists cannot be read");
  while (true) {
    CrlPtr list(PEM_read_bio_X509_CRL(bio.get(), nullptr, &NoPassphrase, nullptr));
    if (list == nullptr) break;
    if (static_cast<size_t>(sk_X509_CRL_num(lists.get())) == kMaxLists) {
      return absl::InvalidArgumentError("revocation lists are too many");
    }
    if (NextUpdate(list.get()) == absl::InfinitePast()) {
      return absl::InvalidArgumentError("revocation list does not say when the next one comes");
    }
    if (HasWeakDigest(list.get())) return absl::InvalidArgumentError("revocation list has a weak signature");
    if (sk_X509_CRL_push(lists.get(), list.get()) == 0) break;
    (void)list.release();  // the stack owns it now
  }
  const auto error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end || sk_X509_CRL_num(lists.get()) == 0) {
    return absl::InvalidArgumentError("revocation lists cannot be read");
  }
  return RevocationLists(std::move(lists));
}

absl::Status RevocationLists::AddTo(X509_STORE* store, const STACK_OF(X509) * roots) const {
  const OpensslErrorScope errors;
  for (int i = 0; i < sk_X509_CRL_num(lists_.get()); ++i) {
    X509_CRL* list = sk_X509_CRL_value(lists_.get(), i);
    if (!SignedByItsRoot(list, roots)) {
      return absl::InvalidArgumentError("revocation list is not signed by the authority that it names");
    }
    if (X509_STORE_add_crl(store, list) != 1) {
      return absl::InvalidArgumentError("revocation lists cannot be used");
    }
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return absl::OkStatus();
}

absl::Time RevocationLists::GoodUntil(const STACK_OF(X509) * chain) const {
  absl::Time until = absl::InfiniteFuture();
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509_NAME* issuer = X509_get_issuer_name(sk_X509_value(chain, i));
    absl::Time latest = absl::InfinitePast();
    for (int j = 0; j < sk_X509_CRL_num(lists_.get()); ++j) {
      const X509_CRL* list = sk_X509_CRL_value(lists_.get(), j);
      if (SameIssuer(issuer, list)) latest = std::max(latest, NextUpdate(list) + kGrace);
    }
    until = std::min(until, latest);
  }
  return until;
}

absl::Time RevocationLists::GoodUntil() const {
  absl::Time until = absl::InfiniteFuture();
  for (int i = 0; i < sk_X509_CRL_num(lists_.get()); ++i) {
    until = std::min(until, NextUpdate(sk_X509_CRL_value(lists_.get(), i)) + kGrace);
  }
  return until;
}

void RevocationLists::AllowGrace(X509_STORE_CTX* context) { X509_STORE_CTX_set_verify_cb(context, &Tolerate); }

}  // namespace mcmig::identity
