// A program with nothing but a child entry and workloads that fail in every way there is.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <system_error>
#include <vector>

#include "base/errors.h"
#include "formats/errors.h"
#include "harness/run/child_main.h"

namespace splitscope {
namespace {

constexpr std::size_t kBytes = 32UL * 1024 * 1024;

class FakeStrategy : public Strategy {
 public:
  FakeStrategy(std::string name, AccessCounters& counters)
      : name_(std::move(name)), counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    // Counted as a strategy would; nothing is read from what the tests give.
    counters_.count_read(std::filesystem::file_size(path));
    return nullptr;
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path&) override {
    return nullptr;
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    std::uint64_t sum = 0;
    for (const std::uint64_t size : input_sizes) sum += size;
    return 2 * sum;
  }

 private:
  std::string name_;
  AccessCounters& counters_;
};

struct Script {
  std::function<void(const workloads::WorkloadSpec&)> prepare = [](const workloads::WorkloadSpec&) {
  };
  std::function<void(const workloads::WorkloadSpec&, Strategy&, RunContext&)> run =
      [](const workloads::WorkloadSpec&, Strategy&, RunContext&) {};
  std::function<workloads::Verification(const workloads::WorkloadSpec&)> verify =
      [](const workloads::WorkloadSpec&) {
        return workloads::Verification{100, 10, "sha256:same"};
      };
};

class ScriptedWorkload : public workloads::Workload {
 public:
  ScriptedWorkload(workloads::WorkloadSpec spec, Script script)
      : spec_(std::move(spec)), script_(std::move(script)) {}

  [[nodiscard]] std::string name() const override { return "scripted"; }
  void prepare() override { script_.prepare(spec_); }
  void run(Strategy& strategy, RunContext& context) override {
    strategy_ = strategy.name();
    script_.run(spec_, strategy, context);
  }
  [[nodiscard]] workloads::Verification verify() override {
    workloads::Verification found = script_.verify(spec_);
    if (found.digest == "strategy") found.digest = "sha256:" + strategy_;
    return found;
  }

 private:
  workloads::WorkloadSpec spec_;
  Script script_;
  std::string strategy_;
};

void touch(char* bytes, std::size_t size) {
  // Not memset: the compiler must not see that nobody reads it.
  for (volatile char* at = bytes; at < bytes + size; at += 4096) *at = 1;
}

Script in_run(std::function<void()> action) {
  Script script;
  script.run = [action = std::move(action)](const workloads::WorkloadSpec&, Strategy&,
                                            RunContext&) { action(); };
  return script;
}

Script in_verify(std::function<void()> action) {
  Script script;
  script.verify = [action = std::move(action)](const workloads::WorkloadSpec&) {
    action();
    return workloads::Verification{};
  };
  return script;
}

Script script_of(const std::string& name) {
  if (name == "allocate") {
    return in_run([] {
      auto* bytes = static_cast<char*>(std::malloc(kBytes));
      touch(bytes, kBytes);
      std::free(bytes);
    });
  }
  if (name == "map") {
    return in_run([] {
      void* bytes =
          mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      touch(static_cast<char*>(bytes), kBytes);
      munmap(bytes, kBytes);
    });
  }
  if (name == "phases") {
    Script script;
    script.run = [](const workloads::WorkloadSpec& spec, Strategy& strategy, RunContext& context) {
      context.phase("one");
      for (const auto& input : spec.inputs) (void)strategy.open(input);
      context.phase("two");
      context.count("things", 3);
      context.count("things", 4);
    };
    return script;
  }
  if (name == "refuse") {
    Script script;
    script.prepare = [](const workloads::WorkloadSpec& spec) {
      throw UsageError("no option '" + spec.options.begin()->first + "'\nhere");
    };
    return script;
  }
  if (name == "malformed")
    return in_run([] { throw formats::FormatError("in/0", 7, "bad magic"); });
  if (name == "unreadable") {
    return in_run([] { throw std::system_error(EACCES, std::generic_category(), "open in/0"); });
  }
  if (name == "bug") return in_run([] { throw std::logic_error("index out of range"); });
  if (name == "no-memory") return in_run([] { throw std::bad_alloc(); });
  if (name == "odd") return in_run([] { throw 7; });
  if (name == "segfault") return in_run([] { std::raise(SIGSEGV); });
  if (name == "abort") {
    return in_run([] {
      // Far more than any tail that is kept, or than a pipe holds.
      const std::vector<char> noise(1 << 20, '.');
      std::fwrite(noise.data(), 1, noise.size(), stderr);
      std::fprintf(stderr, "\nassertion failed\n");
      std::abort();
    });
  }
  if (name == "exit") return in_run([] { std::_Exit(9); });
  if (name == "killed") return in_run([] { std::raise(SIGKILL); });
  if (name == "hang") {
    return in_run([] {
      std::signal(SIGTERM, SIG_IGN);
      for (;;) pause();
    });
  }
  if (name == "wrong") return in_verify([] { throw formats::WrongOutput("document 3 differs"); });
  if (name == "broken-output") {
    return in_verify([] { throw formats::FormatError("out/0", 1, "bad magic"); });
  }
  if (name == "by-strategy") {
    Script script;
    script.verify = [](const workloads::WorkloadSpec&) {
      return workloads::Verification{1, 1, "strategy"};
    };
    return script;
  }
  if (name == "environment") {
    return in_run([] {
      std::size_t size = 0;
      for (char** variable = environ; *variable != nullptr; ++variable) {
        size += std::strlen(*variable) + 1;
      }
      // Its size shows in the heap figure, where the test can see it.
      void* volatile block = std::malloc(1000 + size);
      std::free(block);
    });
  }
  return {};
}

run::Catalogs fake_catalogs() {
  run::Catalogs catalogs;
  catalogs.reference_strategy = "reference";
  catalogs.make_strategy = [](const std::string& spec, AccessCounters& counters) {
    return std::make_unique<FakeStrategy>(spec, counters);
  };
  for (const char* name : {"ok", "allocate", "map", "phases", "refuse", "malformed", "unreadable",
                           "bug", "no-memory", "odd", "segfault", "abort", "exit", "killed", "hang",
                           "wrong", "broken-output", "by-strategy", "environment"}) {
    workloads::WorkloadInfo entry;
    entry.name = name;
    entry.make = [script = script_of(name)](const workloads::WorkloadSpec& spec) {
      return std::make_unique<ScriptedWorkload>(spec, script);
    };
    catalogs.workloads.push_back(std::move(entry));
  }
  return catalogs;
}

}  // namespace
}  // namespace splitscope

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return splitscope::run::child_main(splitscope::fake_catalogs, argv[2], argv[3]);
}
