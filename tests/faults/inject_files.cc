// Calls about files and folders: each may fail.
#include <dirent.h>
#include <dlfcn.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "tests/faults/inject_plan.h"

namespace {

using namespace splitscope::faults;

bool fails(Call call, const char* function, const char* path = nullptr) {
  const Decision decision = decide(call, function, path);
  if (decision.action != Action::kFail) return false;
  errno = decision.error;
  return true;
}

}  // namespace

// In the C library open and open64 are one function; the third argument is there or not, in a
// register either way.
SPLITSCOPE_INTERPOSE("open", int, faults_open, const char* path, int flags, mode_t mode) {
  SPLITSCOPE_REAL(int (*)(const char*, int, ...), "open");
  return fails(Call::kOpen, "open", path) ? -1 : real(path, flags, mode);
}

SPLITSCOPE_INTERPOSE("open64", int, faults_open64, const char* path, int flags, mode_t mode) {
  return faults_open(path, flags, mode);
}

SPLITSCOPE_INTERPOSE("__open_2", int, faults_open_2, const char* path, int flags) {
  return faults_open(path, flags, 0);
}

SPLITSCOPE_INTERPOSE("__open64_2", int, faults_open64_2, const char* path, int flags) {
  return faults_open(path, flags, 0);
}

SPLITSCOPE_INTERPOSE("openat", int, faults_openat, int folder, const char* path, int flags,
                     mode_t mode) {
  SPLITSCOPE_REAL(int (*)(int, const char*, int, ...), "openat");
  return fails(Call::kOpen, "openat", path) ? -1 : real(folder, path, flags, mode);
}

SPLITSCOPE_INTERPOSE("openat64", int, faults_openat64, int folder, const char* path, int flags,
                     mode_t mode) {
  return faults_openat(folder, path, flags, mode);
}

SPLITSCOPE_INTERPOSE("creat", int, faults_creat, const char* path, mode_t mode) {
  SPLITSCOPE_REAL(int (*)(const char*, mode_t), "creat");
  return fails(Call::kOpen, "creat", path) ? -1 : real(path, mode);
}

SPLITSCOPE_INTERPOSE("fopen", std::FILE*, faults_fopen, const char* path, const char* mode) {
  SPLITSCOPE_REAL(std::FILE * (*)(const char*, const char*), "fopen");
  return fails(Call::kOpen, "fopen", path) ? nullptr : real(path, mode);
}

SPLITSCOPE_INTERPOSE("fopen64", std::FILE*, faults_fopen64, const char* path, const char* mode) {
  return faults_fopen(path, mode);
}

SPLITSCOPE_INTERPOSE("opendir", DIR*, faults_opendir, const char* path) {
  SPLITSCOPE_REAL(DIR * (*)(const char*), "opendir");
  return fails(Call::kOpen, "opendir", path) ? nullptr : real(path);
}

SPLITSCOPE_INTERPOSE("shm_open", int, faults_shm_open, const char* name, int flags, mode_t mode) {
  SPLITSCOPE_REAL(int (*)(const char*, int, mode_t), "shm_open");
  return fails(Call::kOpen, "shm_open", name) ? -1 : real(name, flags, mode);
}

SPLITSCOPE_INTERPOSE("memfd_create", int, faults_memfd_create, const char* name, unsigned flags) {
  SPLITSCOPE_REAL(int (*)(const char*, unsigned), "memfd_create");
  return fails(Call::kOpen, "memfd_create", name) ? -1 : real(name, flags);
}

SPLITSCOPE_INTERPOSE("mmap", void*, faults_mmap, void* address, std::size_t size, int protection,
                     int flags, int fd, off_t offset) {
  SPLITSCOPE_REAL(void* (*)(void*, std::size_t, int, int, int, off_t), "mmap");
  if (!is_allocator_code(__builtin_return_address(0)) && fails(Call::kMmap, "mmap")) {
    return reinterpret_cast<void*>(std::intptr_t{-1});
  }
  return real(address, size, protection, flags, fd, offset);
}

SPLITSCOPE_INTERPOSE("mmap64", void*, faults_mmap64, void* address, std::size_t size,
                     int protection, int flags, int fd, off_t offset) {
  SPLITSCOPE_REAL(void* (*)(void*, std::size_t, int, int, int, off_t), "mmap64");
  if (!is_allocator_code(__builtin_return_address(0)) && fails(Call::kMmap, "mmap64")) {
    return reinterpret_cast<void*>(std::intptr_t{-1});
  }
  return real(address, size, protection, flags, fd, offset);
}

SPLITSCOPE_INTERPOSE("rename", int, faults_rename, const char* from, const char* to) {
  SPLITSCOPE_REAL(int (*)(const char*, const char*), "rename");
  return fails(Call::kRename, "rename", to) ? -1 : real(from, to);
}

SPLITSCOPE_INTERPOSE("renameat", int, faults_renameat, int from_folder, const char* from,
                     int to_folder, const char* to) {
  SPLITSCOPE_REAL(int (*)(int, const char*, int, const char*), "renameat");
  return fails(Call::kRename, "renameat", to) ? -1 : real(from_folder, from, to_folder, to);
}

SPLITSCOPE_INTERPOSE("renameat2", int, faults_renameat2, int from_folder, const char* from,
                     int to_folder, const char* to, unsigned flags) {
  SPLITSCOPE_REAL(int (*)(int, const char*, int, const char*, unsigned), "renameat2");
  if (fails(Call::kRename, "renameat2", to)) return -1;
  if ((flags & RENAME_EXCHANGE) != 0 && lacks_exchange()) {
    errno = EINVAL;
    return -1;
  }
  return real(from_folder, from, to_folder, to, flags);
}

