#ifndef SERVICES_PARTNER_SERVER_PROCESS_H_
#define SERVICES_PARTNER_SERVER_PROCESS_H_

#include <string>

namespace mcmig::partner_server {

// `mcmig partner-server`: serves the configuration at `config_path` until SIGTERM or SIGINT, then drains. The exit
// code; what stopped the start is on stderr. `ready_file`: written once all listeners serve (common/rpc/process.h),
// none where empty. Main thread, before any other thread exists.
int RunPartnerServer(const std::string& config_path, const std::string& ready_file);

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_PROCESS_H_
