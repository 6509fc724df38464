# Flags that every target of the project carries, as one interface target.
add_library(splitscope_options INTERFACE)
target_include_directories(splitscope_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(splitscope_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in std::string where there are none (its bug 105651).
  target_compile_options(splitscope_options INTERFACE -Wno-restrict)
endif()
if(SPLITSCOPE_WERROR)
  target_compile_options(splitscope_options INTERFACE -Werror)
endif()
if(SPLITSCOPE_SANITIZE)
  target_compile_options(splitscope_options INTERFACE -fsanitize=${SPLITSCOPE_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(splitscope_options INTERFACE -fsanitize=${SPLITSCOPE_SANITIZE})
endif()

# splitscope_library(NAME SOURCES a.cc ... LIBS lib ...): a static library with the project's flags.
function(splitscope_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC splitscope_options ${arg_LIBS})
endfunction()
