# Everything comes from the distribution; scripts/setup installs it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(benchmark REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)

# matplotlib comes from the distribution too, so the distribution's interpreter comes first.
find_program(SPLITSCOPE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(SPLITSCOPE_PYTHON python3 REQUIRED)
