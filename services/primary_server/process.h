#ifndef SERVICES_PRIMARY_SERVER_PROCESS_H_
#define SERVICES_PRIMARY_SERVER_PROCESS_H_

#include <string>

namespace mcmig::primary_server {

// `mcmig primary-server`: serves the configuration at `config_path` until SIGTERM or SIGINT, then drains. The exit
// code; what stopped the start is on stderr. `ready_file`: written once all listeners serve (common/rpc/process.h),
// none where empty. Main thread, before any other thread exists.
int RunPrimaryServer(const std::string& config_path, const std::string& ready_file);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PROCESS_H_
