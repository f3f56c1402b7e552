#ifndef TESTS_HARNESS_PROCESS_H_
#define TESTS_HARNESS_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mcmig::harness {

// What a command printed and how it ended.
struct CommandResult {
  int exit_code = -1;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

// Runs a command to its end. Exit code 124 where it did not end in time and was killed.
CommandResult RunCommand(const std::vector<std::string>& command, absl::Duration timeout = absl::Seconds(60));

// One server process of the product, started on loopback. Killed when destroyed.
class Process {
 public:
  // Starts `command` plus `--ready-file`, and waits until it serves. Everything it prints goes to `log_file`, appended.
  // The error names the last lines of the log.
  static absl::StatusOr<Process> Start(const std::vector<std::string>& command, const std::string& log_file,
                                       absl::Duration timeout = absl::Seconds(60));
  Process(Process&& from) noexcept;
  Process& operator=(Process&& from) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // "host:port" of a listener ("client", "inside", "outside", "operators", "health"); empty where there is none.
  [[nodiscard]] std::string Address(const std::string& listener) const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& log_file() const { return log_file_; }
  // The log as it is now.
  [[nodiscard]] std::string Log() const;

  // SIGTERM, then waits for the exit: the exit code. 124 where it did not end in time and was killed.
  int Terminate(absl::Duration timeout = absl::Seconds(30));
  // SIGKILL, and waits.
  void Kill();
  // Lets the process run on after this object has gone; its process ID. Later calls but Address and Log have no effect.
  pid_t Release();

 private:
  Process() = default;

  pid_t pid_ = -1;
  std::string log_file_;
  std::map<std::string, std::string> listeners_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_PROCESS_H_
