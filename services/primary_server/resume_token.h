#ifndef SERVICES_PRIMARY_SERVER_RESUME_TOKEN_H_
#define SERVICES_PRIMARY_SERVER_RESUME_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// resume_token of WatchMigrations. Pure; thread-safe.
namespace mcmig::primary_server {

// A place in the journal of one register: after a change.
struct JournalPlace {
  // Of the register's epochs: another one is another history.
  uint64_t incarnation = 0;
  // The change's; 0 for the begin of a journal that was empty.
  uint64_t sequence = 0;
  // When the change was made: tells a register from another one that has a change of the same sequence.
  absl::Time at = absl::UnixEpoch();
};

std::string ResumeToken(const JournalPlace& place);
// INVALID_ARGUMENT where `token` is not the one form that ResumeToken makes.
absl::StatusOr<JournalPlace> ParseResumeToken(absl::string_view token);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_RESUME_TOKEN_H_
