#include "formats/errors.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

bool accepts(Target target, std::span<const std::byte> input) {
  try {
    target(input);
    return true;
  } catch (const formats::FormatError&) {
  } catch (const formats::UnsupportedFeature&) {
  }
  return false;
}

}  // namespace splitscope::fuzz
