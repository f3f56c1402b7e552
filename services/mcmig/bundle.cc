#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/token/signing_key.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/bundle/collect.h"
#include "services/mcmig/bundle/content.h"
#include "services/mcmig/bundle/difference.h"
#include "services/mcmig/bundle/import_bundle.h"
#include "services/mcmig/bundle/signed_bundle.h"
#include "services/mcmig/bundle/trust_directory.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {
namespace {

using bundle::SignedBundle;
using nlohmann::json;

struct ExportOptions {
  bundle::Publication publication;
  std::string key_file;
  int64_t days = 90;
  std::string out;
};

struct InspectOptions {
  std::string file;
  bool json = false;
};

int Fail(const char* command, absl::string_view reason) {
  std::cerr << "mcmig bundle " << command << ": " << reason << '\n';
  return kFailed;
}

std::string TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

bool IsExpired(const SignedBundle& bundle) {
  return absl::Now() >= absl::FromUnixSeconds(bundle.content().expires_at().seconds());
}

int Export(ExportOptions& options) {
  const auto key = token::SigningKey::LoadFile(options.key_file, "");
  if (!key.ok()) return Fail("export", absl::StrCat(options.key_file, ": ", key.status().message()));
  options.publication.issued = absl::Now();
  options.publication.valid_for = absl::Hours(24 * options.days);
  const auto content = bundle::Collect(options.publication, *key);
  if (!content.ok()) return Fail("export", content.status().message());
  const absl::StatusOr<SignedBundle> sealed = SignedBundle::Seal(*content, *key);
  if (!sealed.ok()) return Fail("export", sealed.status().message());
  if (absl::Status done = bundle::ReplaceFile(options.out, sealed->text() + "\n"); !done.ok()) {
    return Fail("export", done.message());
  }
  std::cout << options.out << ": " << sealed->content().system() << " version " << sealed->content().version()
            << ", until " << TimeOf(sealed->content().expires_at()) << "\nsigned by    " << sealed->signer()
            << "\nfingerprint  " << sealed->fingerprint() << '\n';
  return kSuccess;
}

void PrintJson(const SignedBundle& bundle) {
  json roots = json::array();
  for (const bundle::RootCertificate& root : bundle.roots()) {
    roots.push_back({{"subject", root.subject},
                     {"fingerprint", root.fingerprint},
                     {"expires", absl::FormatTime(absl::RFC3339_sec, root.expires, absl::UTCTimeZone())}});
  }
  const json object = {{"verified", true},
                       {"fingerprint", bundle.fingerprint()},
                       {"signed_by", bundle.signer()},
                       {"expired", IsExpired(bundle)},
                       {"roots", std::move(roots)},
                       {"bundle", json::parse(bundle::WriteContent(bundle.content()), nullptr, false)}};
  std::cout << object.dump() << '\n';
}

int Inspect(const InspectOptions& options) {
  const absl::StatusOr<SignedBundle> bundle = bundle::ReadBundleFile(options.file);
  if (!bundle.ok()) {
    const std::string reason(bundle.status().message());
    if (options.json) {
      std::cout << json({{"verified", false}, {"reason", reason}}).dump() << '\n';
    } else {
      std::cout << "does not verify: " << reason << '\n';
    }
    return kFailed;
  }
  if (options.json) {
    PrintJson(*bundle);
    return kSuccess;
  }
  std::cout << "system       " << bundle->content().system() << "\nversion      " << bundle->content().version()
            << "\nissued       " << TimeOf(bundle->content().issued_at()) << "\nexpires      "
            << TimeOf(bundle->content().expires_at()) << (IsExpired(*bundle) ? " (has expired)" : "")
            << "\nsigned by    " << bundle->signer() << ", and the signature is right\nfingerprint  "
            << bundle->fingerprint() << "\n\n";
  for (const std::string& line : bundle::Lines(*bundle)) std::cout << line << '\n';
  return kSuccess;
}

int Import(bundle::ImportRequest& request) {
  request.now = absl::Now();
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(request.directory, error).lexically_normal();
  request.directory = absolute.has_filename() ? absolute.string() : absolute.parent_path().string();
  const auto report = bundle::ImportBundle(request);
  if (!report.ok()) return Fail("import", report.status().message());
  const char* const what = request.preview && report->changed ? " would be put into force in "
                           : report->changed                  ? " is in force now in "
                                                              : " is in force already in ";
  std::cout << report->system << " version " << report->version << what << request.directory << '\n';
  for (const std::string& line : report->differences) std::cout << line << '\n';
  for (const std::string& line : report->dropped) std::cout << "- " << line << ", of an earlier version\n";
  for (const std::string& line : report->kept) std::cout << "= " << line << ", believed until --drop-old\n";
  if (!report->table_entry.empty()) {
    std::cout << "\nNot taken up by itself. In the system table, beside what was agreed, and with a restart:\n\n"
              << report->table_entry;
  }
  if (request.preview) std::cout << "\nNothing was changed.\n";
  return kSuccess;
}

void AddExport(CLI::App& group, int& exit_code) {
  const auto options = std::make_shared<ExportOptions>();
  bundle::Publication& publication = options->publication;
  CLI::App& command = *group.add_subcommand("export", "The own MC system's bundle, signed, for other MC systems");
  CLI::Option_group& source = *command.add_option_group("source", "one of");
  source.add_option("--config", publication.primary_server_file, "configuration of the primary server");
  source.add_option("--system-table", publication.system_table_file, "the system table, where there is no such server");
  source.require_option(1);
  command.add_option("--key", options->key_file, "P-256 private key that signs, PEM")->required();
  command.add_option("--version", publication.version, "1 for the first, higher for each one after it")->required();
  command.add_option("--days", options->days, "how long it can be imported; 90")->check(CLI::Range(1, 400));
  CLI::Option* entry =
      command.add_option("--entry", publication.entry_address, "host:port for requests about own users");
  CLI::Option* entry_name = command.add_option("--entry-name", publication.entry_name, "SAN of the server there");
  entry->needs(entry_name);
  entry_name->needs(entry);
  CLI::Option* visitors =
      command.add_option("--visitors-entry", publication.visitors_entry_address, "host:port for cancels, if another");
  CLI::Option* visitors_name =
      command.add_option("--visitors-entry-name", publication.visitors_entry_name, "SAN of the server there");
  visitors->needs(visitors_name);
  visitors_name->needs(visitors);
  command.add_option("--identity-server-keys-at", publication.identity_server_keys_at,
                     "https URI for others; none: keys of a file are in the bundle");
  command.add_option("--grants-jwks", publication.grants_jwks_files, "key set with more keys that sign grants");
  command.add_option("--next-key", publication.next_key_files, "key set with keys that may sign later bundles");
  command.add_option("--out", options->out, "where to write it")->required();
  command.callback([options, &exit_code] { exit_code = Export(*options); });
}

}  // namespace

