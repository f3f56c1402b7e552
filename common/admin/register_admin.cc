#include "common/admin/register_admin.h"

#include <glog/logging.h>

#include <memory>

#include "common/admin/page.h"

namespace mcmig::admin {
async::Task<absl::StatusOr<v1::VerifyRegisterResponse>> RegisterAdmin::VerifyRegister(
    const protocol::Call& call, const v1::VerifyRegisterRequest& request) {
  const absl::StatusOr<Page> page = ParsePage(0, request.page_token());
  if (!page.ok()) co_return page.status();
  const absl::StatusOr<Verifying*> work =
      verification_.At(*call.executor, page->after, [this]() -> absl::StatusOr<std::unique_ptr<Verifying>> {
        absl::StatusOr<migration::FrozenStore> store = doors_.freeze();
        if (!store.ok()) return store.status();
        return std::make_unique<Verifying>(*std::move(store), doors_.clock->Now(), doors_.clock_skew);
      });
  if (!work.ok()) co_return work.status();
  v1::VerifyRegisterResponse response;
  response.set_system(doors_.system);
  response.set_kind((*work)->kind);
  const absl::StatusOr<migration::Verification::Step> step = (*work)->verification.Next((*work)->at_once);
  if (!step.ok() || step->done) verification_.End();
  if (!step.ok()) co_return step.status();
  response.set_rows(step->rows);
  for (const migration::Finding& finding : step->findings) {
    v1::RegisterFinding& message = *response.add_findings();
    message.set_rule(finding.rule);
    message.set_place(finding.place);
    message.set_text(finding.text);
  }
  if (!step->done) response.set_next_page_token(PageToken(verification_.Next()));
  co_return response;
}

async::Task<absl::StatusOr<v1::ExportBackupResponse>> RegisterAdmin::ExportBackup(
    const protocol::Call& call, const v1::ExportBackupRequest& request) {
  const absl::StatusOr<Page> page = ParsePage(0, request.page_token());
  if (!page.ok()) co_return page.status();
  const absl::StatusOr<migration::BackupExport*> work =
      backup_.At(*call.executor, page->after, [this]() -> absl::StatusOr<std::unique_ptr<migration::BackupExport>> {
        absl::StatusOr<migration::FrozenStore> store = doors_.freeze();
        if (!store.ok()) return store.status();
        LOG(INFO) << "a backup of the register begins";
        return std::make_unique<migration::BackupExport>(*std::move(store), doors_.system, doors_.clock->Now());
      });
  if (!work.ok()) co_return work.status();
  absl::StatusOr<v1::BackupPage> part = (*work)->Next();
  const bool done = part.ok() && (*work)->done();
  if (!part.ok() || done) backup_.End();
  if (!part.ok()) co_return part.status();
  v1::ExportBackupResponse response;
  *response.mutable_page() = *std::move(part);
  if (!done) response.set_next_page_token(PageToken(backup_.Next()));
  if (done) LOG(INFO) << "the backup of the register has been handed over";
  co_return response;
}

}  // namespace mcmig::admin
