#include "services/mcmig/bundle/import_bundle.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/config/load.h"
#include "common/config/tree.h"
#include "services/mcmig/bundle/believed.h"
#include "services/mcmig/bundle/difference.h"
#include "services/mcmig/bundle/fingerprint.h"
#include "services/mcmig/bundle/trust_directory.h"

namespace mcmig::bundle {
namespace {

// What was imported last.
struct InForce {
  SignedBundle bundle;
  Believed believed;
};

absl::Status Damaged(const std::string& directory, const absl::Status& status) {
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": was changed by something else than an import: ", status.message()));
}

absl::StatusOr<std::optional<InForce>> ReadInForce(const std::string& directory) {
  const absl::StatusOr<std::optional<Files>> files = TrustDirectory::Read(directory);
  if (!files.ok()) return files.status();
  if (!files->has_value()) return std::nullopt;
  const auto text = (*files)->find(kBundleFile);
  absl::StatusOr<SignedBundle> bundle = SignedBundle::Open(text == (*files)->end() ? "" : text->second);
  if (!bundle.ok()) return Damaged(directory, bundle.status());
  absl::StatusOr<Believed> believed = ReadFiles(**files);
  if (!believed.ok()) return Damaged(directory, believed.status());
  return InForce{.bundle = *std::move(bundle), .believed = *std::move(believed)};
}

// The own table where one is named.
absl::StatusOr<std::shared_ptr<identity::SystemTable>> TableOf(const ImportRequest& request) {
  if (request.system_table_file.empty()) return nullptr;
  return config::LoadSystemTable(request.system_table_file);
}

// Whether the table's entry, or where there is no table what the bundle before said, is another one.
bool NeedsNewEntry(const SignedBundle& next, const InForce* before, const identity::SystemTable* systems) {
  if (systems != nullptr) {
    const identity::SystemTable::System* const entry = systems->Find(next.content().system());
    return entry == nullptr || !HasFixedPart(entry->config, next.content());
  }
  return before == nullptr || !HasFixedPart(FixedPart(before->bundle.content()), next.content());
}

struct Decided {
  ImportReport report;
  Files files;
};

absl::StatusOr<Decided> Decide(const ImportRequest& request, const SignedBundle& next) {
  const absl::StatusOr<std::optional<InForce>> read = ReadInForce(request.directory);
  if (!read.ok()) return read.status();
  const InForce* const before = read->has_value() ? &**read : nullptr;
  Offer offer{
      .bundle = next, .in_force = before == nullptr ? nullptr : &before->bundle, .fingerprint = "", .now = request.now};
  if (!request.fingerprint.empty()) {
    absl::StatusOr<std::string> typed = ParseFingerprint(request.fingerprint);
    if (!typed.ok()) return absl::InvalidArgumentError(absl::StrCat("fingerprint: ", typed.status().message()));
    offer.fingerprint = *std::move(typed);
  }
  const absl::StatusOr<Admitted> admitted = CheckOffer(offer);
  if (!admitted.ok()) return admitted.status();
  const auto systems = TableOf(request);
  if (!systems.ok()) return systems.status();
  if (*systems != nullptr) {
    if (absl::Status room = CheckTable(next.content(), **systems); !room.ok()) return room;
  }
  absl::StatusOr<Believed> believed = BelievedOf(next);
  if (before != nullptr && !request.drop_old) believed = WithOverlap(*std::move(believed), before->believed);
  if (!believed.ok()) return believed.status();

  Decided decided;
  decided.report = {.system = next.content().system(),
                    .version = next.content().version(),
                    .admitted = *admitted,
                    .changed = true,
                    .differences = Difference(offer.in_force, next),
                    .kept = Kept(*believed, next),
                    .dropped = {},
                    .table_entry = ""};
  if (before != nullptr && request.drop_old) decided.report.dropped = Kept(before->believed, next);
  if (*admitted == Admitted::kSame) decided.report.changed = !decided.report.dropped.empty();
  if (NeedsNewEntry(next, before, systems->get())) {
    decided.report.table_entry = SystemTableEntry(next.content(), request.directory);
  }
  decided.files = WriteFiles(next, *believed);
  return decided;
}

}  // namespace

absl::StatusOr<SignedBundle> ReadBundleFile(const std::string& path) {
  const absl::StatusOr<std::string> text = config::ReadFile(path);
  if (!text.ok()) return text.status();
  return SignedBundle::Open(*text);
}

absl::StatusOr<ImportReport> ImportBundle(const ImportRequest& request) {
  const absl::StatusOr<SignedBundle> next = ReadBundleFile(request.file);
  if (!next.ok()) return next.status();
  // Without the lock, which would make the directory: a refusal changes nothing at all.
  absl::StatusOr<Decided> decided = Decide(request, *next);
  if (!decided.ok()) return decided.status();
  if (request.preview || !decided->report.changed) return std::move(decided->report);
  absl::StatusOr<TrustDirectory> directory = TrustDirectory::Lock(request.directory);
  if (!directory.ok()) return directory.status();
  directory->set_after_step(request.after_step);
  // Another import may have come in between.
  decided = Decide(request, *next);
  if (!decided.ok()) return decided.status();
  if (decided->report.changed) {
    if (absl::Status done = directory->Publish(decided->files); !done.ok()) return done;
  }
  return std::move(decided->report);
}

}  // namespace mcmig::bundle
