// Limits that tantivy puts on a segment and that more than one part of ours keeps. Those of one
// part alone stand beside it; limits of our own, against files that claim too much, do too. Source:
// tantivy 0.24 to 0.26, each file as named.
#pragma once

#include <cstddef>
#include <cstdint>

namespace splitscope::formats {

/// A segment has at most as many documents, and so columns as many rows: this number itself ends a
/// list of documents (TERMINATED, i32::MAX; src/docset.rs).
inline constexpr std::uint32_t kMaxDocs = 0x7FFF'FFFF;

/// Numbers in a packed block of `.idx` and `.pos` (COMPRESSION_BLOCK_SIZE;
/// src/postings/compression/mod.rs).
inline constexpr std::size_t kBlockLength = 128;

/// Longer terms are left out when documents are indexed; columns have no such limit (MAX_TOKEN_LEN;
/// src/tokenizer/mod.rs).
inline constexpr std::size_t kMaxTermBytes = 65'530;

/// The JSON in the footer of a file (FOOTER_MAX_LEN; src/directory/footer.rs).
inline constexpr std::uint64_t kMaxFooterJsonBytes = 50'000;

}  // namespace splitscope::formats
