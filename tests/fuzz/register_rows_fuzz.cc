// The rows of the embedded stores: migration::row. Whatever is in a store, it is read as it was written, or it is
// damage (DATA_LOSS), and never taken for something that is not there.
//
// Text: the name of a row of storage.proto, the key with C escapes, the row in protobuf's text form. Edits: of the
// row's bytes, or, where the name has a '!' behind it, of the key's.
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "common/register/row_codec.h"
#include "common/register/storage.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "tests/fuzz/input.h"

namespace mcmig::fuzz {
namespace {

namespace row = migration::row;

struct Row {
  std::string key;
  std::string value;
};

void RequireDamage(const absl::Status& status, const Row& damaged) {
  RequireRefusal(status, absl::StatusCode::kDataLoss, damaged.key + damaged.value);
}

void RequireEpoch(const protocol::Epoch& epoch) {
  Require(epoch.incarnation > 0 && epoch.counter > 0, "an epoch has both parts");
}

void RequireService(protocol::McService service) {
  Require(service >= protocol::McService::kMcptt && service <= protocol::McService::kMcdata, "a service is known");
}

void CheckUser(const Row& bytes) {
  const auto user = row::ParseUserProfiles(bytes.value);
  if (!user.ok()) return RequireDamage(user.status(), bytes);
  Require(user->version > 0, "a version is none of an absent row");
  const auto again = row::ParseUserProfiles(row::ValueOf(*user));
  Require(again.ok() && row::ValueOf(*again) == row::ValueOf(*user), "a row reads back as written");
}

void CheckAgreement(const Row& bytes) {
  const auto agreement = row::ParseAgreement(bytes.value);
  if (!agreement.ok()) return RequireDamage(agreement.status(), bytes);
  Require(agreement->version > 0, "a version is none of an absent row");
  for (const protocol::McService service : agreement->services) RequireService(service);
  const auto again = row::ParseAgreement(row::ValueOf(*agreement));
  Require(again.ok() && row::ValueOf(*again) == row::ValueOf(*agreement), "a row reads back as written");
}

void CheckRecord(const Row& bytes) {
  const auto record = row::ParseRecord(bytes.value);
  if (!record.ok()) return RequireDamage(record.status(), bytes);
  const migration::Record& read = record->record;
  RequireEpoch(read.epoch);
  Require(read.state == migration::State::kAtPrimary ||
              (read.state == migration::State::kMigrated && !read.partner_system.empty()),
          "a migrated user is somewhere");
  for (const migration::AnsweredRequest& answered : record->answered) RequireEpoch(answered.epoch);
  const std::string value = row::ValueOf(read, record->answered, record->last_change);
  const auto again = row::ParseRecord(value);
  Require(again.ok() && row::ValueOf(again->record, again->answered, again->last_change) == value,
          "a row reads back as written");
}

void CheckJournal(const Row& bytes) {
  const auto journal = row::ParseJournalRow(bytes.key, bytes.value);
  if (!journal.ok()) return RequireDamage(journal.status(), bytes);
  RequireEpoch(journal->entry.epoch);
  RequireService(journal->entry.key.service);
  Require(
      journal->entry.change >= migration::Change::kAuthorized && journal->entry.change <= migration::Change::kWithdrawn,
      "a change is known");
  Require(row::SequenceKey(journal->entry.sequence) == bytes.key, "one key for one sequence");
  const std::string value = row::ValueOf(journal->entry, journal->previous);
  const auto again = row::ParseJournalRow(bytes.key, value);
  Require(again.ok() && row::ValueOf(again->entry, again->previous) == value, "a row reads back as written");
}

void CheckOutbox(const Row& bytes) {
  const auto entry = row::ParseOutboxEntry(bytes.key, bytes.value);
  if (!entry.ok()) return RequireDamage(entry.status(), bytes);
  RequireEpoch(entry->epoch);
  RequireService(entry->key.service);
  Require(row::OutboxKey(entry->partner_system, entry->sequence) == bytes.key, "one key for one place");
  const auto again = row::ParseOutboxEntry(bytes.key, row::ValueOf(*entry));
  Require(again.ok() && row::ValueOf(*again) == row::ValueOf(*entry), "a row reads back as written");
}

void CheckVisitor(const Row& bytes) {
  const auto visitor = row::ParseVisitor(bytes.value);
  if (!visitor.ok()) return RequireDamage(visitor.status(), bytes);
  RequireEpoch(visitor->epoch);
  const auto again = row::ParseVisitor(row::ValueOf(*visitor));
  Require(again.ok() && row::ValueOf(*again) == row::ValueOf(*visitor), "a row reads back as written");
}

void CheckCancelled(const Row& bytes) {
  const auto cancelled = row::ParseCancelled(bytes.value);
  if (!cancelled.ok()) return RequireDamage(cancelled.status(), bytes);
  RequireEpoch(cancelled->epoch);
  const auto again = row::ParseCancelled(row::ValueOf(*cancelled));
  Require(again.ok() && row::ValueOf(*again) == row::ValueOf(*cancelled), "a row reads back as written");
}

void CheckExpected(const Row& bytes) {
  const auto expected = row::ParseExpected(bytes.key, bytes.value);
  if (!expected.ok()) return RequireDamage(expected.status(), bytes);
  RequireService(expected->service);
  Require(expected->canonical_id.empty() != expected->domain.empty(), "one user, or a whole domain");
  Require(row::KeyOf(*expected) == bytes.key, "one key for one entry");
  const auto again = row::ParseExpected(bytes.key, row::ValueOf(*expected));
  Require(again.ok() && row::ValueOf(*again) == row::ValueOf(*expected), "a row reads back as written");
}

void CheckKeys(const Row& bytes) {
  const absl::string_view key = bytes.key;
  if (const auto user = row::ParseUserKey(key); user.ok()) {
    RequireService(user->service);
    Require(row::KeyOf(*user) == key, "one key for one user");
  } else {
    RequireDamage(user.status(), bytes);
  }
  if (const auto visitor = row::ParseVisitorKey(key); visitor.ok()) {
    Require(row::KeyOf(*visitor) == key, "one key for one visitor");
  } else {
    RequireDamage(visitor.status(), bytes);
  }
  if (const auto user = row::ParseByExpiryKey(key); !user.ok()) RequireDamage(user.status(), bytes);
}

struct Kind {
  void (*check)(const Row&);
  const google::protobuf::Message* prototype;
};

const std::map<std::string, Kind, std::less<>>& Kinds() {
  static const auto& kinds = *new std::map<std::string, Kind, std::less<>>{
      {"user", {CheckUser, &storage::UserRow::default_instance()}},
      {"agreement", {CheckAgreement, &storage::AgreementRow::default_instance()}},
      {"record", {CheckRecord, &storage::RecordRow::default_instance()}},
      {"journal", {CheckJournal, &storage::JournalRow::default_instance()}},
      {"outbox", {CheckOutbox, &storage::OutboxRow::default_instance()}},
      {"visitor", {CheckVisitor, &storage::VisitorRow::default_instance()}},
      {"cancelled", {CheckCancelled, &storage::CancelledRow::default_instance()}},
      {"expected", {CheckExpected, &storage::ExpectedRow::default_instance()}},
  };
  return kinds;
}

// The value that the text stands for; nothing where the text is none.
bool Write(const google::protobuf::Message& prototype, absl::string_view text, std::string& value) {
  const std::unique_ptr<google::protobuf::Message> message(prototype.New());
  google::protobuf::TextFormat::Parser parser;
  struct Silent final : google::protobuf::io::ErrorCollector {
    void AddError(int /*line*/, int /*column*/, const std::string& /*text*/) override {}
  } silent;
  parser.RecordErrorsTo(&silent);
  if (!parser.ParseFromString(std::string(text), message.get())) return false;
  value = message->SerializeAsString();
  return true;
}

void Check(Input input) {
  absl::string_view name = TakeLine(input.text);
  const bool damage_key = absl::ConsumeSuffix(&name, "!");
  const auto kind = Kinds().find(std::string(name));
  Row bytes;
  if (kind == Kinds().end() || !absl::CUnescape(TakeLine(input.text), &bytes.key)) return;
  if (!Write(*kind->second.prototype, input.text, bytes.value)) return;
  std::string& damaged = damage_key ? bytes.key : bytes.value;
  damaged = Edited(damaged, input.edits);
  kind->second.check(bytes);
  CheckKeys(bytes);
  // What was cut off to nothing is not a row with nothing in it.
  bytes.value.clear();
  kind->second.check(bytes);
}

}  // namespace
}  // namespace mcmig::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  mcmig::fuzz::Check(mcmig::fuzz::Split(bytes, size));
  return 0;
}
