// Proves that a split is sound: what verify() of the workloads that write one relies on.
#pragma once

#include "formats/codec/source_range.h"
#include "formats/split/bundle.h"
#include "strategies/interface/strategy.h"

namespace splitscope::formats {

/// Checks of the whole file `split` with the footer `bundle`: every segment file that meta.json
/// asks for is there and its CRC is right; the hotcache lists each index file with its length;
/// every cached slice equals the file's bytes; meta.json is cached whole and so is
/// every range that opening the index touches. Scans the file once.
/// Errors: WrongOutput that says what differs, FormatError, UnsupportedFeature.
void check_split(const SourceRange& split, const Bundle& bundle);

}  // namespace splitscope::formats
