#include "common/protocol/pushback.h"
#include "services/primary_server/admin_messages.h"
#include "services/primary_server/migration_directory.h"

namespace mcmig::primary_server {
namespace {

using protocol::Call;
using Stream = protocol::Stream<v1::WatchMigrationsResponse>;

constexpr absl::Duration kPushback = absl::Seconds(10);

// One watcher, as long as it lives.
class Counted {
 public:
  explicit Counted(size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  size_t& count_;
};

v1::WatchMigrationsResponse MessageOf(const std::vector<migration::JournalEntry>& changes, const JournalPlace& after) {
  v1::WatchMigrationsResponse message;
  for (const migration::JournalEntry& entry : changes) {
    v1::MigrationEvent& event = *message.add_changes();
    event.set_primary_mc_service_id(entry.key.canonical_id);
    event.set_mc_service(protocol::ToProto(entry.key.service));
    *event.mutable_change() = ToProto(entry);
  }
  message.set_resume_token(ResumeToken(after));
  return message;
}

}  // namespace

async::Task<absl::Status> MigrationDirectory::WatchMigrations(const Call& call,
                                                              const v1::WatchMigrationsRequest& message,
                                                              Stream& stream) {
  absl::StatusOr<JournalPlace> place = BeginWatch(message);
  {
    ops::DecisionScope scope(watch_source_, call);
    if (place.ok()) {
      scope.Ends(protocol::Decision{.rule = "directory.watch_begins"});
    } else {
      scope.Ends(place.status());
    }
  }
  if (!place.ok()) co_return place.status();
  const Counted counted(watchers_);
  co_return co_await Follow(call, *place, stream);
}

absl::StatusOr<JournalPlace> MigrationDirectory::BeginWatch(const v1::WatchMigrationsRequest& message) const {
  if (watchers_ >= doors_.max_watchers) return protocol::ResourceExhausted("too many watchers", kPushback);
  if (message.resume_token().empty()) return doors_.tail->End();
  absl::StatusOr<JournalPlace> place = ParseResumeToken(message.resume_token());
  if (!place.ok()) return place.status();
  // Whether it can be gone on from.
  const absl::StatusOr<JournalTail::Page> page = doors_.tail->After(*place);
  if (!page.ok()) return page.status();
  return place;
}

async::Task<absl::Status> MigrationDirectory::Follow(const Call& call, JournalPlace place, Stream& stream) {
  // The first message says where the watch begins.
  v1::WatchMigrationsResponse message = MessageOf({}, place);
  for (;;) {
    const bool sent = co_await stream.Write(message);
    if (!sent || call.cancel->cancelled()) co_return absl::CancelledError("nobody reads any more");
    const absl::Time heartbeat = doors_.clock->Now() + doors_.heartbeat;
    absl::StatusOr<JournalTail::Page> page = doors_.tail->After(place);
    while (page.ok() && (*page)->empty() && doors_.clock->Now() < heartbeat && !call.cancel->cancelled()) {
      co_await JournalTail::Wait(*doors_.tail, *call.executor, place.sequence, heartbeat, *call.cancel);
      page = doors_.tail->After(place);
    }
    if (!page.ok()) co_return page.status();
    if (!(*page)->empty()) {
      const migration::JournalEntry& last = (*page)->back();
      place = {.incarnation = place.incarnation, .sequence = last.sequence, .at = last.at};
    }
    message = MessageOf(**page, place);
  }
}

}  // namespace mcmig::primary_server
