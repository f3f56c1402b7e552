#ifndef COMMON_REGISTER_INCARNATION_FILE_H_
#define COMMON_REGISTER_INCARNATION_FILE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// The incarnation of a store's epochs, kept outside of the store, so that a store which is older than its incarnation –
// copied back from a backup – is recognised. One file beside the store's directory, with the number in decimal.
//
// UNAVAILABLE where the file could not be read or written; DATA_LOSS where what it says is no incarnation. One process
// at a time, which owns the store.
namespace mcmig::migration {

// "<directory>.incarnation".
std::string IncarnationFile(const std::string& directory);

// Empty where there is no such file.
absl::StatusOr<std::optional<uint64_t>> ReadIncarnation(const std::string& directory);

// Durable when OK, and the file then says either the old number or this one, whole.
absl::Status WriteIncarnation(const std::string& directory, uint64_t incarnation);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_INCARNATION_FILE_H_