void AddBundle(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("bundle", "Trust bundles: how MC systems get to know each other");
  group.require_subcommand(1);
  AddExport(group, exit_code);
  const auto inspect_options = std::make_shared<InspectOptions>();
  CLI::App& inspect = *group.add_subcommand("inspect", "What a bundle says; exit 1 where it is none, or altered");
  inspect.add_option("FILE", inspect_options->file, "the bundle")->required();
  inspect.add_flag("--json", inspect_options->json, "one JSON object");
  inspect.callback([inspect_options, &exit_code] { exit_code = Inspect(*inspect_options); });
  const auto request = std::make_shared<bundle::ImportRequest>();
  CLI::App& import = *group.add_subcommand("import", "Puts another MC system's bundle into force");
  import.add_option("FILE", request->file, "the bundle")->required();
  import.add_option("--into", request->directory, "directory of that MC system's trust; made where missing")
      ->required();
  import.add_option("--fingerprint", request->fingerprint, "as its operators read it out; mandatory the first time");
  import.add_option("--system-table", request->system_table_file, "the own system table, to compare with");
  import.add_flag("--preview", request->preview, "only says what would change");
  import.add_flag("--drop-old", request->drop_old, "believes no more what only earlier versions named");
  import.callback([request, &exit_code] { exit_code = Import(*request); });
}

}  // namespace mcmig::cli
