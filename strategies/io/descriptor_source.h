// A source whose bytes the kernel can move by itself.
#pragma once

#include "strategies/interface/byte_source.h"
#include "strategies/io/open_file.h"

namespace splitscope::strategies {

/// What a sink may look for (dynamic_cast) when it copies from a source.
class DescriptorSource : public ByteSource {
 public:
  [[nodiscard]] virtual const OpenFile& file() const noexcept = 0;
};

}  // namespace splitscope::strategies
