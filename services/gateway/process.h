#ifndef SERVICES_GATEWAY_PROCESS_H_
#define SERVICES_GATEWAY_PROCESS_H_

#include <string>

namespace mcmig::gateway {

// `mcmig gateway`: serves the configuration at `config_path` until SIGTERM or SIGINT, then drains. The exit code;
// what stopped the start is on stderr. `ready_file`: written once all listeners serve (common/rpc/process.h), none
// where empty. Main thread, before any other thread exists.
int RunGateway(const std::string& config_path, const std::string& ready_file);

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_PROCESS_H_
