// A C++ program with threads, whose library allocates before main and lets memory stay with it:
// cxx TRUTH MIB. What it allocated is known to the ledger that is linked behind the heap shim.
#include "tests/truth/teller.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

// All threads stand where each holds the most.
class Meeting {
 public:
  explicit Meeting(int count) : missing_(count) {}
  void arrive() {
    std::unique_lock lock(mutex_);
    --missing_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void all_there() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return missing_ == 0; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int missing_;
  bool open_ = false;
};

void fill(Meeting& meeting, std::size_t bytes) {
  constexpr std::size_t kNames = 2000;
  std::map<std::string, std::vector<int>> index;
  for (std::size_t i = 0; i < kNames; ++i) {
    index[std::string(20, 'a') + std::to_string(i)].resize(bytes / kNames / sizeof(int));
  }
  try {
    throw std::runtime_error("allocates as well");
  } catch (const std::runtime_error&) {
    index.erase(index.begin());
  }
  meeting.arrive();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) truth_fail("cxx TRUTH MIB");
  constexpr int kThreads = 4;
  const std::size_t bytes = static_cast<std::size_t>(std::stoul(argv[2])) * TRUTH_MIB / kThreads;
  tell_to("/dev/null", 1, "nothing", 1);
  Meeting meeting(kThreads);
  resident most{};
  {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(fill, std::ref(meeting), bytes);
    meeting.all_there();
    most = resident_now();
    meeting.let_go();
    for (std::thread& thread : threads) thread.join();
  }
  ledger counted{};
  truth_ledger_read(&counted);
  const auto tell = [&](const char* measure, std::uint64_t value) {
    tell_to(argv[1], 0, measure, value);
  };
  tell("peak_rss_bytes", most.rss);
  tell("peak_rss_anon_bytes", most.anon);
  tell("peak_rss_file_bytes", most.file);
  tell("peak_rss_shmem_bytes", most.shmem);
  tell("peak_heap_bytes", counted.peak);
  tell("heap_allocations", counted.allocations);
  tell("heap_requested_bytes", counted.requested);
  tell("heap_largest_bytes", counted.largest);
  tell("processes", 1);
  _exit(0);
}
