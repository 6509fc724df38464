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

# splitscope_library(NAME SOURCES a.cc ... LIBS lib ... [TOGETHER [APART b.cc ...]]): a static library
# with the project's flags. With TOGETHER several sources are compiled at once, because most of their
# time goes into the same headers; APART are those that have a name in common with another one. Rooms
# whose speed is measured stay out of it: what is inlined into what shall not hang on a batch.
function(splitscope_library name)
  cmake_parse_arguments(arg "TOGETHER" "" "SOURCES;LIBS;APART" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC splitscope_options ${arg_LIBS})
  if(arg_TOGETHER AND SPLITSCOPE_UNITY)
    # Eight at once still leave work for two cores in each of the larger rooms.
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  if(arg_APART)
    set_source_files_properties(${arg_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()
