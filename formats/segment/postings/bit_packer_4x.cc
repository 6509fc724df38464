#include "formats/segment/postings/bit_packer_4x.h"

#include <bit>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace splitscope::formats {
namespace {

constexpr std::size_t kLanes = 4;
constexpr std::size_t kSlots = kBlockLength / kLanes;
constexpr unsigned kWordBits = 32;
constexpr std::size_t kRowBytes = kLanes * sizeof(std::uint32_t);

constexpr std::uint32_t mask_of(unsigned bits) {
  return bits == kWordBits ? ~std::uint32_t{0} : (std::uint32_t{1} << bits) - 1;
}

}  // namespace

namespace scalar {

unsigned block_bits(const formats::NumberBlock& numbers) {
  std::uint32_t any = 0;
  for (const std::uint32_t number : numbers) any |= number;
  return static_cast<unsigned>(std::bit_width(any));
}

void pack_block(const formats::NumberBlock& numbers, unsigned bits, std::byte* packed) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::uint64_t word = 0;
    unsigned filled = 0;
    std::byte* out = packed + lane * sizeof(std::uint32_t);
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      word |= std::uint64_t{numbers[slot * kLanes + lane]} << filled;
      filled += bits;
      if (filled < kWordBits) continue;
      const auto low = static_cast<std::uint32_t>(word);
      std::memcpy(out, &low, sizeof low);
      out += kRowBytes;
      word >>= kWordBits;
      filled -= kWordBits;
    }
  }
}

void unpack_block(const std::byte* packed, unsigned bits, formats::NumberBlock& numbers) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::uint64_t word = 0;
    unsigned filled = 0;
    const std::byte* in = packed + lane * sizeof(std::uint32_t);
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (filled < bits) {
        std::uint32_t next = 0;
        std::memcpy(&next, in, sizeof next);
        in += kRowBytes;
        word |= std::uint64_t{next} << filled;
        filled += kWordBits;
      }
      numbers[slot * kLanes + lane] = static_cast<std::uint32_t>(word) & mask_of(bits);
      word >>= bits;
      filled -= bits;
    }
  }
}

void to_strict_deltas(const formats::NumberBlock& sorted, std::uint32_t before,
                      formats::NumberBlock& deltas) {
  for (std::size_t i = 0; i < formats::kBlockLength; ++i) {
    deltas[i] = sorted[i] - before - 1;
    before = sorted[i];
  }
}

void from_strict_deltas(std::uint32_t before, formats::NumberBlock& numbers) {
  for (std::uint32_t& number : numbers) {
    number += before + 1;
    before = number;
  }
}

void from_plain_deltas(std::uint32_t before, formats::NumberBlock& numbers) {
  for (std::uint32_t& number : numbers) {
    number += before;
    before = number;
  }
}

}  // namespace scalar

#if defined(__SSE2__)

namespace {

// A row is four numbers side by side, one of each lane.
__m128i load_row(const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); }
void store_row(void* at, __m128i row) { _mm_storeu_si128(static_cast<__m128i*>(at), row); }

template <unsigned kBits, std::size_t kSlot>
inline void pack_row(const std::uint32_t* numbers, std::byte* packed, __m128i& word) {
  constexpr unsigned kShift = kSlot * kBits % kWordBits;
  constexpr std::size_t kWord = kSlot * kBits / kWordBits;
  const __m128i row = load_row(numbers + kSlot * kLanes);
  if constexpr (kShift == 0) {
    word = row;
  } else {
    word = _mm_or_si128(word, _mm_slli_epi32(row, kShift));
  }
  if constexpr (kShift + kBits >= kWordBits) {
    store_row(packed + kWord * kRowBytes, word);
    if constexpr (kShift + kBits > kWordBits) word = _mm_srli_epi32(row, kWordBits - kShift);
  }
}

template <unsigned kBits, std::size_t kSlot>
inline void unpack_row(const std::byte* packed, std::uint32_t* numbers) {
  constexpr unsigned kShift = kSlot * kBits % kWordBits;
  constexpr std::size_t kWord = kSlot * kBits / kWordBits;
  __m128i row = _mm_srli_epi32(load_row(packed + kWord * kRowBytes), kShift);
  if constexpr (kShift + kBits > kWordBits) {
    row = _mm_or_si128(
        row, _mm_slli_epi32(load_row(packed + (kWord + 1) * kRowBytes), kWordBits - kShift));
  }
  if constexpr (kShift + kBits != kWordBits) {
    row = _mm_and_si128(row, _mm_set1_epi32(static_cast<int>(mask_of(kBits))));
  }
  store_row(numbers + kSlot * kLanes, row);
}

