#include "tests/interop/identity_servers.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/harness/http.h"
#include "tests/harness/pki.h"

namespace mcmig::interop {
namespace {

using harness::HttpAnswer;
using Json = nlohmann::json;

// In the certificate of both.
constexpr char kName[] = "localhost";
constexpr char kClient[] = "mcptt-client";
constexpr char kScope[] = "3gpp:mc:ptt_service";
constexpr char kHomeResource[] = "https://mc.north.example";
constexpr char kPartnerIssuer[] = "https://id.south.example";

// As `./dev` has it. Bazel gives tests no home directory.
std::string Cache() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  if (const char* set = std::getenv("MCMIG_CACHE"); set != nullptr) return set;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
  const passwd* user = getpwuid(getuid());
  return user == nullptr ? "" : absl::StrCat(user->pw_dir, "/.cache/mcmig");
}

// Where tools/node/install.sh puts the packages of package-lock.json.
std::string Packages() {
  const auto hash = harness::RunCommand({"/usr/bin/sha256sum", "tests/interop/package-lock.json"});
  return absl::StrCat(Cache(), "/node/", hash.out.substr(0, 16));
}

absl::StatusOr<std::string> Member(const HttpAnswer& answer, const std::string& wanted) {
  if (answer.status == 0) return absl::UnavailableError("the identity management server does not answer");
  const Json body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (answer.status != 200 || !body.is_object() || !body.contains(wanted)) {
    return absl::PermissionDeniedError(absl::StrCat(answer.status, " ", answer.body));
  }
  return body[wanted].get<std::string>();
}

}  // namespace

std::string IdentityServers::Missing() {
  if (harness::RunCommand({"/usr/bin/env", "node", "--version"}).exit_code != 0) return "Node.js is not installed";
  const std::string packages = Packages();
  if (std::filesystem::is_directory(packages + "/node_modules/oidc-provider")) return "";
  return absl::StrCat("oidc-provider is not in ", packages, ", where ./dev test installs it");
}

absl::StatusOr<IdentityServers> IdentityServers::Start(const std::string& directory,
                                                       const std::vector<harness::User>& users) {
  std::filesystem::create_directories(directory);
  Json accounts = Json::object();
  for (const harness::User& user : users) {
    accounts[user.name] = {{"primary", user.PrimaryId()}, {"partner", user.PartnerId()}};
  }
  const std::string users_file = directory + "/users.json";
  harness::WriteFile(users_file, accounts.dump());
  harness::Pki pki("identity-servers", directory);
  const harness::Credential& localhost = pki.Issue(kName);
  auto process = harness::Process::Start(
      {"/usr/bin/env", "MCMIG_INTEROP_PACKAGES=" + Packages(), "node", "tests/interop/identity_servers.mjs", users_file,
       localhost.chain_file, localhost.key_file},
      directory + "/identity-servers.log");
  if (!process.ok()) return process.status();
  return IdentityServers(*std::move(process), pki.root_file());
}

std::string IdentityServers::AddressOf(Server server) const {
  return process_.Address(server == Server::kPrimary ? "primary" : "partner");
}

absl::StatusOr<std::string> IdentityServers::Post(Server server, const std::string& target, const std::string& client,
                                                  const std::map<std::string, std::string>& form,
                                                  const std::string& wanted) const {
  const std::string authorization = "Basic " + absl::Base64Escape(client + ":secret-of-the-test");
  return Member(harness::HttpPost(AddressOf(server), target, form, authorization), wanted);
}

absl::StatusOr<std::string> IdentityServers::HomeToken(const harness::User& user) const {
  const absl::StatusOr<std::string> request =
      Post(Server::kPrimary, "/backchannel", kClient,
           {{"scope", absl::StrCat("openid ", kScope)}, {"login_hint", user.name}, {"resource", kHomeResource}},
           "auth_req_id");
  if (!request.ok()) return request.status();
  return Post(
      Server::kPrimary, "/token", kClient,
      {{"grant_type", "urn:openid:params:grant-type:ciba"}, {"auth_req_id", *request}, {"resource", kHomeResource}},
      "access_token");
}

absl::StatusOr<std::string> IdentityServers::Exchange(const std::string& home_token,
                                                      std::map<std::string, std::string> form) const {
  form["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange";
  form["subject_token"] = home_token;
  form["subject_token_type"] = "urn:ietf:params:oauth:token-type:access_token";
  return Post(Server::kPrimary, "/token", kClient, form, "access_token");
}

absl::StatusOr<std::string> IdentityServers::SecurityToken(const std::string& home_token) const {
  return Exchange(home_token,
                  {{"requested_token_type", "urn:ietf:params:oauth:token-type:jwt"}, {"resource", kPartnerIssuer}});
}

absl::StatusOr<std::string> IdentityServers::PrimaryCredential(const std::string& home_token) const {
  return Exchange(home_token,
                  {{"requested_token_type", "urn:mcmig:token-type:primary-credential"}, {"audience", "south"}});
}

absl::StatusOr<std::string> IdentityServers::PartnerToken(const std::string& assertion,
                                                          const std::string& client) const {
  return Post(
      Server::kPartner, "/token", client,
      {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", assertion}, {"scope", kScope}},
      "access_token");
}

absl::StatusOr<std::string> IdentityServers::Keys(Server server) const {
  const HttpAnswer answer = harness::HttpGet(AddressOf(server), "/jwks");
  if (answer.status != 200) return absl::UnavailableError(absl::StrCat("jwks: ", answer.status));
  return answer.body;
}

std::string IdentityServers::KeySource(Server server) const {
  const std::string address = process_.Address(server == Server::kPrimary ? "primary-tls" : "partner-tls");
  return absl::StrCat("jwks_uri: \"https://", kName, address.substr(address.rfind(':')), "/jwks\", jwks_ca_file: \"",
                      root_file_, "\"");
}

absl::Status IdentityServers::Rotate(Server server, const std::string& step) {
  const std::string target = absl::StrCat(server == Server::kPrimary ? "/primary/" : "/partner/", step);
  const HttpAnswer answer = harness::HttpPost(process_.Address("control"), target, {}, "");
  if (answer.status != 200) return absl::InternalError(absl::StrCat(target, ": ", answer.status, " ", answer.body));
  return absl::OkStatus();
}

}  // namespace mcmig::interop
