// A strategy of one's own: reads the whole file when it is opened, and hands out views of it.
#include "strategies/plugins/plugin_api.h"

using namespace splitscope;
using namespace splitscope::strategies;

class WholeReadSource final : public FileSource {
 public:
  WholeReadSource(const std::filesystem::path& path, AccessCounters& counters)
      : FileSource(path, counters), content_(HeapBuffer::make(file().size())) {
    read_into(0, {content_->data(), file().size()});
  }

 private:
  Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return content_->view(offset, length);
  }

  HeapBuffer::Pointer content_;
};

StrategyInfo whole_read() {
  return {.name = "whole-read",
          .summary = "read the whole file when it is opened",
          .traits = {.copies = Copies::kWholeFile},
          .make = make_file_strategy<WholeReadSource, NoOptions<sum_of>>};
}

SPLITSCOPE_EXPORT_STRATEGY(whole_read);
