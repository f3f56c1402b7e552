#ifndef SERVICES_MCMIG_BUNDLE_IMPORT_BUNDLE_H_
#define SERVICES_MCMIG_BUNDLE_IMPORT_BUNDLE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/mcmig/bundle/admission.h"

namespace mcmig::bundle {

struct ImportRequest {
  std::string file;
  // trust_directory.h. Absolute.
  std::string directory;
  // As an operator typed it; may be empty.
  std::string fingerprint;
  // The own system table; empty: not compared.
  std::string system_table_file;
  // Says what would change, and changes nothing.
  bool preview = false;
  // Without the overlap: what only earlier bundles named goes.
  bool drop_old = false;
  absl::Time now;
  // As TrustDirectory::set_after_step.
  std::function<void()> after_step = [] {};
};

struct ImportReport {
  std::string system;
  uint32_t version = 0;
  Admitted admitted = Admitted::kFirst;
  // Whether anything was written; of a preview, whether it would have been.
  bool changed = false;
  // difference.h: what the bundle changes; what stays from earlier ones; and what of that goes.
  std::vector<std::string> differences;
  std::vector<std::string> kept;
  std::vector<std::string> dropped;
  // The entry of the system table where it has to be edited by hand, as YAML; else empty.
  std::string table_entry;
};

// Reads, checks and compares a bundle, and puts it into force unless that is only previewed. Nothing has changed where
// it fails: as SignedBundle::Open, CheckOffer, CheckTable, WithOverlap and TrustDirectory, and NOT_FOUND where the file
// cannot be read. Blocking.
absl::StatusOr<ImportReport> ImportBundle(const ImportRequest& request);

// The bundle in a file. As SignedBundle::Open; NOT_FOUND and the like where it cannot be read.
absl::StatusOr<SignedBundle> ReadBundleFile(const std::string& path);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_IMPORT_BUNDLE_H_
