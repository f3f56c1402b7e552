// Lines that operators import: cli::ImportLines, and what becomes of each entry.
//
// Text and the rest: "profiles" or "visitors", then the file.
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/identity/system_table.h"
#include "common/identity/testing/certificates.h"
#include "common/register/import.h"
#include "services/mcmig/import_lines.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

using google::protobuf::Message;
using identity::SystemTable;

constexpr size_t kBatch = 1'000;

std::shared_ptr<const SystemTable> MakeTable() {
  config::v1::SystemTable table;
  table.set_own_system("north");
  for (const std::string name : {"north", "south"}) {
    config::v1::System& system = *table.add_systems();
    system.set_name(name);
    system.add_id_domains(name + ".example");
    system.add_id_domains(absl::StrCat("*.", name, ".example"));
    WriteFile(absl::StrCat(Directory(), "/", name, ".pem"), identity::testing::CertificateAuthority::Make(name).cert());
    system.add_root_certificate_files(name + ".pem");
  }
  return *SystemTable::Create(table, Directory());
}

const SystemTable& Table() {
  static const auto& table = *new std::shared_ptr<const SystemTable>(MakeTable());
  return *table;
}

void RequireReason(const absl::Status& status, const std::string& id) {
  Require(absl::IsInvalidArgument(status), "a bad entry is the operator's");
  const absl::string_view text = status.message();
  const size_t colon = text.find(": ");
  Require(colon != absl::string_view::npos && colon > 0 && colon + 2 < text.size(), "a violation follows a path");
  RequireRefusal(status, absl::StatusCode::kInvalidArgument, id);
}

absl::Status CheckEntry(const v1::UserProfile& message) {
  const auto entry = migration::ParseUserProfile(message, Table());
  if (!entry.ok()) {
    RequireReason(entry.status(), message.mc_service_id());
    return entry.status();
  }
  const auto id = identity::McServiceId::Parse(entry->mc_service_id);
  Require(id.ok() && id->canonical() == entry->key.canonical_id && Table().SystemOf(*id) == "north",
          "a profile is of an own user");
  const migration::Profile& profile = entry->profile;
  Require(profile.name.size() <= 256 && profile.organization.size() <= 256, "texts keep their limit");
  Require(profile.partner_systems.size() <= 1, "every partner system is in the table, once, and not the own one");
  for (const auto& partner : profile.partner_systems) {
    Require(partner.system == "south" && partner.access_information.size() <= 1'024,
            "a partner system keeps its limits");
  }
  return absl::OkStatus();
}

absl::Status CheckEntry(const v1::ExpectedVisitor& message) {
  const auto visitor = migration::ParseExpectedVisitor(message, Table());
  if (!visitor.ok()) {
    RequireReason(visitor.status(), message.primary_mc_service_id());
    return visitor.status();
  }
  Require(visitor->primary_system == "south", "a visitor is of another MC system");
  Require(visitor->canonical_id.empty() != visitor->domain.empty(), "one user, or a whole domain");
  Require(visitor->canonical_id.empty() == visitor->mc_service_id.empty(), "one user has an ID");
  Require(visitor->from < visitor->until, "a window has a length");
  return absl::OkStatus();
}

// As the server applies a batch.
template <class Entries>
v1::ImportResponse Apply(const Entries& entries) {
  Require(!entries.empty() && static_cast<size_t>(entries.size()) <= kBatch, "a batch keeps its limit");
  v1::ImportResponse response;
  for (int i = 0; i < entries.size(); ++i) {
    if (const absl::Status status = CheckEntry(entries[i]); !status.ok()) {
      v1::ImportError& error = *response.add_errors();
      error.set_index(static_cast<uint32_t>(i));
      error.set_reason(std::string(status.message()));
    } else {
      response.set_applied(response.applied() + 1);
    }
  }
  return response;
}

cli::ImportResult Import(bool visitors, const std::string& file, std::ostream& errors) {
  std::istringstream lines(file);
  const cli::ImportSource source{.lines = lines, .name = "file"};
  if (visitors) {
    return ImportLines(
        source, v1::ImportExpectedVisitorsRequest(),
        [](const Message& request) {
          return Apply(dynamic_cast<const v1::ImportExpectedVisitorsRequest&>(request).visitors());
        },
        errors);
  }
  return ImportLines(
      source, v1::ImportUserProfilesRequest(),
      [](const Message& request) {
        return Apply(dynamic_cast<const v1::ImportUserProfilesRequest&>(request).profiles());
      },
      errors);
}

// "file:LINE: reason", one for each refused line.
void RequireErrors(const std::string& errors, uint64_t refused, uint64_t lines) {
  uint64_t found = 0;
  for (absl::string_view line : absl::StrSplit(errors, '\n', absl::SkipEmpty())) {
    if (!absl::ConsumePrefix(&line, "file:")) {
      Require(absl::StrContains(line, " lines done, "), "an error names its line");
      continue;
    }
    ++found;
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    uint64_t number = 0;
    Require(absl::SimpleAtoi(parts.first, &number) && number >= 1 && number <= lines, "the line is one of the file");
    Require(!parts.second.empty(), "an error has a reason");
  }
  Require(found == refused, "every refused line has its error");
}

void Check(absl::string_view text) {
  const bool visitors = TakeLine(text) == "visitors";
  const std::string file(text);
  std::ostringstream errors;
  const cli::ImportResult result = Import(visitors, file, errors);
  Require(result.status.ok(), "no batch fails as a whole");
  uint64_t lines = 0;
  uint64_t entries = 0;
  std::istringstream counted(file);
  for (std::string line; std::getline(counted, line);) {
    ++lines;
    if (!line.empty() && line != "\r") ++entries;
  }
  Require(result.applied + result.refused == entries, "every line is applied or refused");
  RequireErrors(errors.str(), result.refused, lines);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
