#ifndef SERVICES_MCMIG_IMPORT_COMMAND_H_
#define SERVICES_MCMIG_IMPORT_COMMAND_H_

#include <string>

#include "services/mcmig/connection.h"
#include "services/mcmig/import_lines.h"

namespace mcmig::cli {

// Imports `file` ("-": stdin), reports on stderr, prints "applied N, refused M"; the exit code: kSuccess only where
// every line was applied.
int RunImport(const std::string& file, const google::protobuf::Message& prototype, const ApplyBatch& apply);

// One import call: `method` of `stub`, with the time that a full batch may take.
template <class Stub, class Request>
absl::StatusOr<v1::ImportResponse> Call(Stub& stub,
                                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                                     v1::ImportResponse*),
                                        const Request& request) {
  grpc::ClientContext context;
  SetTimeout(context);
  v1::ImportResponse response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return absl::Status(static_cast<absl::StatusCode>(status.error_code()), Describe(status));
  return response;
}

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_IMPORT_COMMAND_H_
