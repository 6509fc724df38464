// What libFuzzer calls, for the target that the build names.
#include <cstdint>

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)splitscope::fuzz::accepts(splitscope::fuzz::SPLITSCOPE_FUZZ_TARGET,
                                  std::as_bytes(std::span(data, size)));
  return 0;
}
