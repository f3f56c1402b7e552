#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/sleep.h"
#include "common/register/testing/migration_store_values.h"
#include "gtest/gtest.h"
#include "services/primary_server/migration_directory.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using Message = v1::WatchMigrationsResponse;

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/watch";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

// A reader that takes messages only while it has room.
class Reader final : public protocol::Stream<Message> {
 public:
  explicit Reader(async::ManualExecutor& executor) : executor_(executor) {}
  async::Task<bool> Write(const Message& message) override {
    while (full) {
      [[maybe_unused]] const bool reached =
          co_await async::Sleep(executor_, executor_.Now() + absl::Milliseconds(1), nullptr);
    }
    messages.push_back(message);
    co_return !gone;
  }
  // "alice to south, bob to primary"
  [[nodiscard]] std::string Changes() const {
    std::string changes;
    for (const Message& message : messages) {
      for (const v1::MigrationEvent& event : message.changes()) {
        const std::string& id = event.primary_mc_service_id();
        absl::StrAppend(&changes, changes.empty() ? "" : ", ", id.substr(4, id.find('@') - 4), " to ",
                        event.change().to_system().empty() ? "primary" : event.change().to_system());
      }
    }
    return changes;
  }

  std::vector<Message> messages;
  bool full = false;
  bool gone = false;

 private:
  async::ManualExecutor& executor_;
};

class MigrationWatchTest : public ::testing::Test {
 protected:
  // A watch from `token` on.
  struct Watch {
    Watch(MigrationWatchTest& test, const std::string& token)
        : executor(test.executor_),
          incoming(test.executor_, {"north", identity::Role::kDirectoryReader, true}, identity::Listener::kInside),
          reader(test.executor_) {
      request.set_resume_token(token);
      test.executor_.Spawn(Run(*this, test.directory_));
      test.executor_.RunUntilIdle();
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { Leave(); }
    // The caller goes.
    void Leave() {
      incoming.cancel.Cancel();
      executor.RunUntilIdle();
      EXPECT_TRUE(ended.has_value());
    }
    static async::Task<> Run(Watch& watch, MigrationDirectory& directory) {
      const absl::Status status = co_await directory.WatchMigrations(watch.incoming.call, watch.request, watch.reader);
      watch.ended = status;
    }
    [[nodiscard]] std::string token() const { return reader.messages.back().resume_token(); }

    async::ManualExecutor& executor;
    testing::IncomingCall incoming;
    v1::WatchMigrationsRequest request;
    Reader reader;
    std::optional<absl::Status> ended;
  };

  void TearDown() override {
    stop_.Cancel();
    executor_.AdvanceBy(absl::Seconds(1));
  }
  void Migrate(const std::string& name, const std::string& to = "south") {
    const migration::UserKey key = migration::UserNamed(name);
    migration::Mutation mutation = migration::MigrateTo(to, key, *store_.Read(key, to));
    mutation.permission.reset();
    ASSERT_EQ(store_.Apply({mutation})->front(), migration::CommitOutcome::kCommitted);
  }
  void Revoke(const std::string& name) {
    const migration::UserKey key = migration::UserNamed(name);
    ASSERT_TRUE(store_.Apply({TakeBack(migration::Change::kRevoked, key, *store_.Read(key, ""))}).ok());
  }
  // Time for the tail to look.
  void Pass() { executor_.AdvanceBy(2 * JournalTail::kInterval); }
  void StartTail() {
    executor_.Spawn(tail_.Run(executor_, stop_));
    executor_.RunUntilIdle();
  }

