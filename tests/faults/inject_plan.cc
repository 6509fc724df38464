#include "tests/faults/inject_plan.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "tests/faults/inject_environment.h"

namespace splitscope::faults {
namespace {

constexpr auto kCalls = static_cast<std::size_t>(Call::kCalls);
constexpr const char* kCallNames[kCalls] = {
    "open",  "read",      "pread", "write", "mmap", "rename", "mkdir", "unlink", "copy_file_range",
    "fsync", "ftruncate", "close", "send",  "recv", "malloc"};

// What the driver reads, however this process ended: its file is mapped shared.
struct Note {
  std::atomic<std::uint64_t> fired;
  std::atomic<std::uint64_t> counts[kCalls];
  char what[1024];
};
static_assert(sizeof(Note) == 8 + 8 * kCalls + 1024);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

enum class What { kError, kShort, kPause, kCount };

struct Plan {
  Call call = Call::kCalls;
  std::uint64_t n = 0;
  What what = What::kCount;
  int error = 0;
  bool sticky = false;
  bool from_start = false;
};

enum State : int { kUnread, kReading, kOff, kArmed };
std::atomic<int> g_state{kUnread};
std::atomic<bool> g_main{false};
Plan g_plan;
Note g_nowhere;
Note* g_note = &g_nowhere;
bool g_lacks_exchange = false;
char g_paused[4096];
char g_resume[4096];

[[noreturn]] void die(const char* what) {
  constexpr char kPrefix[] = "fault injector: ";
  (void)!syscall(SYS_write, STDERR_FILENO, kPrefix, sizeof kPrefix - 1);
  (void)!syscall(SYS_write, STDERR_FILENO, what, strlen(what));
  (void)!syscall(SYS_write, STDERR_FILENO, "\n", 1);
  syscall(SYS_exit_group, 120);
  __builtin_unreachable();
}

// The next part of a text that has ':' between its parts.
bool take(const char*& text, char (&part)[64]) {
  if (*text == '\0') return false;
  std::size_t used = 0;
  for (; *text != '\0' && *text != ':'; ++text) {
    if (used + 1 < sizeof part) part[used++] = *text;
  }
  part[used] = '\0';
  if (*text == ':') ++text;
  return true;
}

bool is(const char* text, const char* other) { return strcmp(text, other) == 0; }

void parse_what(const char* text) {
  struct Named {
    const char* name;
    int error;
  };
  constexpr Named kErrors[] = {{"EIO", EIO},     {"ENOSPC", ENOSPC},        {"ENOMEM", ENOMEM},
                               {"EINTR", EINTR}, {"EMFILE", EMFILE},        {"EACCES", EACCES},
                               {"EROFS", EROFS}, {"ECONNRESET", ECONNRESET}};
  if (is(text, "short")) {
    g_plan.what = What::kShort;
    return;
  }
  if (is(text, "pause")) {
    g_plan.what = What::kPause;
    return;
  }
  for (const Named& one : kErrors) {
    if (!is(text, one.name)) continue;
    g_plan.what = What::kError;
    g_plan.error = one.error;
    return;
  }
  die("SPLITSCOPE_FAULT: unknown error");
}

// "call:n:what:once|always:main|start", or "count:main|start".
void parse(const char* text) {
  char part[64];
  if (!take(text, part)) die("SPLITSCOPE_FAULT is empty");
  if (!is(part, "count")) {
    for (unsigned i = 0; i < kCalls; ++i) {
      if (is(part, kCallNames[i])) g_plan.call = static_cast<Call>(i);
    }
    if (g_plan.call == Call::kCalls) die("SPLITSCOPE_FAULT: unknown call");
    if (!take(text, part)) die("SPLITSCOPE_FAULT: no number");
    for (const char* digit = part; *digit >= '0' && *digit <= '9'; ++digit) {
      g_plan.n = g_plan.n * 10 + static_cast<unsigned>(*digit - '0');
    }
    if (!take(text, part)) die("SPLITSCOPE_FAULT: nothing to do");
    parse_what(part);
    if (take(text, part)) g_plan.sticky = is(part, "always");
  }
  if (take(text, part)) g_plan.from_start = is(part, "start");
}

void map_note(const char* path) {
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (fd < 0) die("cannot open the note");
  const long address =
      syscall(SYS_mmap, nullptr, sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
  syscall(SYS_close, fd);
  if (address < 0 && address > -4096) die("cannot map the note");
  g_note = reinterpret_cast<Note*>(address);
}

void copy_text(char* into, std::size_t size, const char* text) {
  if (text == nullptr) return;
  strncpy(into, text, size - 1);
}

// The C library sets `environ` before it runs the first constructor; what is called earlier is the
// dynamic linker's.
bool read_plan() {
  if (environ == nullptr) return false;
  int expected = kUnread;
  if (!g_state.compare_exchange_strong(expected, kReading)) return expected == kArmed;
  const char* plan = getenv("SPLITSCOPE_FAULT");
  if (plan == nullptr || !is_the_process_under_test()) {
    g_state = kOff;
    return false;
  }
  parse(plan);
  if (const char* note = getenv("SPLITSCOPE_FAULT_NOTE")) map_note(note);
  copy_text(g_paused, sizeof g_paused, getenv("SPLITSCOPE_FAULT_PAUSED"));
  copy_text(g_resume, sizeof g_resume, getenv("SPLITSCOPE_FAULT_RESUME"));
  g_lacks_exchange = getenv("SPLITSCOPE_FAULT_NO_EXCHANGE") != nullptr;
  forget_the_plan();
  g_state = kArmed;
  return true;
}

// Says that it is there, then waits until it is told to go on, or for half a minute.
void pause_here() {
  const long fd = syscall(SYS_openat, AT_FDCWD, g_paused, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) syscall(SYS_close, fd);
  constexpr int kTurns = 30'000;
  for (int turn = 0; turn < kTurns; ++turn) {
    if (syscall(SYS_faccessat, AT_FDCWD, g_resume, F_OK) == 0) return;
    timespec millisecond{0, 1'000'000};
    syscall(SYS_nanosleep, &millisecond, nullptr);
  }
}

void note_what(const char* function, const char* path) {
  char* out = g_note->what;
  copy_text(out, 64, function);
  if (path == nullptr) return;
  const std::size_t used = strlen(out);
  out[used] = ' ';
  copy_text(out + used + 1, sizeof g_note->what - used - 1, path);
}

}  // namespace

Decision decide(Call call, const char* function, const char* path) noexcept {
  const int state = g_state.load(std::memory_order_acquire);
  if (state != kArmed && (state != kUnread || !read_plan())) return {};
  if (!g_plan.from_start && !g_main.load(std::memory_order_relaxed)) return {};
  const int saved = errno;
  const std::uint64_t count = g_note->counts[static_cast<unsigned>(call)].fetch_add(1) + 1;
  if (call != g_plan.call || count < g_plan.n || (count > g_plan.n && !g_plan.sticky)) {
    errno = saved;
    return {};
  }
  if (g_note->fired.fetch_add(1) == 0) note_what(function, path);
  Decision decision;
  if (g_plan.what == What::kPause) pause_here();
  errno = saved;
  if (g_plan.what == What::kShort) decision.action = Action::kShorten;
  if (g_plan.what == What::kError) decision = {Action::kFail, g_plan.error};
  return decision;
}

bool lacks_exchange() noexcept { return g_lacks_exchange; }

void main_begins() noexcept { g_main = true; }

void* next_function(const char* name) noexcept {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) die(name);
  return found;
}

}  // namespace splitscope::faults