template <unsigned kBits>
void pack_width(const std::uint32_t* numbers, std::byte* packed) {
  if constexpr (kBits > 0) {
    [&]<std::size_t... kSlot>(std::index_sequence<kSlot...>) {
      __m128i word = _mm_setzero_si128();
      (pack_row<kBits, kSlot>(numbers, packed, word), ...);
    }
    (std::make_index_sequence<kSlots>{});
  }
}

template <unsigned kBits>
void unpack_width(const std::byte* packed, std::uint32_t* numbers) {
  if constexpr (kBits == 0) {
    std::memset(numbers, 0, kBlockLength * sizeof *numbers);
  } else {
    [&]<std::size_t... kSlot>(std::index_sequence<kSlot...>) {
      (unpack_row<kBits, kSlot>(packed, numbers), ...);
    }
    (std::make_index_sequence<kSlots>{});
  }
}

using Pack = void (*)(const std::uint32_t*, std::byte*);
using Unpack = void (*)(const std::byte*, std::uint32_t*);
constexpr std::size_t kWidths = kMaxBlockBits + 1;

// One unrolled function for each width, because shifts by constants are what makes this fast.
constexpr auto kPack = []<std::size_t... kBits>(std::index_sequence<kBits...>) {
  return std::array<Pack, kWidths>{pack_width<kBits>...};
}
(std::make_index_sequence<kWidths>{});
constexpr auto kUnpack = []<std::size_t... kBits>(std::index_sequence<kBits...>) {
  return std::array<Unpack, kWidths>{unpack_width<kBits>...};
}
(std::make_index_sequence<kWidths>{});

// Sums of deltas, each with `step` added, going on from `before`.
void integrate(std::uint32_t before, int step, NumberBlock& numbers) {
  const __m128i steps = _mm_set1_epi32(step);
  __m128i carry = _mm_set1_epi32(static_cast<int>(before));
  for (std::size_t i = 0; i < kBlockLength; i += kLanes) {
    __m128i row = _mm_add_epi32(load_row(numbers.data() + i), steps);
    row = _mm_add_epi32(row, _mm_slli_si128(row, 4));
    row = _mm_add_epi32(row, _mm_slli_si128(row, 8));
    row = _mm_add_epi32(row, carry);
    store_row(numbers.data() + i, row);
    carry = _mm_shuffle_epi32(row, 0xFF);
  }
}

}  // namespace

unsigned block_bits(const NumberBlock& numbers) {
  __m128i any = load_row(numbers.data());
  for (std::size_t i = kLanes; i < kBlockLength; i += kLanes) {
    any = _mm_or_si128(any, load_row(numbers.data() + i));
  }
  any = _mm_or_si128(any, _mm_srli_si128(any, 8));
  any = _mm_or_si128(any, _mm_srli_si128(any, 4));
  return static_cast<unsigned>(std::bit_width(static_cast<std::uint32_t>(_mm_cvtsi128_si32(any))));
}

void pack_block(const NumberBlock& numbers, unsigned bits, std::byte* packed) {
  kPack[bits](numbers.data(), packed);
}

void unpack_block(const std::byte* packed, unsigned bits, NumberBlock& numbers) {
  kUnpack[bits](packed, numbers.data());
}

void to_strict_deltas(const NumberBlock& sorted, std::uint32_t before, NumberBlock& deltas) {
  const __m128i one = _mm_set1_epi32(1);
  __m128i previous = _mm_set1_epi32(static_cast<int>(before));
  for (std::size_t i = 0; i < kBlockLength; i += kLanes) {
    const __m128i row = load_row(sorted.data() + i);
    const __m128i shifted = _mm_or_si128(_mm_slli_si128(row, 4), _mm_srli_si128(previous, 12));
    store_row(deltas.data() + i, _mm_sub_epi32(_mm_sub_epi32(row, shifted), one));
    previous = row;
  }
}

void from_strict_deltas(std::uint32_t before, NumberBlock& numbers) {
  integrate(before, 1, numbers);
}

void from_plain_deltas(std::uint32_t before, NumberBlock& numbers) {
  integrate(before, 0, numbers);
}

#else

unsigned block_bits(const NumberBlock& numbers) { return scalar::block_bits(numbers); }
void pack_block(const NumberBlock& numbers, unsigned bits, std::byte* packed) {
  scalar::pack_block(numbers, bits, packed);
}
void unpack_block(const std::byte* packed, unsigned bits, NumberBlock& numbers) {
  scalar::unpack_block(packed, bits, numbers);
}
void to_strict_deltas(const NumberBlock& sorted, std::uint32_t before, NumberBlock& deltas) {
  scalar::to_strict_deltas(sorted, before, deltas);
}
void from_strict_deltas(std::uint32_t before, NumberBlock& numbers) {
  scalar::from_strict_deltas(before, numbers);
}
void from_plain_deltas(std::uint32_t before, NumberBlock& numbers) {
  scalar::from_plain_deltas(before, numbers);
}

#endif

}  // namespace splitscope::formats
