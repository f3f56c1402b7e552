#include "services/mcmig/bundle/difference.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "google/protobuf/util/message_differencer.h"

namespace mcmig::bundle {
namespace {

using config::v1::BundleEntry;
using config::v1::PublicKey;
using config::v1::PublicKeys;
using config::v1::System;
using config::v1::TrustBundle;
using google::protobuf::util::MessageDifferencer;

std::string RootLine(const RootCertificate& root) {
  return absl::StrCat("root ", root.subject, " until ",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", root.expires, absl::UTCTimeZone()), " sha256 ",
                      root.fingerprint);
}

void AddKeyLines(const char* what, const PublicKeys& keys, std::vector<std::string>& lines) {
  for (const PublicKey& key : keys.keys()) lines.push_back(absl::StrCat(what, " ", key.kid()));
}

void AddEntryLine(const char* what, const BundleEntry& entry, std::vector<std::string>& lines) {
  if (entry.address().empty()) return;
  lines.push_back(
      absl::StrCat(what, " ", entry.address(), " ", entry.server_name(), " ", config::v1::Role_Name(entry.role())));
}

// Of texts without quotes and backslashes, which content.h refuses.
std::string Quoted(const std::string& text) { return absl::StrCat("\"", text, "\""); }

std::string EndpointText(const BundleEntry& entry) {
  return absl::StrCat("{address: ", Quoted(entry.address()), ", server_name: ", Quoted(entry.server_name()), "}");
}

void AddEndpoint(const BundleEntry& from, config::v1::Endpoint& to) {
  to.set_address(from.address());
  to.set_server_name(from.server_name());
}

std::vector<BundleEntry> EntriesOf(const TrustBundle& content) {
  std::vector<BundleEntry> entries;
  if (content.has_entry()) entries.push_back(content.entry());
  const bool other = content.has_visitors_entry() &&
                     (!content.has_entry() || content.visitors_entry().server_name() != content.entry().server_name());
  if (other) entries.push_back(content.visitors_entry());
  return entries;
}

}  // namespace

std::vector<std::string> Lines(const SignedBundle& bundle) {
  const TrustBundle& content = bundle.content();
  std::vector<std::string> lines;
  for (const std::string& domain : content.id_domains()) lines.push_back(absl::StrCat("id domain ", domain));
  for (const RootCertificate& root : bundle.roots()) lines.push_back(RootLine(root));
  if (content.has_grants()) lines.push_back(absl::StrCat("grants issuer ", content.grants().issuer()));
  AddKeyLines("grants key", content.grants().jwks(), lines);
  if (content.has_identity_server()) {
    lines.push_back(absl::StrCat("identity server issuer ", content.identity_server().issuer()));
  }
  AddKeyLines("identity server key", content.identity_server().jwks(), lines);
  if (!content.identity_server().jwks_uri().empty()) {
    lines.push_back(absl::StrCat("identity server keys at ", content.identity_server().jwks_uri()));
  }
  AddEntryLine("entry", content.entry(), lines);
  AddEntryLine("visitors entry", content.visitors_entry(), lines);
  AddKeyLines("bundle key", content.bundle_keys(), lines);
  return lines;
}

std::vector<std::string> Difference(const SignedBundle* in_force, const SignedBundle& next) {
  const std::vector<std::string> now = in_force == nullptr ? std::vector<std::string>() : Lines(*in_force);
  const std::vector<std::string> then = Lines(next);
  std::vector<std::string> changes;
  for (const std::string& line : now) {
    if (!absl::c_linear_search(then, line)) changes.push_back("- " + line);
  }
  for (const std::string& line : then) {
    if (!absl::c_linear_search(now, line)) changes.push_back("+ " + line);
  }
  return changes;
}

std::vector<std::string> Kept(const Believed& believed, const SignedBundle& bundle) {
  const std::vector<std::string> named = Lines(bundle);
  std::vector<std::string> all;
  all.reserve(believed.roots.size());
  for (const RootCertificate& root : believed.roots) all.push_back(RootLine(root));
  AddKeyLines("grants key", believed.grants, all);
  AddKeyLines("identity server key", believed.identity_server, all);
  std::vector<std::string> kept;
  for (const std::string& line : all) {
    if (!absl::c_linear_search(named, line)) kept.push_back(line);
  }
  return kept;
}

System FixedPart(const TrustBundle& content) {
  System fixed;
  fixed.set_name(content.system());
  *fixed.mutable_id_domains() = content.id_domains();
  if (content.has_entry()) AddEndpoint(content.entry(), *fixed.mutable_entry());
  if (content.has_visitors_entry()) AddEndpoint(content.visitors_entry(), *fixed.mutable_visitors_entry());
  if (content.has_grants()) fixed.mutable_grants()->set_issuer(content.grants().issuer());
  for (const BundleEntry& entry : EntriesOf(content)) {
    config::v1::Identity& identity = *fixed.add_identities();
    identity.set_san(entry.server_name());
    identity.set_role(entry.role());
  }
  return fixed;
}

bool HasFixedPart(const System& entry, const TrustBundle& content) {
  System theirs = FixedPart(content);
  System ours;
  ours.set_name(entry.name());
  *ours.mutable_id_domains() = entry.id_domains();
  if (entry.has_entry()) *ours.mutable_entry() = entry.entry();
  if (entry.has_visitors_entry()) *ours.mutable_visitors_entry() = entry.visitors_entry();
  if (entry.has_grants()) ours.mutable_grants()->set_issuer(entry.grants().issuer());
  // A table may know more names than the entries' ones.
  const auto has = [&entry](const config::v1::Identity& wanted) {
    return absl::c_any_of(entry.identities(), [&](const auto& one) { return MessageDifferencer::Equals(one, wanted); });
  };
  if (!absl::c_all_of(theirs.identities(), has)) return false;
  theirs.clear_identities();
  return MessageDifferencer::Equals(ours, theirs);
}

std::string SystemTableEntry(const TrustBundle& content, const std::string& directory) {
  const auto file = [&directory](const char* name) { return Quoted(absl::StrCat(directory, "/current/", name)); };
  const auto quote = [](std::string* out, const std::string& text) { out->append(Quoted(text)); };
  std::string yaml = absl::StrCat("  - name: ", content.system(), "\n    id_domains: [",
                                  absl::StrJoin(content.id_domains(), ", ", quote), "]\n    root_certificate_files: [",
                                  file(kRootsFile), "]\n");
  const std::vector<BundleEntry> entries = EntriesOf(content);
  if (!entries.empty()) absl::StrAppend(&yaml, "    identities:\n");
  for (const BundleEntry& entry : entries) {
    absl::StrAppend(&yaml, "      - {san: ", Quoted(entry.server_name()),
                    ", role: ", config::v1::Role_Name(entry.role()), "}\n");
  }
  if (content.has_entry()) absl::StrAppend(&yaml, "    entry: ", EndpointText(content.entry()), "\n");
  if (content.has_visitors_entry()) {
    absl::StrAppend(&yaml, "    visitors_entry: ", EndpointText(content.visitors_entry()), "\n");
  }
  if (content.has_grants()) {
    absl::StrAppend(&yaml, "    # audience: how ", content.system(),
                    " names this MC system\n    grants: {jwks_file: ", file(kGrantsFile),
                    ", issuer: ", Quoted(content.grants().issuer()), ", audience: \"\"}\n");
  }
  return yaml;
}

}  // namespace mcmig::bundle
