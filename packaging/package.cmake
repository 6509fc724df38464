# cpack -G DEB: one package for users, of whatever the folder that was built installs. scripts/package
# configures, builds and packs.
set(CPACK_PACKAGE_NAME splitscope)
set(CPACK_PACKAGE_VENDOR "splitscope")
# Debian wants a name and an address. Nobody reads this one, and by RFC 2606 nobody ever will: whoever
# hands the package on gives an address of their own.
set(SPLITSCOPE_MAINTAINER "splitscope maintainers <maintainers@splitscope.invalid>"
    CACHE STRING "Maintainer that the package names, as \"Name <address>\"")
set(CPACK_PACKAGE_CONTACT "${SPLITSCOPE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "memory profiler and benchmark of search storage workflows")
set(CPACK_PACKAGE_DESCRIPTION
"splitscope runs the convert, merge, extract, search and upload workflows of a
search engine over Quickwit splits, under interchangeable ways of reaching
bytes, each sample in a process of its own, and records resident set and heap
peaks into reports, baselines and gates. It measures any other command too,
and brings headers and a CMake package for strategies, benchmarks and tests of
one's own.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_THREADS 0)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
# Libraries as they are linked, so a package is for the release that it was built on.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The reports are a Python program.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "python3 (>= 3.11), python3-matplotlib, python3-jsonschema, python3-jinja2")
# Other allocators to measure under. Debian 13 has gperftools under a new name.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libjemalloc2, libgoogle-perftools4t64 | libgoogle-perftools4")
# What a plugin, a benchmark or a test of one's own is built with.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, libboost-dev, libbenchmark-dev, catch2, libgtest-dev")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_GENERATOR DEB)
set(CPACK_SOURCE_GENERATOR "")
include(CPack)
