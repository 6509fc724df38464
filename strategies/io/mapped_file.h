// A whole file mapped read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "base/bus_error.h"
#include "strategies/interface/bytes.h"

namespace splitscope::strategies {

/// Counted by reference: by the intrusive pointers to it and by the Bytes that view it; unmapped by
/// the last of them. The descriptor is closed as soon as the file is mapped. Any thread.
/// Reading a page that a truncation took away raises SIGBUS: see bus_error.h.
class MappedFile final : public BytesOwner, public boost::intrusive_ref_counter<MappedFile> {
 public:
  using Pointer = boost::intrusive_ptr<MappedFile>;
  using Advice = boost::interprocess::mapped_region::advice_types;

  /// An empty file has no mapping, only a size of 0. Errors: FileError.
  [[nodiscard]] static Pointer open(const std::filesystem::path& path);
  ~MappedFile() = default;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return region_.get_size(); }
  [[nodiscard]] const std::byte* data() const noexcept {
    return static_cast<const std::byte*>(region_.get_address());
  }

  /// A view that keeps the mapping alive. The range must lie within it.
  [[nodiscard]] Bytes view(std::uint64_t offset, std::size_t length) noexcept;

  /// Tells the kernel how the mapping will be used. Advice that it does not take is no error.
  void advise(Advice advice) noexcept;

  void release(const std::byte* data, std::size_t size) noexcept override;

 private:
  explicit MappedFile(const std::filesystem::path& path);

  std::string name_;
  boost::interprocess::mapped_region region_;
  std::optional<BusErrorWatch> watch_;
};

}  // namespace splitscope::strategies
