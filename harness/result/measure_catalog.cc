#include "harness/result/measure_catalog.h"

#include <array>

namespace splitscope::result {
namespace {

constexpr auto kMeasures = std::to_array<MeasureInfo>({
#include "harness/result/measure_table.inc"
});

}  // namespace

std::span<const MeasureInfo> measure_catalog() { return kMeasures; }

const MeasureInfo* find_measure(std::string_view key) {
  for (const MeasureInfo& info : kMeasures) {
    if (info.key == key) return &info;
  }
  return nullptr;
}

}  // namespace splitscope::result
