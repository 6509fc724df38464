// Bytes that must be on the disk before a name says that they are.
#pragma once

#include <filesystem>
#include <string_view>

namespace splitscope {

/// fsync of a file. Errors: FileError.
void sync_file(const std::filesystem::path& file);
/// fsync of a folder, which makes the names in it last; "" is the current one. File systems that
/// cannot do that are no error. Errors: FileError.
void sync_folder(const std::filesystem::path& folder);
/// Every file below, then the folders.
void sync_folder_with_files(const std::filesystem::path& folder);

/// Makes a file that must not exist, with this content. Errors: FileError.
void write_new_file(const std::filesystem::path& file, std::string_view content);

}  // namespace splitscope
