#include "harness/record/effort_recorder.h"

#include <ctime>

namespace splitscope::record {
namespace {

std::uint64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

double milliseconds(const timeval& from, const timeval& to) {
  return static_cast<double>(to.tv_sec - from.tv_sec) * 1e3 +
         static_cast<double>(to.tv_usec - from.tv_usec) / 1e3;
}

std::uint64_t difference(long from, long to) {
  return to > from ? static_cast<std::uint64_t>(to - from) : 0;
}

std::uint64_t without_own(std::uint64_t all, std::uint64_t own) {
  return all - (own < all ? own : all);
}

}  // namespace

// The clock is read innermost, as the figure that a reading in between would change most.
void EffortRecorder::start() {
  start_.own = own_reads();
  start_.io = parse_io(io_.read());
  getrusage(RUSAGE_SELF, &start_.usage);
  start_.clock_ns = monotonic_ns();
}

void EffortRecorder::read() noexcept {
  end_.clock_ns = monotonic_ns();
  getrusage(RUSAGE_SELF, &end_.usage);
  // The file does not count the read that yields it, so that read is no part of either side: the
  // one at start falls between the two, hence own_reads() before it there and here.
  end_.own = own_reads();
  end_.io = parse_io(io_.read());
}

Measures EffortRecorder::build() const {
  const rusage& from = start_.usage;
  const rusage& to = end_.usage;
  Measures measures = {
      Measure::of_real("wall_ms", static_cast<double>(end_.clock_ns - start_.clock_ns) / 1e6),
      Measure::of_real("user_ms", milliseconds(from.ru_utime, to.ru_utime)),
      Measure::of_real("system_ms", milliseconds(from.ru_stime, to.ru_stime)),
      Measure::of("minor_faults", difference(from.ru_minflt, to.ru_minflt)),
      Measure::of("major_faults", difference(from.ru_majflt, to.ru_majflt)),
      Measure::of("voluntary_switches", difference(from.ru_nvcsw, to.ru_nvcsw)),
      Measure::of("involuntary_switches", difference(from.ru_nivcsw, to.ru_nivcsw)),
  };
  const bool known = start_.io && end_.io;
  const auto put = [&](const char* key, std::uint64_t ProcIo::*figure, std::uint64_t own) {
    measures.push_back(
        known ? Measure::of(key, without_own((*end_.io).*figure - (*start_.io).*figure, own))
              : Measure::absent(key, "/proc/self/io cannot be read here"));
  };
  put("io_read_bytes", &ProcIo::read_bytes, 0);
  put("io_write_bytes", &ProcIo::write_bytes, 0);
  put("io_read_chars", &ProcIo::read_chars, end_.own.chars - start_.own.chars);
  put("io_write_chars", &ProcIo::write_chars, 0);
  put("io_read_syscalls", &ProcIo::read_syscalls, end_.own.syscalls - start_.own.syscalls);
  put("io_write_syscalls", &ProcIo::write_syscalls, 0);
  return measures;
}

}  // namespace splitscope::record
