#include "harness/run/window.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/run/instance_context.h"

namespace splitscope::run {
namespace {

// Lets the other instances go at the moment when the window has opened.
class StartGate {
 public:
  /// Whether to go: if not, there is no window.
  bool wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
    return go_;
  }
  void open(bool go) {
    const std::lock_guard lock(mutex_);
    if (open_) return;
    open_ = true;
    go_ = go;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  bool go_ = false;
};

// Sends them home when one of them cannot be started or no window opens.
class Threads {
 public:
  Threads(StartGate& gate, std::size_t most) : gate_(gate) { threads_.reserve(most); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() {
    gate_.open(false);
    join();
  }

  template <typename Action>
  void start(Action action) {
    threads_.emplace_back(std::move(action));
  }
  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  StartGate& gate_;
  std::vector<std::thread> threads_;
};

void reset(AccessCounters& counters) {
  for (auto* counter : {&counters.bytes_requested, &counters.bytes_copied, &counters.reads,
                        &counters.read_syscalls, &counters.bytes_written}) {
    counter->store(0);
  }
  for (auto& size_class : counters.read_sizes) size_class.store(0);
}

void add_counters(const AccessCounters& counters, Sample& sample) {
  using record::Measure;
  sample.set(Measure::of("bytes_requested", counters.bytes_requested.load()));
  sample.set(Measure::of("bytes_copied", counters.bytes_copied.load()));
  sample.set(Measure::of("reads", counters.reads.load()));
  sample.set(Measure::of("read_syscalls", counters.read_syscalls.load()));
  sample.set(Measure::of("bytes_written", counters.bytes_written.load()));
  Histogram sizes;
  for (std::size_t i = 0; i < counters.read_sizes.size(); ++i) {
    const std::uint64_t count = counters.read_sizes.at(i).load();
    if (count != 0) sizes[i == 0 ? 0 : std::uint64_t{1} << (i - 1)] = count;
  }
  sample.read_sizes = std::move(sizes);
}

void add_heap_sizes(const record::RecorderSet& recorders, Sample& sample) {
  // Without the shim the histogram is empty, and then the peak is absent too.
  if (!sample.count("peak_heap_bytes")) return;
  Histogram sizes;
  for (const auto& [size, count] : recorders.heap_sizes()) sizes[size] = count;
  sample.heap_sizes = std::move(sizes);
}

void add_workload_counts(const std::vector<InstanceContext>& contexts, Sample& sample) {
  std::map<std::string, std::uint64_t> totals;
  for (const InstanceContext& context : contexts) {
    context.for_each_count(
        [&](std::string_view key, std::uint64_t amount) { totals[std::string(key)] += amount; });
  }
  for (const auto& [key, total] : totals) sample.set(record::Measure::of(key, total));
}

void run_instance(workloads::Workload& workload, Strategy& strategy, InstanceContext& context,
                  std::exception_ptr& error) {
  try {
    workload.run(strategy, context);
  } catch (...) {
    error = std::current_exception();
  }
}

}  // namespace

std::exception_ptr run_window(const std::vector<std::unique_ptr<workloads::Workload>>& instances,
                              Strategy& strategy, AccessCounters& counters,
                              const record::RecorderOptions& options, Sample& sample) {
  const auto recorders = record::make_recorders(options);
  std::vector<InstanceContext> contexts;
  contexts.reserve(instances.size());
  for (std::size_t i = 0; i < instances.size(); ++i) {
    contexts.emplace_back(i == 0 ? recorders.get() : nullptr);
  }
  std::vector<std::exception_ptr> errors(instances.size());
  StartGate gate;
  Threads threads(gate, instances.size());
  for (std::size_t i = 1; i < instances.size(); ++i) {
    threads.start([&, i] {
      if (gate.wait()) run_instance(*instances[i], strategy, contexts[i], errors[i]);
    });
  }

  reset(counters);
  recorders->start();
  gate.open(true);
  run_instance(*instances.front(), strategy, contexts.front(), errors.front());
  threads.join();
  sample.measures = recorders->stop();

  add_counters(counters, sample);
  add_heap_sizes(*recorders, sample);
  add_workload_counts(contexts, sample);
  for (const std::exception_ptr& error : errors) {
    if (error) return error;
  }
  return nullptr;
}

}  // namespace splitscope::run
