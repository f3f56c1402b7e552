#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/register/backup_file.h"
#include "common/register/restore.h"
#include "mcmig/v1/register_admin.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "services/mcmig/commands.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {
namespace {

struct Options {
  Connection connection;
  std::string file;
  std::string key_file;
  std::string store;
  std::string empty;
  bool json = false;
};

constexpr char kPrimaryServer[] = "primary-server";
constexpr char kPartnerServer[] = "partner-server";

int Fail(const absl::Status& status) {
  std::cerr << status.message() << '\n';
  return kFailed;
}

// Every page of the register into `writer`; how many rows.
absl::StatusOr<uint64_t> Export(v1::RegisterAdmin::Stub& stub, migration::BackupWriter& writer) {
  uint64_t rows = 0;
  v1::ExportBackupRequest request;
  for (;;) {
    grpc::ClientContext context;
    SetTimeout(context);
    v1::ExportBackupResponse response;
    const grpc::Status status = stub.ExportBackup(&context, request, &response);
    if (!status.ok()) return absl::Status(static_cast<absl::StatusCode>(status.error_code()), Describe(status));
    rows += static_cast<uint64_t>(response.page().rows_size());
    const bool last = response.next_page_token().empty();
    if (absl::Status written = writer.Write(response.page().SerializeAsString(), last); !written.ok()) return written;
    if (last) return rows;
    request.set_page_token(response.next_page_token());
  }
}

int Backup(const Options& options) {
  const absl::StatusOr<migration::BackupKey> key = migration::ReadBackupKey(options.key_file);
  if (!key.ok()) return Fail(key.status());
  const auto channel = Connect(options.connection);
  if (!channel.ok()) return Fail(channel.status());
  const auto writer = migration::BackupWriter::Create(options.file, *key);
  if (!writer.ok()) return Fail(writer.status());
  const absl::StatusOr<uint64_t> rows = Export(*v1::RegisterAdmin::NewStub(*channel), **writer);
  if (!rows.ok()) return Fail(rows.status());
  if (absl::Status finished = (*writer)->Finish(); !finished.ok()) return Fail(finished);
  if (options.json) {
    std::cout << nlohmann::json({{"file", options.file}, {"rows", *rows}}).dump() << '\n';
  } else {
    std::cout << "wrote " << *rows << " rows to " << options.file << '\n';
  }
  return kSuccess;
}

// The pages of a backup file, from the first.
absl::StatusOr<migration::BackupPages> PagesOf(const std::string& file, const migration::BackupKey& key) {
  absl::StatusOr<std::unique_ptr<migration::BackupReader>> opened = migration::BackupReader::Open(file, key);
  if (!opened.ok()) return opened.status();
  return [reader = std::shared_ptr<migration::BackupReader>(
              *std::move(opened))]() -> absl::StatusOr<std::optional<v1::BackupPage>> {
    const absl::StatusOr<std::optional<std::string>> chunk = reader->Next();
    if (!chunk.ok()) return chunk.status();
    if (!chunk->has_value()) return std::nullopt;
    v1::BackupPage page;
    if (!page.ParseFromString(**chunk)) return absl::DataLossError("the backup cannot be understood");
    return page;
  };
}

absl::StatusOr<migration::Restored> Restored(const Options& options) {
  if (options.file.empty() == options.empty.empty()) {
    return absl::InvalidArgumentError("either --in or --empty is needed");
  }
  if (!options.empty.empty()) {
    return migration::RestoreEmptyRocksDb(options.store, options.empty == kPrimaryServer
                                                             ? migration::StoreKind::kMigrations
                                                             : migration::StoreKind::kVisitors);
  }
  if (options.key_file.empty()) return absl::InvalidArgumentError("--key-file is needed");
  const absl::StatusOr<migration::BackupKey> key = migration::ReadBackupKey(options.key_file);
  if (!key.ok()) return key.status();
  return migration::RestoreRocksDb(options.store, [&] { return PagesOf(options.file, *key); });
}

int Restore(const Options& options) {
  const absl::StatusOr<migration::Restored> restored = Restored(options);
  if (!restored.ok()) return Fail(restored.status());
  const char* server = restored->kind == migration::StoreKind::kMigrations ? kPrimaryServer : kPartnerServer;
  if (options.json) {
    std::cout
        << nlohmann::json({{"server", server}, {"rows", restored->rows}, {"incarnation", restored->incarnation}}).dump()
        << '\n';
  } else {
    std::cout << "restored " << restored->rows << " rows for a " << server << ", incarnation " << restored->incarnation
              << '\n';
  }
  return kSuccess;
}

}  // namespace

void AddBackup(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App& backup = *app.add_subcommand("backup", "Everything in a running server's register, into an encrypted file");
  backup.add_option("--out", options->file, "the file; must not be there yet")->required();
  backup.add_option("--key-file", options->key_file, "file with a key of 32 bytes")->required();
  AddConnectionOptions(backup, options->connection);
  backup.callback([options, &exit_code] { exit_code = Backup(*options); });

  CLI::App& restore = *app.add_subcommand("restore", "Makes a store out of a backup, while its server does not run");
  restore.add_option("--in", options->file, "the backup");
  restore.add_option("--empty", options->empty, "no backup: an empty store, for a primary-server or a partner-server")
      ->check(CLI::IsMember({kPrimaryServer, kPartnerServer}));
  restore.add_option("--key-file", options->key_file, "the key that it was written with");
  restore.add_option("--store", options->store, "the store's directory; must be empty or absent")->required();
  restore.callback([options, &exit_code] { exit_code = Restore(*options); });
  for (CLI::App* command : {&backup, &restore}) command->add_flag("--json", options->json, "one JSON object");
}

}  // namespace mcmig::cli
