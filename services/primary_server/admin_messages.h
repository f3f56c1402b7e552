#ifndef SERVICES_PRIMARY_SERVER_ADMIN_MESSAGES_H_
#define SERVICES_PRIMARY_SERVER_ADMIN_MESSAGES_H_

#include <string>

#include "common/protocol/authorization.h"
#include "common/register/migration.h"
#include "mcmig/v1/admin.pb.h"

// The primary's state in the form of admin.proto. Pure; thread-safe.
namespace mcmig::primary_server {

// `mc_service_id`: as imported.
v1::UserProfile ToProto(const migration::Profile& profile, const std::string& mc_service_id,
                        protocol::McService service);

v1::MigrationChange ToProto(const migration::JournalEntry& entry);
v1::MigrationRecord ToProto(const migration::Record& record, protocol::McService service);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_ADMIN_MESSAGES_H_
