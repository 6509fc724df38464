#include "harness/tree/starter.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/printable.h"
#include "harness/tree/high_descriptor.h"
#include "harness/tree/spawn_message.h"

namespace splitscope::tree {
namespace {

// What execvp(3) takes where PATH is not set.
constexpr std::string_view kUsualPath = "/bin:/usr/bin";

[[noreturn]] void raise_error(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void put(int fd, int target) {
    const int error = posix_spawn_file_actions_adddup2(&actions_, fd, target);
    if (error != 0) raise_error(error, "cannot start a command");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

bool receive(int socket, splitscope_spawn_message& message) {
  auto* const place = reinterpret_cast<char*>(&message);
  std::size_t used = 0;
  while (used < sizeof(message)) {
    const ssize_t got = ::read(socket, place + used, sizeof(message) - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    used += static_cast<std::size_t>(got);
  }
  return true;
}

void reap(pid_t pid) noexcept {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Whether a shell with a terminal watches over that group. Elsewhere, in CI or below a daemon, the
// command must not be in it: we would be what keeps it from being orphaned, and when we end while
// something in it is stopped the kernel sends SIGHUP to all of it, our own starter included
// (setpgid(2), credentials(7)).
bool is_shells_job(pid_t group) noexcept {
  if (::getsid(0) == group) return false;
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  return terminal.is_open();
}

}  // namespace

std::vector<std::string> paths_of(const std::string& name,
                                  const std::vector<std::string>& environment) {
  if (name.empty() || name.find('/') != std::string::npos) return {name};
  std::string_view path = kUsualPath;
  for (const std::string& variable : environment) {
    if (!variable.starts_with("PATH=")) continue;
    path = std::string_view(variable).substr(5);
    break;
  }
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string_view folder = path.substr(begin, end - begin);
    // An empty entry is the current folder.
    result.push_back(folder.empty() ? name : std::string(folder) + "/" + name);
    begin = end + 1;
  }
  return result;
}

Starter::Starter(const Launch& launch, bool terminal)
    : name_(launch.arguments.empty() ? std::string() : launch.arguments.front()),
      cgroup_procs_(launch.cgroup_procs),
      candidates_(paths_of(name_, launch.environment)) {
  if (launch.arguments.empty()) raise_error(EINVAL, "cannot start a command without a name");
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    raise_error(errno, "cannot start " + printable(name_) + ": socketpair");
  }
  socket_ = moved_up(ends[0]);
  Descriptor spawner_end = moved_up(ends[1]);
  if (!socket_.is_open() || !spawner_end.is_open()) {
    raise_error(errno, "cannot start " + printable(name_) + ": no descriptor is left");
  }
  run_spawner(launch, terminal, spawner_end.get());
  spawner_end.close();
  splitscope_spawn_message message{};
  if (!receive(socket_.get(), message)) {
    raise_error(ECHILD, "cannot start " + printable(name_) + ": " + printable(launch.spawner) +
                            " ended without a word");
  }
  if (message.stage != SPLITSCOPE_STAGE_WAITING) {
    fail(message.stage, message.value, static_cast<std::size_t>(message.candidate));
  }
  pid_ = message.value;
  // Whoever is first: nobody may signal a group that is not there yet.
  if (terminal) ::setpgid(pid_, pid_);
}

void Starter::run_spawner(const Launch& launch, bool terminal, int spawner_end) {
  unsigned flags = 0;
  if (launch.data_limit_bytes) flags |= SPLITSCOPE_SPAWN_DATA_LIMIT;
  if (launch.core_limit_bytes) flags |= SPLITSCOPE_SPAWN_CORE_LIMIT;
  if (launch.fixed_addresses) flags |= SPLITSCOPE_SPAWN_FIXED_ADDRESSES;
  if (terminal) {
    flags |= SPLITSCOPE_SPAWN_NEW_GROUP | SPLITSCOPE_SPAWN_TERMINAL;
  } else if (launch.job_group != 0) {
    flags |=
        is_shells_job(launch.job_group) ? SPLITSCOPE_SPAWN_JOIN_GROUP : SPLITSCOPE_SPAWN_NEW_GROUP;
  }
  std::string description;
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(spawner_end), std::uint64_t{flags},
        static_cast<std::uint64_t>(launch.job_group), launch.ignored_signals,
        launch.data_limit_bytes.value_or(0), launch.core_limit_bytes.value_or(0),
        std::uint64_t{candidates_.size()}}) {
    description += std::to_string(number) + " ";
  }
  std::vector<std::string> arguments{launch.spawner, description, launch.cgroup_procs};
  arguments.insert(arguments.end(), candidates_.begin(), candidates_.end());
  arguments.insert(arguments.end(), launch.arguments.begin(), launch.arguments.end());

