#include "tests/fuzz/target.h"
#include "workloads/errors.h"

namespace splitscope::fuzz {

bool accepts(Target target, std::span<const std::byte> input) {
  try {
    target(input);
    return true;
  } catch (const FormatError&) {
  } catch (const UnsupportedFeature&) {
  }
  return false;
}

}  // namespace splitscope::fuzz
