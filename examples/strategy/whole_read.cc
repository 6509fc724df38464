// A strategy of one's own: the whole file is read once, when it is opened, and handed out as views.
#include "base/errors.h"
#include "strategies/interface/peak_claim.h"
#include "strategies/interface/plugin_api.h"
#include "strategies/interface/whole_range_scan.h"
#include "strategies/io/buffered_sink.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/open_file.h"

using namespace splitscope;
using namespace splitscope::strategies;

struct WholeSource final : ByteSource {
  WholeSource(const std::filesystem::path& path, AccessCounters& counts)
      : file(path), counters(counts), buffer(HeapBuffer::make(file.size())) {
    file.read_exact(0, {buffer->data(), file.size()}, counters);
  }
  std::uint64_t size() const override { return file.size(); }
  Bytes read(std::uint64_t offset, std::size_t length) const override {
    file.check(offset, length);
    counters.count_read(length);
    return length == 0 ? Bytes{} : buffer->view(offset, length);
  }
  std::unique_ptr<Scan> scan(std::uint64_t offset, std::uint64_t length) const override {
    file.check(offset, length);
    return std::make_unique<WholeRangeScan>(*this, offset, length);
  }
  OpenFile file;
  AccessCounters& counters;
  HeapBuffer::Pointer buffer;
};

struct WholeRead final : Strategy {
  explicit WholeRead(AccessCounters& counts) : counters(counts) {}
  std::string name() const override { return "whole-read"; }
  std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<WholeSource>(path, counters);
  }
  std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return make_buffered_sink(path, counters);
  }
  std::uint64_t expected_peak(std::span<const std::uint64_t> sizes) const override {
    return sum_of(sizes);
  }
  AccessCounters& counters;
};

int splitscope_plugin_abi_version() { return SPLITSCOPE_PLUGIN_ABI_VERSION; }
const char* splitscope_strategy_name() { return "whole-read"; }
Strategy* splitscope_make_strategy(const char* options, AccessCounters* counters) {
  if (*options != '\0') throw UsageError("strategy whole-read has no options");
  return new WholeRead(*counters);
}
