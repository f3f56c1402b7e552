#include "common/rpc/caller_verifier.h"

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/identity/certificate.h"
#include "common/rpc/certificate.h"

namespace mcmig::rpc {
namespace {

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

bool CallerVerifier::Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
                            std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) {
  const absl::StatusOr<identity::CertificateChain> chain =
      identity::CertificateChain::Parse(WholeChain(View(request->peer_cert()), View(request->peer_cert_full_chain())));
  if (chain.ok() && table_->trust()->Vouches(*chain, own_only_, absl::Now())) {
    *sync_status = grpc::Status::OK;
    return true;
  }
  *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the caller's certificate is under no known root");
  if (refused_ != nullptr) refused_->Count();
  return true;
}

}  // namespace mcmig::rpc