  FileActions actions;
  // To itself: that takes its close-on-exec away.
  actions.put(spawner_end, spawner_end);
  if (launch.handed_on >= 0) actions.put(launch.handed_on, launch.handed_on);
  Descriptor input;
  if (!launch.standard_input.empty()) {
    input = Descriptor(::open(launch.standard_input.c_str(), O_RDONLY | O_CLOEXEC));
    if (!input.is_open()) {
      raise_error(errno, "cannot open " + printable(launch.standard_input) + " as the input of " +
                             printable(name_));
    }
    actions.put(input.get(), STDIN_FILENO);
  }
  pid_t spawner = -1;
  const int error = posix_spawn(&spawner, launch.spawner.c_str(), actions.get(), nullptr,
                                pointers(arguments).data(), pointers(launch.environment).data());
  if (error == E2BIG) raise_error(error, "cannot start " + printable(name_));
  if (error != 0) {
    raise_error(error, "cannot start " + printable(name_) + ": its helper " +
                           printable(launch.spawner) + " (is splitscope installed whole?)");
  }
  reap(spawner);
}

Starter::~Starter() {
  if (released_ || pid_ <= 0) return;
  // It reads the end of the socket and leaves.
  socket_.close();
  reap(pid_);
}

void Starter::release() {
  const char go = 1;
  ssize_t sent = 0;
  do {
    sent = ::send(socket_.get(), &go, 1, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  const int error = sent < 0 ? errno : 0;
  // Whatever comes now, its end is seen by whoever waits for it.
  released_ = true;
  // One that was killed meanwhile does not read it; its wait status tells.
  if (error == 0 || error == EPIPE || error == ECONNRESET) return;
  // It reads the end of the socket and leaves.
  socket_.close();
  raise_error(error, "cannot start " + printable(name_) + ": cannot send the word to go");
}

bool Starter::started(int timeout_ms) {
  if (!socket_.is_open()) return true;
  pollfd watched{socket_.get(), POLLIN, 0};
  if (::poll(&watched, 1, timeout_ms) <= 0) return false;
  splitscope_spawn_message message{};
  const bool failed = receive(socket_.get(), message);
  socket_.close();
  if (failed) fail(message.stage, message.value, static_cast<std::size_t>(message.candidate));
  return true;
}

void Starter::fail(int stage, int error, std::size_t candidate) const {
  const std::string what = "cannot start " + printable(name_);
  switch (stage) {
    case SPLITSCOPE_STAGE_CGROUP:
      raise_error(error, what + ": cannot join " + printable(cgroup_procs_));
    case SPLITSCOPE_STAGE_DATA_LIMIT:
      raise_error(error, what + ": cannot set its data limit (RLIMIT_DATA)");
    case SPLITSCOPE_STAGE_CORE_LIMIT:
      raise_error(error, what + ": cannot set its core limit (RLIMIT_CORE)");
    case SPLITSCOPE_STAGE_CLONE:
      raise_error(error, what + ": clone");
    default:
      break;
  }
  const bool searched = candidates_.size() > 1 || candidates_.front() != name_;
  if (error == ENOENT && searched) raise_error(error, what + ": not in any folder of PATH");
  const std::string& path = candidates_[candidate < candidates_.size() ? candidate : 0];
  raise_error(error, path == name_ ? what : what + " (" + printable(path) + ")");
}

}  // namespace splitscope::tree
