#include "tests/rotation/handshake.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>

#include "common/identity/openssl_ptr.h"

namespace mcmig::rotation {

using identity::BioPtr;
using identity::OpensslErrorScope;
using identity::OpensslFree;
using identity::X509Ptr;
using ContextPtr = std::unique_ptr<SSL_CTX, OpensslFree<&SSL_CTX_free>>;

std::string ShownCertificate(const std::string& address, const harness::Credential& credential) {
  const OpensslErrorScope errors;
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || SSL_CTX_use_certificate_chain_file(context.get(), credential.chain_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), credential.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return "";
  }
  constexpr unsigned char kProtocols[] = "\x02h2";
  SSL_CTX_set_alpn_protos(context.get(), kProtocols, sizeof kProtocols - 1);
  const BioPtr connection(BIO_new_ssl_connect(context.get()));
  if (connection == nullptr || BIO_set_conn_hostname(connection.get(), address.c_str()) != 1) return "";
  if (BIO_do_handshake(connection.get()) != 1) return "";
  SSL* ssl = nullptr;
  BIO_get_ssl(connection.get(), &ssl);
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl));
  const BioPtr text(BIO_new(BIO_s_mem()));
  if (certificate == nullptr || PEM_write_bio_X509(text.get(), certificate.get()) != 1) return "";
  const char* bytes = nullptr;
  const auto length = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<size_t>(length)};
}

}  // namespace mcmig::rotation
