#ifndef SERVICES_MCMIG_IMPORT_LINES_H_
#define SERVICES_MCMIG_IMPORT_LINES_H_

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "mcmig/v1/admin.pb.h"

namespace mcmig::cli {

// What became of a file of JSON lines.
struct ImportResult {
  uint64_t applied = 0;
  uint64_t refused = 0;
  // Not OK where the import ended early; what was counted until then stands.
  absl::Status status;
};

struct ImportSource {
  std::istream& lines;
  // For messages: the file's name.
  std::string name;
};

// Applies one request (a batch) and says what became of each of its entries. Called by one thread at a time.
using ApplyBatch = std::function<absl::StatusOr<v1::ImportResponse>(const google::protobuf::Message& request)>;

// Reads lines, each one entry in protobuf's JSON form (empty lines are skipped), into batches of 1,000: requests like
// `prototype`, whose only field is the list of entries. Each bad line goes to `errors` as "NAME:LINE: reason", whether
// it was refused here or by `apply`, and does not hold up the others.
//
// While one batch is applied, the next is read; batches are applied one after the other, so that of two lines
// about the same thing the later one stands. Once a second a line of progress goes to `errors`. Ends with the first
// batch that cannot be applied as a whole.
ImportResult ImportLines(const ImportSource& source, const google::protobuf::Message& prototype,
                         const ApplyBatch& apply, std::ostream& errors);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_IMPORT_LINES_H_
