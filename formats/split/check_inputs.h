// What every verb on a user's files asks of them before it makes anything of them.
#pragma once

#include <filesystem>
#include <span>

#include "base/input_identity.h"
#include "strategies/interface/strategy.h"

namespace splitscope::formats {

/// Proves that splits and index folders are whole: check_index (split/check_index.h) for each, and
/// of a split also that its files fill the payload and that the hotcache holds what the files hold.
/// An index of a kind that is not read here is no error; its files are checked as check_any_file
/// does. One pass over the files through `strategy`; nothing of them is kept. A change between this
/// pass and the work shows in identity_of. Errors: FormatError, UnsupportedFeature, FileError, in
/// one line that names the input, the file in it, what was expected and what was found.
void check_inputs(Strategy& strategy, std::span<const std::filesystem::path> inputs);

/// The same for those of the files that have the footer of a split; any other goes as it is. What
/// an upload asks of its files.
void check_splits_among(Strategy& strategy, std::span<const std::filesystem::path> files);

/// The inputs as they lie there now: splits, and of folders the files that belong to an index. Take
/// it before check_inputs, ask check_unchanged() before the output gets its name.
[[nodiscard]] InputIdentity identity_of(std::span<const std::filesystem::path> inputs);

}  // namespace splitscope::formats
