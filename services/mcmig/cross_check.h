#ifndef SERVICES_MCMIG_CROSS_CHECK_H_
#define SERVICES_MCMIG_CROSS_CHECK_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mcmig/v1/migration.pb.h"
#include "mcmig/v1/register_admin.pb.h"

// Whether a primary MC system's records and a partner's visitors say the same of who is served where.
namespace mcmig::cli {

// Who is migrated, under which epoch ("1.42"): by "sip:alice@north.example MCPTT", the ID in its canonical form.
using Epochs = std::map<std::string, std::string>;
// `id`: an MC service ID; one that is none stands for itself.
std::string UserText(const std::string& id, v1::McService service);

// The records of users who are migrated to the partner against the visitors whom it serves for the primary: each
// visitor has a record at that epoch, and each record a visitor.
std::vector<v1::RegisterFinding> Compare(const Epochs& records, const Epochs& visitors);

// What is found in each of up to `rounds` comparisons of what `records` and `visitors` read, with `pause` between them:
// what is on its way while one side has been read and the other has not is over by then.
absl::StatusOr<std::vector<v1::RegisterFinding>> CompareUntilSteady(
    const std::function<absl::StatusOr<Epochs>()>& records, const std::function<absl::StatusOr<Epochs>()>& visitors,
    int rounds, const std::function<void()>& pause);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_CROSS_CHECK_H_
