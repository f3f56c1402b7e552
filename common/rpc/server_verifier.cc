#include "common/rpc/server_verifier.h"

#include <grpcpp/grpcpp.h>

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/rpc/certificate.h"

namespace mcmig::rpc {
namespace {

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

bool Names(const std::vector<grpc::string_ref>& names, absl::string_view wanted) {
  return absl::c_any_of(names, [wanted](grpc::string_ref name) { return View(name) == wanted; });
}

}  // namespace

ServerVerifier::ServerVerifier(std::shared_ptr<const identity::SystemTable> table, identity::SystemName system,
                               std::string server_name)
    : table_(std::move(table)), system_(std::move(system)), server_name_(std::move(server_name)) {}

bool ServerVerifier::Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
                            std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) {
  *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the server is not the configured one");
  if (!Names(request->dns_names(), server_name_) && !Names(request->uri_names(), server_name_)) return true;
  const absl::StatusOr<identity::Peer> peer =
      table_->Identify(WholeChain(View(request->peer_cert()), View(request->peer_cert_full_chain())));
  if (peer.ok() && peer->system == system_) *sync_status = grpc::Status::OK;
  return true;
}

}  // namespace mcmig::rpc