  async::ManualExecutor executor_;
  async::CancelSignal stop_;
  testing::ListLog log_;
  testing::FaultyMigrationStore store_{EmptyDirectory()};
  migration::MigrationRegister migrations_{store_};
  JournalTail tail_{migrations_, executor_};
  MigrationDirectory directory_{{.systems = testing::MakeSystems(testing::SystemsAt("north")),
                                 .migrations = &migrations_,
                                 .clock_skew = absl::Seconds(30),
                                 .clock = &executor_,
                                 .log = &log_,
                                 .tail = &tail_,
                                 .max_watchers = 2,
                                 .heartbeat = absl::Seconds(10)}};
};

TEST_F(MigrationWatchTest, WithoutTokenItBeginsNowAndSaysWhereThatIs) {
  StartTail();
  Migrate("alice");
  Watch watch(*this, "");
  ASSERT_EQ(watch.reader.messages.size(), 1U);
  EXPECT_EQ(watch.reader.messages[0].changes_size(), 0);
  EXPECT_NE(watch.token(), "");
  Migrate("bob");
  Revoke("alice");
  Pass();
  EXPECT_EQ(watch.reader.Changes(), "bob to south, alice to primary");
  const v1::MigrationEvent& event = watch.reader.messages.back().changes(1);
  EXPECT_EQ(event.primary_mc_service_id(), "sip:alice@north.example");
  EXPECT_EQ(event.mc_service(), v1::MC_SERVICE_MCPTT);
  EXPECT_EQ(event.change().kind(), v1::MigrationChange::KIND_REVOKED);
  EXPECT_EQ(event.change().from_system(), "south");
  EXPECT_EQ(event.change().epoch().counter(), 2U);
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_STREQ(log_.entries[0].decision.rule, "directory.watch_begins");
}

TEST_F(MigrationWatchTest, ResumedAnywhereItLeavesNothingOutAndRepeatsNothing) {
  StartTail();
  Watch all(*this, "");
  std::vector<std::string> tokens = {all.token()};
  std::vector<std::string> after = {"a to south, b to south, c to south"};
  for (const char* name : {"a", "b", "c"}) {
    Migrate(name);
    Pass();
    tokens.push_back(all.token());
  }
  EXPECT_EQ(all.reader.Changes(), after[0]);
  after.insert(after.end(), {"b to south, c to south", "c to south", ""});
  for (size_t i = 0; i < tokens.size(); ++i) {
    Watch resumed(*this, tokens[i]);
    Pass();
    EXPECT_EQ(resumed.reader.Changes(), after[i]);
    EXPECT_EQ(resumed.token(), tokens.back());
  }
}

TEST_F(MigrationWatchTest, ALongJournalComesInBoundedMessages) {
  StartTail();
  Watch first(*this, "");
  constexpr int kChanges = 600;
  for (int i = 0; i < kChanges; ++i) Migrate(absl::StrCat("user", i));
  Watch second(*this, first.token());
  Pass();
  for (const Watch* watch : {&first, &second}) {
    uint64_t last = 0;
    int count = 0;
    for (const Message& message : watch->reader.messages) {
      EXPECT_LE(message.changes_size(), 256);
      for (const v1::MigrationEvent& event : message.changes()) {
        EXPECT_GT(event.change().sequence(), last);
        last = event.change().sequence();
        ++count;
      }
    }
    EXPECT_EQ(count, kChanges);
  }
}

TEST_F(MigrationWatchTest, WhoReadsSlowlyIsBehindAndLosesNothing) {
  StartTail();
  Watch watch(*this, "");
  watch.reader.full = true;
  for (int i = 0; i < 300; ++i) Migrate(absl::StrCat("user", i));
  Pass();
  for (int i = 300; i < 600; ++i) Migrate(absl::StrCat("user", i));
  Pass();
  EXPECT_EQ(watch.reader.messages.size(), 1U);
  watch.reader.full = false;
  Pass();
  int count = 0;
  for (const Message& message : watch.reader.messages) count += message.changes_size();
  EXPECT_EQ(count, 600);
}

TEST_F(MigrationWatchTest, HeartbeatsShowThatItGoesOn) {
  StartTail();
  Migrate("alice");
  Watch watch(*this, "");
  executor_.AdvanceBy(absl::Seconds(9));
  EXPECT_EQ(watch.reader.messages.size(), 1U);
  executor_.AdvanceBy(absl::Seconds(2));
  ASSERT_EQ(watch.reader.messages.size(), 2U);
  EXPECT_EQ(watch.reader.messages[1].changes_size(), 0);
  EXPECT_EQ(watch.reader.messages[1].resume_token(), watch.reader.messages[0].resume_token());
}

TEST_F(MigrationWatchTest, NothingIsReadWhileNobodyWatches) {
  StartTail();
  store_.unreadable = true;
  executor_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(store_.looks, 0);
  store_.unreadable = false;
  Watch first(*this, "");
  Watch second(*this, "");
  store_.looks = 0;
  executor_.AdvanceBy(absl::Seconds(5));
  // One look each interval, for both.
  EXPECT_LE(store_.looks, 51);
  EXPECT_GE(store_.looks, 49);
}

TEST_F(MigrationWatchTest, AWatchEndsWhenItsCallerHasGone) {
  StartTail();
  Watch waiting(*this, "");
  EXPECT_FALSE(waiting.ended.has_value());
  waiting.Leave();
  Watch writing(*this, "");
  writing.reader.gone = true;
  Migrate("alice");
  Pass();
  ASSERT_TRUE(writing.ended.has_value());
}

TEST_F(MigrationWatchTest, NoMoreThanTheLimitMayWatch) {
  StartTail();
  Watch first(*this, "");
  std::optional<Watch> second(std::in_place, *this, "");
  const Watch third(*this, "");
  ASSERT_TRUE(third.ended.has_value());
  EXPECT_TRUE(absl::IsResourceExhausted(*third.ended));
  EXPECT_TRUE(absl::IsResourceExhausted(log_.entries.back().status));
  second->Leave();
  const Watch fourth(*this, "");
  EXPECT_FALSE(fourth.ended.has_value());
}

TEST_F(MigrationWatchTest, ATokenOfAnotherHistoryIsRefused) {
  StartTail();
  Migrate("alice");
  Watch watch(*this, "");
  const JournalPlace here = *ParseResumeToken(watch.token());
  const auto refused = [this](const JournalPlace& place) {
    const Watch asked(*this, ResumeToken(place));
    return asked.ended.value_or(absl::OkStatus());
  };
  // Restored since; of another register; beyond the end; gone from the journal.
  for (const JournalPlace& place :
       {JournalPlace{.incarnation = 2, .sequence = here.sequence, .at = here.at},
        JournalPlace{.incarnation = 1, .sequence = here.sequence, .at = here.at + absl::Nanoseconds(1)},
        JournalPlace{.incarnation = 1, .sequence = here.sequence + 1, .at = here.at},
        JournalPlace{.incarnation = 1, .sequence = UINT64_MAX, .at = here.at}}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(refused(place))) << refused(place);
  }
  const Watch malformed(*this, "token");
  EXPECT_TRUE(absl::IsInvalidArgument(*malformed.ended));
}

}  // namespace
}  // namespace mcmig::primary_server
