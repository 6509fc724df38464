# Runs at every build, so that the commit is that of the sources which are compiled. Rewrites the
# file only when something changed.
set(COMMIT "")
set(DIRTY false)
execute_process(COMMAND git -C ${SOURCE_DIR} rev-parse HEAD OUTPUT_VARIABLE COMMIT
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE no_git)
if(no_git)
  set(COMMIT "")
else()
  execute_process(COMMAND git -C ${SOURCE_DIR} --no-optional-locks status --porcelain
                  OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(DIRTY true)
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
