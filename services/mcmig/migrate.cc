#include <openssl/rand.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "google/protobuf/util/time_util.h"
#include "services/client/token_source.h"
#include "services/mcmig/agent_call.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

using google::protobuf::util::TimeUtil;

struct Options {
  AgentOptions agent;
  std::optional<uint32_t> profile_index;
  std::string request_id;
  std::string issued_at;
  std::string credential_file;
};

// Names the request here, so that it can be repeated even where no answer arrives. False, said on stderr, for bad
// options.
bool SetIdentity(const Options& options, v1::MigrateRequest& request) {
  if (options.request_id.empty() != options.issued_at.empty()) {
    Fail("--request-id and --issued-at go together");
    return false;
  }
  if (!options.request_id.empty()) {
    request.set_request_id(absl::HexStringToBytes(options.request_id));
    if (options.request_id.size() != 2 * protocol::RequestId::kBytes ||
        absl::BytesToHexString(request.request_id()) != options.request_id ||
        !TimeUtil::FromString(options.issued_at, request.mutable_issued_at())) {
      Fail("--request-id takes 32 hex digits in lower case, --issued-at a time of RFC 3339");
      return false;
    }
    return true;
  }
  unsigned char bytes[protocol::RequestId::kBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    Fail("no random numbers");
    return false;
  }
  request.set_request_id(bytes, sizeof(bytes));
  *request.mutable_issued_at() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(absl::Now()));
  return true;
}

// One token alone in a file, as the client agent reads it. False, said on stderr, where it cannot be read.
bool SetCredential(const std::string& file, v1::MigrateRequest& request) {
  if (file.empty()) return true;
  absl::StatusOr<std::string> credential = client::FileTokenSource().Read(file);
  if (!credential.ok()) {
    Fail(absl::StrCat("--primary-credential-file ", file, ": ", credential.status().message()));
    return false;
  }
  request.set_primary_credential(*std::move(credential));
  return true;
}

int ReportUnknown(const v1::MigrateRequest& request, absl::string_view why) {
  std::cerr << "OUTCOME UNKNOWN " << why
            << "\nThe migration may have been recorded. Repeat the command with --request-id "
            << absl::BytesToHexString(request.request_id()) << " --issued-at " << TimeText(request.issued_at()) << '\n';
  return kOutcomeUnknown;
}

int ReportAnswer(const v1::MigrateRequest& request, const v1::MigrateResponse& response, bool json) {
  const v1::MigrationServiceAuthorizationResponse& answer = response.authorization();
  if (answer.result() != v1::MIGRATION_RESULT_SUCCESS && answer.result() != v1::MIGRATION_RESULT_FAILURE) {
    return ReportUnknown(request, "the answer has no result");
  }
  const bool success = answer.result() == v1::MIGRATION_RESULT_SUCCESS;
  const int exit_code = success ? kSuccess : kRefused;
  if (json) {
    PrintJson(response);
    return exit_code;
  }
  if (success) {
    std::cout << "SUCCESS\n"
              << "partner MC service ID  " << answer.partner_mc_service_id() << '\n'
              << "epoch                  " << EpochText(answer.epoch()) << '\n';
  } else {
    PrintRefusal(answer.refusal_cause());
  }
  std::cout << "request ID             " << absl::BytesToHexString(answer.request_id()) << '\n'
            << "issued at              " << TimeText(response.issued_at()) << '\n'
            << std::flush;
  return exit_code;
}

int Migrate(const Options& options) {
  auto request = AgentRequest<v1::MigrateRequest>(options.agent);
  if (options.profile_index) request.set_mc_service_user_profile_index(*options.profile_index);
  if (!SetIdentity(options, request) || !SetCredential(options.credential_file, request)) return kFailed;
  v1::MigrateResponse response;
  const auto status = CallAgent(options.agent, &v1::McServiceClient::Stub::Migrate, request, response);
  if (!status.ok()) return Fail(status.status().message());
  if (status->ok()) return ReportAnswer(request, response, options.agent.json);
  return ChangedNothing(*status) ? Fail(Describe(*status)) : ReportUnknown(request, Describe(*status));
}

}  // namespace

void AddMigrate(CLI::App& app, int& exit_code) {
  CLI::App& command = *app.add_subcommand(
      "migrate", "Migrates a user of a client agent; exit 0 success, 2 refused, 3 outcome unknown, 1 anything else");
  const auto options = std::make_shared<Options>();
  AddAgentOptions(command, options->agent);
  command.add_option("--profile-index", options->profile_index, "user profile index; the agent's default where absent");
  command.add_option("--request-id", options->request_id, "repeat an earlier request: its ID, 32 hex digits");
  command.add_option("--issued-at", options->issued_at, "when that request was issued, as it was printed");
  command.add_option("--primary-credential-file", options->credential_file,
                     "the user's primary credential for this migration; the agent's configuration where absent");
  command.callback([options, &exit_code] { exit_code = Migrate(*options); });
}

}  // namespace mcmig::cli
