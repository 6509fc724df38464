#include "workloads/search/hot_split.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "formats/split/bundle.h"
#include "formats/split/hotcache.h"
#include "formats/split/open_index.h"

namespace splitscope::workloads {
namespace {

// Bytes of which many views are handed out; goes away with the last of them.
class SharedBytes final : public BytesOwner {
 public:
  struct Drop {
    void operator()(SharedBytes* bytes) const noexcept { bytes->drop(); }
  };

  static SharedBytes* make(Bytes bytes) { return new SharedBytes(std::move(bytes)); }

  [[nodiscard]] const std::byte* data() const { return bytes_.data(); }
  [[nodiscard]] Bytes view(const std::byte* data, std::size_t size) {
    holders_.fetch_add(1, std::memory_order_relaxed);
    return {data, size, this};
  }
  void release(const std::byte* /*data*/, std::size_t /*size*/) noexcept override { drop(); }
  void drop() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  explicit SharedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  ~SharedBytes() = default;

  Bytes bytes_;
  std::atomic<std::uint64_t> holders_{1};
};

// A split of which some stretches are in memory.
// It counts nothing: the split's own source counts what is not.
class HotSource final : public ByteSource {
 public:
  HotSource(std::unique_ptr<ByteSource> split, const formats::ByteRange& footer,
            const std::string& name)
      : split_(std::move(split)) {
    check_range(name, footer.start, footer.size(), split_->size());
    footer_.reset(
        SharedBytes::make(split_->read(footer.start, static_cast<std::size_t>(footer.size()))));
    stretches_.push_back({footer, footer_->data()});
  }

  // The files' bytes that the hotcache, a part of the footer, holds.
  void add(const formats::Bundle& bundle, const formats::Hotcache& hotcache,
           const formats::SourceRange& place) {
    const formats::ByteRange footer = stretches_.front().range;
    for (const formats::CachedFile& cached : hotcache.files()) {
      const formats::BundleFile* file = bundle.find(cached.name);
      if (file == nullptr) continue;
      if (file->range.size() != cached.total_length) {
        throw place.error(0, "the hotcache is of another split: \"" + cached.name + "\" has " +
                                 std::to_string(file->range.size()) + " bytes here and " +
                                 std::to_string(cached.total_length) + " there");
      }
      for (const formats::CachedSlice& slice : cached.slices) {
        if (slice.range.size() == 0) continue;
        const formats::ByteRange range{file->range.start + slice.range.start,
                                       file->range.start + slice.range.end};
        stretches_.push_back(
            {range, footer_->data() + (hotcache.slice(slice).offset() - footer.start)});
      }
    }
    std::sort(stretches_.begin(), stretches_.end(),
              [](const Stretch& a, const Stretch& b) { return a.range.start < b.range.start; });
  }

 private:
  [[nodiscard]] std::uint64_t file_size() const override { return split_->size(); }
  [[nodiscard]] std::string_view file_name() const override { return split_->name(); }

  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    if (const std::byte* held = find(offset, length)) return footer_->view(held, length);
    return split_->read(offset, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    if (find(offset, length) != nullptr) return ByteSource::scan_range(offset, length);
    return split_->scan(offset, length);
  }

  struct Stretch {
    formats::ByteRange range;
    const std::byte* data;
  };

  // Files do not overlap, nor do slices of one, nor files and footer.
  [[nodiscard]] const std::byte* find(std::uint64_t offset, std::uint64_t length) const {
    const auto after =
        std::upper_bound(stretches_.begin(), stretches_.end(), offset,
                         [](std::uint64_t at, const Stretch& s) { return at < s.range.start; });
    if (length == 0 || after == stretches_.begin()) return nullptr;
    const Stretch& stretch = *std::prev(after);
    if (offset > stretch.range.end || length > stretch.range.end - offset) return nullptr;
    return stretch.data + (offset - stretch.range.start);
  }

  std::unique_ptr<ByteSource> split_;
  std::unique_ptr<SharedBytes, SharedBytes::Drop> footer_;
  std::vector<Stretch> stretches_;
};

}  // namespace

formats::ByteRange footer_of(Strategy& strategy, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return {};
  const auto source = strategy.open(path);
  return formats::read_bundle(formats::SourceRange(*source, path.filename().string())).footer();
}

formats::IndexFiles open_hot(Strategy& strategy, const std::filesystem::path& path,
                             const formats::ByteRange& footer) {
  if (std::filesystem::is_directory(path)) return formats::open_index(strategy, path);
  const std::string name = path.filename().string();
  auto source = std::make_unique<HotSource>(strategy.open(path), footer, name);
  const formats::SourceRange split(*source, name);
  const formats::Bundle bundle = formats::read_bundle(split);
  if (bundle.footer() != footer) {
    throw split.error(footer.start, "the split's footer was looked for here, it begins at " +
                                        std::to_string(bundle.footer().start));
  }
  const formats::SourceRange place(*source, name + " hotcache", bundle.hotcache.start,
                                   bundle.hotcache.size());
  source->add(bundle, formats::Hotcache(place), place);
  return formats::IndexFiles::from_split(std::move(source), path, formats::bundle_parts(bundle));
}

}  // namespace splitscope::workloads