SPLITSCOPE_INTERPOSE("mkdir", int, faults_mkdir, const char* path, mode_t mode) {
  SPLITSCOPE_REAL(int (*)(const char*, mode_t), "mkdir");
  return fails(Call::kMkdir, "mkdir", path) ? -1 : real(path, mode);
}

SPLITSCOPE_INTERPOSE("mkdirat", int, faults_mkdirat, int folder, const char* path, mode_t mode) {
  SPLITSCOPE_REAL(int (*)(int, const char*, mode_t), "mkdirat");
  return fails(Call::kMkdir, "mkdirat", path) ? -1 : real(folder, path, mode);
}

SPLITSCOPE_INTERPOSE("mkdtemp", char*, faults_mkdtemp, char* pattern) {
  SPLITSCOPE_REAL(char* (*)(char*), "mkdtemp");
  return fails(Call::kMkdir, "mkdtemp", pattern) ? nullptr : real(pattern);
}

SPLITSCOPE_INTERPOSE("unlink", int, faults_unlink, const char* path) {
  SPLITSCOPE_REAL(int (*)(const char*), "unlink");
  return fails(Call::kUnlink, "unlink", path) ? -1 : real(path);
}

SPLITSCOPE_INTERPOSE("unlinkat", int, faults_unlinkat, int folder, const char* path, int flags) {
  SPLITSCOPE_REAL(int (*)(int, const char*, int), "unlinkat");
  return fails(Call::kUnlink, "unlinkat", path) ? -1 : real(folder, path, flags);
}

SPLITSCOPE_INTERPOSE("rmdir", int, faults_rmdir, const char* path) {
  SPLITSCOPE_REAL(int (*)(const char*), "rmdir");
  return fails(Call::kUnlink, "rmdir", path) ? -1 : real(path);
}

SPLITSCOPE_INTERPOSE("remove", int, faults_remove, const char* path) {
  SPLITSCOPE_REAL(int (*)(const char*), "remove");
  return fails(Call::kUnlink, "remove", path) ? -1 : real(path);
}

SPLITSCOPE_INTERPOSE("shm_unlink", int, faults_shm_unlink, const char* name) {
  SPLITSCOPE_REAL(int (*)(const char*), "shm_unlink");
  return fails(Call::kUnlink, "shm_unlink", name) ? -1 : real(name);
}

SPLITSCOPE_INTERPOSE("fsync", int, faults_fsync, int fd) {
  SPLITSCOPE_REAL(int (*)(int), "fsync");
  return fails(Call::kFsync, "fsync") ? -1 : real(fd);
}

SPLITSCOPE_INTERPOSE("fdatasync", int, faults_fdatasync, int fd) {
  SPLITSCOPE_REAL(int (*)(int), "fdatasync");
  return fails(Call::kFsync, "fdatasync") ? -1 : real(fd);
}

SPLITSCOPE_INTERPOSE("ftruncate", int, faults_ftruncate, int fd, off_t size) {
  SPLITSCOPE_REAL(int (*)(int, off_t), "ftruncate");
  return fails(Call::kFtruncate, "ftruncate") ? -1 : real(fd, size);
}

SPLITSCOPE_INTERPOSE("ftruncate64", int, faults_ftruncate64, int fd, off_t size) {
  return faults_ftruncate(fd, size);
}

SPLITSCOPE_INTERPOSE("fallocate", int, faults_fallocate, int fd, int mode, off_t offset,
                     off_t size) {
  SPLITSCOPE_REAL(int (*)(int, int, off_t, off_t), "fallocate");
  return fails(Call::kFtruncate, "fallocate") ? -1 : real(fd, mode, offset, size);
}

SPLITSCOPE_INTERPOSE("posix_fallocate", int, faults_posix_fallocate, int fd, off_t offset,
                     off_t size) {
  SPLITSCOPE_REAL(int (*)(int, off_t, off_t), "posix_fallocate");
  return fails(Call::kFtruncate, "posix_fallocate") ? errno : real(fd, offset, size);
}

// The descriptor is gone in any case, as on Linux: only then comes the error.
SPLITSCOPE_INTERPOSE("close", int, faults_close, int fd) {
  SPLITSCOPE_REAL(int (*)(int), "close");
  const int result = real(fd);
  const int saved = errno;
  if (fails(Call::kClose, "close")) return -1;
  errno = saved;
  return result;
}

SPLITSCOPE_INTERPOSE("fclose", int, faults_fclose, std::FILE* file) {
  SPLITSCOPE_REAL(int (*)(std::FILE*), "fclose");
  const int result = real(file);
  const int saved = errno;
  if (fails(Call::kClose, "fclose")) return EOF;
  errno = saved;
  return result;
}

namespace splitscope::faults {

bool is_allocator_code(const void* code) noexcept {
  struct Range {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
  };
  static Range range;
  static bool known = false;
  if (!known) {
    // The C library's own allocator maps through internal calls that nobody can interpose.
    dl_find_object allocator{};
    dl_find_object c_library{};
    if (_dl_find_object(next_function("malloc"), &allocator) == 0 &&
        _dl_find_object(next_function("getpid"), &c_library) == 0 &&
        allocator.dlfo_map_start != c_library.dlfo_map_start) {
      range.begin = reinterpret_cast<std::uintptr_t>(allocator.dlfo_map_start);
      range.end = reinterpret_cast<std::uintptr_t>(allocator.dlfo_map_end);
    }
    known = true;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(code);
  return address >= range.begin && address < range.end;
}

}  // namespace splitscope::faults
