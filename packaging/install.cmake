# What `cmake --install` lays down: a tree that works wherever it is moved to. One list for each kind
# of file; the program finds them through base/own_place.h.
#
#   bin/splitscope                what the user calls
#   lib/splitscope/               what the program loads, preloads and starts
#   share/splitscope/             suites, profiles, the Python program of the reports
#   include/splitscope/           headers for plugins, benchmarks and tests
#   lib/cmake/splitscope/         find_package(splitscope)
#   share/man, completions        made from the program's own help

set(private_folder lib/splitscope)
set(data_folder share/splitscope)

# The folder that was built has the same share/splitscope, so that nothing needs to know the sources.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${data_folder})
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/suites ${CMAKE_BINARY_DIR}/${data_folder}/suites SYMBOLIC)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/workloads/corpus/profiles
     ${CMAKE_BINARY_DIR}/${data_folder}/profiles SYMBOLIC)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/reports ${CMAKE_BINARY_DIR}/${data_folder}/reports SYMBOLIC)

install(TARGETS splitscope RUNTIME DESTINATION bin)
install(TARGETS splitscope_heap splitscope_upload_module LIBRARY DESTINATION ${private_folder})
install(TARGETS splitscope_empty splitscope_spawner RUNTIME DESTINATION ${private_folder})

install(DIRECTORY suites workloads/corpus/profiles DESTINATION ${data_folder}
        FILES_MATCHING PATTERN "*.json")
install(PROGRAMS reports/__main__.py DESTINATION ${data_folder}/reports)
install(DIRECTORY reports/policy reports/schema DESTINATION ${data_folder}/reports)
install(DIRECTORY reports/splitscope_reports DESTINATION ${data_folder}/reports
        PATTERN "__pycache__" EXCLUDE
        PATTERN "testing.py" EXCLUDE)

# install_headers(FROM folder TO folder FILES ...): under the names that they are included by.
function(install_headers)
  cmake_parse_arguments(arg "" "FROM;TO" "FILES" ${ARGN})
  foreach(header ${arg_FILES})
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${arg_FROM}/${header} DESTINATION ${arg_TO}/${folder})
  endforeach()
endfunction()

# For plugins: plugin_api.h and all that it includes, and what the built-in strategies are made of.
# packaging/tests checks that no header is missing.
install_headers(FROM ${PROJECT_SOURCE_DIR} TO include/splitscope FILES
  base/bus_error.h
  base/errors.h
  base/file_error.h
  base/file_output.h
  base/shown_name.h
  strategies/interface/access_counters.h
  strategies/interface/byte_sink.h
  strategies/interface/byte_source.h
  strategies/interface/bytes.h
  strategies/interface/options.h
  strategies/interface/peak_claim.h
  strategies/interface/strategy.h
  strategies/interface/strategy_info.h
  strategies/io/buffer_pool.h
  strategies/io/buffered_sink.h
  strategies/io/file_source.h
  strategies/io/file_strategy.h
  strategies/io/forward_range.h
  strategies/io/heap_buffer.h
  strategies/io/mapped_file.h
  strategies/io/mapped_source.h
  strategies/io/open_file.h
  strategies/io/windowed_sink.h
  strategies/plugins/plugin_api.h)

# For benchmarks and tests of the user's.
install_headers(FROM ${PROJECT_SOURCE_DIR} TO include/splitscope FILES
  harness/record/heap_api.h
  harness/record/heap_functions.h)
install_headers(FROM ${PROJECT_SOURCE_DIR}/packaging/include TO include FILES
  splitscope/catch2_peak_limit.h
  splitscope/gtest_peak_limit.h
  splitscope/heap_window.h
  splitscope/memory_manager.h
  splitscope/peak_limit.h
  splitscope/repaired_reporter.h)

install(FILES examples/phases/splitscope_phases.h DESTINATION include/splitscope)

include(CMakePackageConfigHelpers)
set(package_folder lib/cmake/splitscope)
set(include_folder include)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/splitscopeConfig.cmake.in
  ${CMAKE_BINARY_DIR}/packaging/splitscopeConfig.cmake
  INSTALL_DESTINATION ${package_folder}
  PATH_VARS private_folder include_folder)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/packaging/splitscopeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/packaging/splitscopeConfig.cmake
              ${CMAKE_BINARY_DIR}/packaging/splitscopeConfigVersion.cmake
        DESTINATION ${package_folder})

# Manual pages and completions, made by the program that they describe.
set(help_folder ${CMAKE_BINARY_DIR}/packaging/help)
set(help_stamp ${CMAKE_BINARY_DIR}/packaging/help.stamp)
set(help_sources commands.py completion.py make_help.py manual.py splitscope.roff)
list(TRANSFORM help_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/help/)
add_custom_command(OUTPUT ${help_stamp}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${help_folder}
  COMMAND ${SPLITSCOPE_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/help/make_help.py
          $<TARGET_FILE:splitscope> ${CMAKE_CURRENT_LIST_DIR}/help/splitscope.roff ${help_folder}
  COMMAND ${CMAKE_COMMAND} -E touch ${help_stamp}
  DEPENDS splitscope ${help_sources} ${PROJECT_SOURCE_DIR}/reports/splitscope_reports/options.py
  COMMENT "Manual pages and completions"
  VERBATIM)
add_custom_target(splitscope_help ALL DEPENDS ${help_stamp})
set(SPLITSCOPE_ZSH_FOLDER share/zsh/site-functions CACHE STRING
    "Where zsh looks for completions; Debian's packages have theirs in share/zsh/vendor-completions")
install(DIRECTORY ${help_folder}/man/ DESTINATION share/man/man1)
install(FILES ${help_folder}/completions/splitscope DESTINATION share/bash-completion/completions)
install(FILES ${help_folder}/completions/_splitscope DESTINATION ${SPLITSCOPE_ZSH_FOLDER})
install(FILES ${help_folder}/completions/splitscope.fish DESTINATION share/fish/vendor_completions.d)

install(FILES LICENSE DESTINATION share/doc/splitscope RENAME copyright)
install(FILES README.md DESTINATION share/doc/splitscope)
