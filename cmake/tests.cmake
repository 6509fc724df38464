# Catch2 2.13 (Debian 12) and 3.x (Debian 13) differ in headers and in how main comes about.
# tests/catch.h hides the first, splitscope_catch_main the second.
find_package(Catch2 REQUIRED)
if(TARGET Catch2::Catch2WithMain)
  add_library(splitscope_catch_main INTERFACE)
  target_link_libraries(splitscope_catch_main INTERFACE Catch2::Catch2WithMain)
else()
  add_library(splitscope_catch_main STATIC ${PROJECT_SOURCE_DIR}/tests/catch_main.cc)
  target_link_libraries(splitscope_catch_main PUBLIC Catch2::Catch2)
endif()
target_include_directories(splitscope_catch_main INTERFACE ${PROJECT_SOURCE_DIR})

# Catch2's header is most of what a test compiles: parsed once for all of them.
add_executable(splitscope_catch_header ${PROJECT_SOURCE_DIR}/tests/catch_header.cc)
target_link_libraries(splitscope_catch_header PRIVATE splitscope_options splitscope_catch_main)
target_compile_options(splitscope_catch_header PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O0>)
target_precompile_headers(splitscope_catch_header PRIVATE ${PROJECT_SOURCE_DIR}/tests/catch.h)

set(SPLITSCOPE_FIXTURES "${PROJECT_SOURCE_DIR}/../shared/fixtures" CACHE PATH
    "Folder of real splits; tests that need it report a skip where it is absent")
set(SPLITSCOPE_GOLDEN "${PROJECT_SOURCE_DIR}/tests/golden")

# splitscope_test(NAME SOURCES a_test.cc ... LIBS lib ...): one CTest test that runs a Catch2 program.
# Fixtures are looked for at $SPLITSCOPE_FIXTURES, then where the cache variable above says.
function(splitscope_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE splitscope_options splitscope_catch_main ${arg_LIBS})
  # Nothing is timed in a test, and -O0 compiles in a third of the time of -O3.
  target_compile_options(${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O0>)
  target_precompile_headers(${name} REUSE_FROM splitscope_catch_header)
  target_compile_definitions(${name} PRIVATE SPLITSCOPE_GOLDEN="${SPLITSCOPE_GOLDEN}"
                             SPLITSCOPE_DEFAULT_FIXTURES="${SPLITSCOPE_FIXTURES}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
