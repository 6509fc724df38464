// u8 window, then a split file. Proven: files lie in order before the footer, names are flat, and a
// container put together from the files is read as the same files.
#include "formats/split/bundle.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

Content write_split(const formats::SourceRange& split, const formats::Bundle& bundle) {
  Content written;
  std::vector<formats::BundleItem> items;
  items.reserve(bundle.files.size());
  MemorySink sink(written);
  for (const formats::BundleFile& file : bundle.files) {
    items.push_back({file.name, file.range.size()});
    sink.copy_from(split.source(), split.offset() + file.range.start, file.range.size());
  }
  const auto put_length = [&](std::uint64_t length) {
    const auto number = static_cast<std::uint32_t>(length);
    sink.write(std::as_bytes(std::span(&number, 1)));
  };
  const formats::ByteBuffer metadata = formats::bundle_metadata(items);
  sink.write(metadata.span());
  put_length(metadata.size());
  sink.copy_from(split.source(), split.offset() + bundle.hotcache.start, bundle.hotcache.size());
  put_length(bundle.hotcache.size());
  return written;
}

}  // namespace

void run_container(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const formats::SourceRange split(source, "input.split");
  const formats::Bundle bundle = formats::read_bundle(split);

  std::uint64_t end = 0;
  for (const formats::BundleFile& file : bundle.files) {
    expect(file.range.start >= end && file.range.end >= file.range.start, "files are in order");
    end = file.range.end;
    expect(formats::file_name_problem(file.name).empty(), "a file's name is flat");
    expect(bundle.find(file.name) == &file, "a file is found by its name");
  }
  expect(end <= bundle.metadata.start && bundle.metadata.end <= bundle.hotcache.start &&
             bundle.hotcache.end <= split.size(),
         "files, metadata and hotcache follow one another");

  const FreshSource again(write_split(split, bundle), window);
  const formats::SourceRange written(again, "written.split");
  const formats::Bundle read = read_back([&] { return formats::read_bundle(written); });
  expect(read.files.size() == bundle.files.size(), "as many files come back");
  // By name: gaps are closed, and empty files that come to lie at one place have no order.
  for (const formats::BundleFile& file : bundle.files) {
    const formats::BundleFile* found = read.find(file.name);
    expect(found != nullptr, "names come back");
    expect(collect(read.file(written, *found)) == collect(bundle.file(split, file)),
           "contents come back");
  }
  expect(read.hotcache.size() == bundle.hotcache.size() && !read.has_trailer,
         "the hotcache comes back");
}

}  // namespace splitscope::fuzz
