#ifndef COMMON_IDENTITY_OPENSSL_PTR_H_
#define COMMON_IDENTITY_OPENSSL_PTR_H_

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>

namespace mcmig::identity {

// Gives an OpenSSL object back with the function that belongs to its type.
template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

inline void FreeCertificates(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, &X509_free); }
inline void FreeLists(STACK_OF(X509_CRL) * stack) { sk_X509_CRL_pop_free(stack, &X509_CRL_free); }

// Owners of OpenSSL objects. Null is what OpenSSL returns on failure.
using BioPtr = std::unique_ptr<BIO, OpensslFree<&BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<&EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslFree<&X509_free>>;
// Owns its certificates too.
using X509StackPtr = std::unique_ptr<STACK_OF(X509), OpensslFree<&FreeCertificates>>;
using CrlPtr = std::unique_ptr<X509_CRL, OpensslFree<&X509_CRL_free>>;
// Owns its lists too.
using CrlStackPtr = std::unique_ptr<STACK_OF(X509_CRL), OpensslFree<&FreeLists>>;
using X509StorePtr = std::unique_ptr<X509_STORE, OpensslFree<&X509_STORE_free>>;
using X509StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, OpensslFree<&X509_STORE_CTX_free>>;
using X509ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslFree<&X509_EXTENSION_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslFree<&GENERAL_NAMES_free>>;

// Takes back the errors that OpenSSL queued on this thread in the guard's scope. The queue is the thread's: a refused
// certificate that stays in it looks like a failure of the next TLS connection there.
class OpensslErrorScope {
 public:
  OpensslErrorScope() { ERR_set_mark(); }
  ~OpensslErrorScope() { ERR_pop_to_mark(); }
  OpensslErrorScope(const OpensslErrorScope&) = delete;
  OpensslErrorScope& operator=(const OpensslErrorScope&) = delete;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_OPENSSL_PTR_H_
