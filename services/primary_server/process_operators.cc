#include "services/primary_server/process_operators.h"

#include "common/rpc/bind.h"

namespace mcmig::primary_server {

void OperatorServices::Handle(const OperatorHandlers& handlers, rpc::Server& listener) {
  using Admin = v1::PrimaryAdmin::AsyncService;
  listener.Handle(&admin_, &Admin::RequestImportUserProfiles, "mcmig.v1.PrimaryAdmin/ImportUserProfiles",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::ImportUserProfiles));
  listener.Handle(&admin_, &Admin::RequestRemoveUserProfiles, "mcmig.v1.PrimaryAdmin/RemoveUserProfiles",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::RemoveUserProfiles));
  listener.Handle(&admin_, &Admin::RequestGetUserProfiles, "mcmig.v1.PrimaryAdmin/GetUserProfiles",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::GetUserProfiles));
  listener.Handle(&admin_, &Admin::RequestGetMigration, "mcmig.v1.PrimaryAdmin/GetMigration",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::GetMigration));
  listener.Handle(&admin_, &Admin::RequestListMigrations, "mcmig.v1.PrimaryAdmin/ListMigrations",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::ListMigrations));
  listener.Handle(&admin_, &Admin::RequestRevokeMigration, "mcmig.v1.PrimaryAdmin/RevokeMigration",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::RevokeMigration));
  listener.Handle(&admin_, &Admin::RequestGetMigrationHistory, "mcmig.v1.PrimaryAdmin/GetMigrationHistory",
                  rpc::Bind(handlers.admin, &PrimaryAdmin::GetMigrationHistory));

  using RegisterAdmin = v1::RegisterAdmin::AsyncService;
  listener.Handle(&registers_, &RegisterAdmin::RequestReconcileRegister, "mcmig.v1.RegisterAdmin/ReconcileRegister",
                  rpc::Bind(handlers.reconcile, &admin::ReconcileAdmin::ReconcileRegister));
  listener.Handle(&registers_, &RegisterAdmin::RequestVerifyRegister, "mcmig.v1.RegisterAdmin/VerifyRegister",
                  rpc::Bind(handlers.registers, &admin::RegisterAdmin::VerifyRegister));
  listener.Handle(&registers_, &RegisterAdmin::RequestExportBackup, "mcmig.v1.RegisterAdmin/ExportBackup",
                  rpc::Bind(handlers.registers, &admin::RegisterAdmin::ExportBackup));

  peers_.Handle(handlers.peers, listener);
}

}  // namespace mcmig::primary_server
