#include "tests/harness/layout.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/harness/deployment_options.h"

namespace mcmig::harness {
namespace {

constexpr char kNorth[] = R"(  - name: north
    id_domains: [north.example, "*.north.example"]
    root_certificate_files: [north-ca.pem]
    identities:
      - {san: client.north.example, role: ROLE_CLIENT}
      - {san: application.north.example, role: ROLE_APPLICATION}
      - {san: gateway.north.example, role: ROLE_GATEWAY}
      - {san: primary-server-a.north.example, role: ROLE_PRIMARY_SERVER}
      - {san: primary-server-b.north.example, role: ROLE_PRIMARY_SERVER}
      - {san: operator.north.example, role: ROLE_OPERATOR}
      - {san: reader.north.example, role: ROLE_READER}
      - {san: security.north.example, role: ROLE_SECURITY}
      - {san: call-control.north.example, role: ROLE_DIRECTORY_READER}
)";

constexpr char kSouth[] = R"(  - name: south
    id_domains: [south.example]
    root_certificate_files: [south-ca.pem]
    identities:
      - {san: partner-server.south.example, role: ROLE_PARTNER_SERVER}
      - {san: gateway.south.example, role: ROLE_GATEWAY}
      - {san: operator.south.example, role: ROLE_OPERATOR}
      - {san: call-control.south.example, role: ROLE_DIRECTORY_READER}
)";

// Known to both, agreed with by neither, unless options say so.
constexpr char kWest[] = R"(  - name: west
    id_domains: [west.example]
    root_certificate_files: [west-ca.pem]
    identities:
      - {san: gateway.west.example, role: ROLE_GATEWAY}
      - {san: partner-server.west.example, role: ROLE_PARTNER_SERVER}
)";

constexpr char kWestDomain[] = "west.example";
constexpr char kEver[] = "2100-01-01T00:00:00Z";

std::string Profile(const User& user, int index, const std::string& partner, const std::string& more = "") {
  return absl::StrFormat(R"({"mc_service_id":"%s","mc_service":"MC_SERVICE_MCPTT","mc_service_user_profile_index":%d,)"
                         R"("profile_name":"%s %d","partner_systems":[{"system":"%s"}],%s})"
                         "\n",
                         user.PrimaryId(), index, user.name, index, partner,
                         more.empty() ? R"("status":"USER_PROFILE_STATUS_ENABLED")" : more);
}

std::string Limits(const std::string& limits) {
  return limits.empty() ? "" : absl::StrCat("    limits: ", limits, "\n");
}

std::string Visitor(const User& user, const std::string& until) {
  return absl::StrFormat(
      R"({"primary_system":"north","primary_mc_service_id":"%s","mc_service":"MC_SERVICE_MCPTT","until":"%s"})"
      "\n",
      user.PrimaryId(), until);
}

}  // namespace

std::string Shape::Name() const {
  if (partner_gateway && primary_gateway) return "both gateways";
  if (partner_gateway) return "partner gateway only";
  if (primary_gateway) return "primary gateway only";
  return "direct";
}

std::string User::PrimaryId() const { return absl::StrCat("sip:", name, "@", domain); }
std::string User::PartnerId() const { return absl::StrCat("sip:visitor-", name, "@south.example"); }

User LoadUser(int number) { return {absl::StrCat("user-", number), kLoadDomain}; }

std::string ProfileLines(bool server_b, int load_users) {
  if (server_b) return Profile(kFrank, 1, "south");
  std::string lines =
      absl::StrCat(Profile(kAlice, 0, "south"), Profile(kAlice, 1, "south"), Profile(kAlice, 2, "west"),
                   Profile(kAlice, 3, "south", R"("status":"USER_PROFILE_STATUS_DISABLED")"),
                   Profile(kBob, 1, "south", R"("status":"USER_PROFILE_STATUS_ENABLED","user_disabled":true)"),
                   Profile(kDave, 1, "south"), Profile(kErin, 1, "south"), Profile(kGrace, 1, "south"));
  for (int i = 0; i < load_users; ++i) absl::StrAppend(&lines, Profile(LoadUser(i), 1, "south"));
  return lines;
}

std::string VisitorLines(bool west) {
  const auto domain = [](absl::string_view system, absl::string_view name) {
    return absl::StrFormat(R"({"primary_system":"%s","domain":"%s","mc_service":"MC_SERVICE_MCPTT","until":"%s"})"
                           "\n",
                           system, name, kEver);
  };
  std::string lines = domain("north", kLoadDomain);
  if (west) absl::StrAppend(&lines, domain("west", kWestDomain));
  for (const User& user : {kAlice, kBob, kCarol, kFrank, kGrace}) absl::StrAppend(&lines, Visitor(user, kEver));
  absl::StrAppend(&lines, Visitor(kErin, "2020-01-01T00:00:00Z"));
  return lines;
}

std::string NorthTable(const std::string& visitors_entry, const DeploymentOptions& options) {
  return absl::StrCat(
      "own_system: north\nsystems:\n", kNorth, kSouth,
      visitors_entry.empty() ? "" : absl::StrCat("    visitors_entry: ", visitors_entry, "\n"),
      Limits(options.limits_of_south), "    agreement: {own_users_to: [MCPTT], require_primary_credential: ",
      options.require_primary_credential ? "true" : "false", options.unsigned_grants ? ", unsigned_grants: true" : "",
      "}\n", kWest, Limits(options.limits_of_west));
}

std::string SouthTable(const std::string& north_entry, const DeploymentOptions& options) {
  const char* const grants =
      options.unsigned_grants
          ? ", unsigned_grants: true}\n"
          : "}\n    grants: {jwks_file: north-grants.json, issuer: \"https://mc.north.example\", audience: south}\n";
  const std::string west = options.entry_of_west.empty()
                               ? ""
                               : absl::StrCat("    entry: {address: \"", options.entry_of_west,
                                              "\", server_name: gateway.west.example}\n"
                                              "    agreement: {visitors_from: [MCPTT], unsigned_grants: true}\n");
  return absl::StrCat("own_system: south\nsystems:\n", kNorth, "    entry: ", north_entry, "\n",
                      Limits(options.limits_of_north), "    agreement: {visitors_from: [MCPTT]", grants, kSouth, kWest,
                      Limits(options.limits_of_west), west);
}

}  // namespace mcmig::harness
