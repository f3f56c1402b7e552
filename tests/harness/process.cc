#include "tests/harness/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "glog/logging.h"
#include "nlohmann/json.hpp"

namespace mcmig::harness {
namespace {

constexpr int kTimedOut = 124;
constexpr size_t kLogTailBytes = 4000;

int ExitCode(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// Where a process may be polled but not waited for with a bound, this is the interval.
void Pause() { absl::SleepFor(absl::Milliseconds(5)); }

pid_t Spawn(std::vector<std::string> command, const std::string& out, const std::string& err, int flags) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | flags, 0600);
  if (err == out) {
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | flags, 0600);
  }
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  CHECK_EQ(error, 0) << "cannot start " << command[0];
  return pid;
}

// The exit status, or nothing where the process still runs at `deadline`.
std::optional<int> WaitUntil(pid_t pid, absl::Time deadline) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (absl::Now() >= deadline) return std::nullopt;
    Pause();
  }
  return ExitCode(status);
}

std::string Tail(const std::string& text) {
  return text.size() <= kLogTailBytes ? text : text.substr(text.size() - kLogTailBytes);
}

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  CHECK(file.good()) << "cannot write " << path;
}

CommandResult RunCommand(const std::vector<std::string>& command, absl::Duration timeout) {
  char directory[] = "/tmp/mcmig-command-XXXXXX";
  CHECK(mkdtemp(directory) != nullptr);
  const std::string out = absl::StrCat(directory, "/out");
  const std::string err = absl::StrCat(directory, "/err");
  const pid_t pid = Spawn(command, out, err, O_TRUNC);
  CommandResult result;
  std::optional<int> exit_code = WaitUntil(pid, absl::Now() + timeout);
  if (!exit_code.has_value()) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  result.exit_code = exit_code.value_or(kTimedOut);
  result.out = ReadFile(out);
  result.err = ReadFile(err);
  std::filesystem::remove_all(directory);
  return result;
}

absl::StatusOr<Process> Process::Start(const std::vector<std::string>& command, const std::string& log_file,
                                       absl::Duration timeout) {
  const std::string ready_file = absl::StrCat(log_file, ".ready");
  std::filesystem::remove(ready_file);
  std::vector<std::string> full = command;
  full.insert(full.end(), {"--ready-file", ready_file});
  Process process;
  process.log_file_ = log_file;
  process.pid_ = Spawn(full, log_file, log_file, O_APPEND);
  const absl::Time deadline = absl::Now() + timeout;
  while (!std::filesystem::exists(ready_file)) {
    const std::optional<int> exit_code = WaitUntil(process.pid_, absl::Now());
    if (exit_code.has_value()) {
      process.pid_ = -1;
      return absl::FailedPreconditionError(
          absl::StrCat(absl::StrJoin(command, " "), " ended with ", *exit_code, ":\n", Tail(process.Log())));
    }
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(absl::StrJoin(command, " "), " is not ready:\n", Tail(process.Log())));
    }
    Pause();
  }
  const nlohmann::json ready = nlohmann::json::parse(ReadFile(ready_file));
  process.listeners_ = ready.at("listeners").get<std::map<std::string, std::string>>();
  return process;
}

Process::Process(Process&& from) noexcept
    : pid_(std::exchange(from.pid_, -1)),
      log_file_(std::move(from.log_file_)),
      listeners_(std::move(from.listeners_)) {}

Process& Process::operator=(Process&& from) noexcept {
  Kill();
  pid_ = std::exchange(from.pid_, -1);
  log_file_ = std::move(from.log_file_);
  listeners_ = std::move(from.listeners_);
  return *this;
}

Process::~Process() { Kill(); }

std::string Process::Address(const std::string& listener) const {
  const auto found = listeners_.find(listener);
  return found == listeners_.end() ? std::string() : found->second;
}

std::string Process::Log() const { return ReadFile(log_file_); }

int Process::Terminate(absl::Duration timeout) {
  if (pid_ < 0) return -1;
  kill(pid_, SIGTERM);
  const std::optional<int> exit_code = WaitUntil(pid_, absl::Now() + timeout);
  if (!exit_code.has_value()) {
    Kill();
    return kTimedOut;
  }
  pid_ = -1;
  return *exit_code;
}

void Process::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

pid_t Process::Release() { return std::exchange(pid_, -1); }

}  // namespace mcmig::harness
