#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/death.h"
#include "base/errors.h"
#include "harness/cli/program.h"

namespace splitscope::cli {

namespace {

namespace fs = std::filesystem;

// The distribution's interpreter comes first, because matplotlib comes from the distribution too.
std::string python() {
  constexpr const char* kDistributions = "/usr/bin/python3";
  return access(kDistributions, X_OK) == 0 ? kDistributions : "python3";
}

// Becomes the Python program, whose exit code is then ours. Isolated (-I): a module in the current
// folder, PYTHONPATH or the user's own packages must not decide about a verdict. The program speaks
// UTF-8 whatever the locale says, because names are bytes of any kind.
[[noreturn]] void exec_python(const Program& program, const std::string& verb,
                              const std::vector<std::string>& arguments) {
  const fs::path folder = fs::absolute(program.home) / "reports";
  if (!fs::exists(folder / "__main__.py")) {
    throw UsageError(folder.string() +
                     ": the program that reads results is not there; SPLITSCOPE_HOME names the "
                     "folder that holds reports/, suites/ and profiles/");
  }
  std::vector<std::string> command{python(),        "-I", "-B", "-X", "utf8", "-W", "ignore",
                                   folder.string(), verb};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(command.size() + 1);
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  restore_signals();
  // Until the other program has handlers of its own, which is when it lets them through.
  sigset_t waiting;
  sigemptyset(&waiting);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&waiting, signal);
  sigprocmask(SIG_BLOCK, &waiting, nullptr);
  execvp(pointers.front(), pointers.data());
  throw std::system_error(errno, std::generic_category(), "cannot start " + command.front());
}

// Python tells of a module that it cannot open in a traceback. Its libraries open a few files at
// once at most.
void check_descriptors(const std::string& verb) {
  std::array<int, 8> free{};
  free.fill(-1);
  for (int& fd : free) fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  const bool enough = free.back() >= 0;
  for (const int fd : free) {
    if (fd >= 0) close(fd);
  }
  if (enough) return;
  throw UsageError(verb + ": needs " + std::to_string(free.size()) +
                   " open files besides those of its caller; raise the limit (ulimit -n)");
}

void add(CLI::App& app, Program& program, const std::string& name, const std::string& about) {
  CLI::App* verb = app.add_subcommand(name, about);
  // All options, --help too, are the Python program's own.
  verb->prefix_command();
  verb->set_help_flag();
  verb->callback([verb, name, &program] {
    check_descriptors(name);
    exec_python(program, name, verb->remaining());
  });
}

}  // namespace

void add_reports(CLI::App& app, Program& program) {
  add(app, program, "report", "Make an HTML report of results");
  add(app, program, "compare", "Compare two results");
  add(app, program, "gate", "Fail when memory got worse than the baseline");
  add(app, program, "baseline", "Save and show baselines");
}

}  // namespace splitscope::cli
