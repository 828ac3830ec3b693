# What every target of ours is compiled with: the interface library sallyport_options.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header is cached only with these two kinds of laxness.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(sallyport_options INTERFACE)
target_include_directories(sallyport_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(sallyport_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -Wno-missing-field-initializers -Werror
  -fstack-protector-strong -fPIE -g1)
target_link_options(sallyport_options INTERFACE -pie -Wl,-z,relro,-z,now)
# In every target, because the precompiled header is only valid for those with the same definitions.
target_link_libraries(sallyport_options INTERFACE fmt::fmt)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 raises false alarms: mismatched-new-delete on coroutine frames under sanitizers, the
  # others inside libstdc++ at -O2.
  target_compile_options(sallyport_options INTERFACE
    -Wno-array-bounds -Wno-mismatched-new-delete -Wno-maybe-uninitialized -Wno-restrict
    -Wno-stringop-overflow -fpch-preprocess)
endif()
target_compile_definitions(sallyport_options INTERFACE
  ASIO_STANDALONE ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED
  # Asio 1.22 suspends coroutines in a noexcept function that allocates. With operator new the
  # new-handler of a broker (tools/broker/process.cc) stands between a short memory and the end.
  ASIO_DISABLE_STD_ALIGNED_ALLOC
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Asio 1.22 does not see that clang 14 has coroutines with libstdc++.
  target_compile_definitions(sallyport_options INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()

set(SALLYPORT_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined or thread")
if(SALLYPORT_SANITIZE)
  target_compile_options(sallyport_options INTERFACE
    -fsanitize=${SALLYPORT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -U_FORTIFY_SOURCE)
  target_link_options(sallyport_options INTERFACE -fsanitize=${SALLYPORT_SANITIZE})
  if(SALLYPORT_SANITIZE MATCHES thread)
    # The thread sanitizer knows no fences, and Asio's are not needed beside its mutexes.
    target_compile_definitions(sallyport_options INTERFACE ASIO_DISABLE_FENCED_BLOCK)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    # Clang 14 cannot assemble this check's prologue for coroutines.
    target_compile_options(sallyport_options INTERFACE -fno-sanitize=function)
  endif()
endif()
if(SALLYPORT_FUZZ)
  # Without coverage of the libraries the fuzzer would be blind.
  target_compile_options(sallyport_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# One precompiled header for the whole tree: the standard library's common parts and the coroutine facade.
add_library(sallyport_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
target_link_libraries(sallyport_pch PUBLIC sallyport_options)
target_precompile_headers(sallyport_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)

# sallyport_library(NAME SOURCE...): a static library of this folder.
function(sallyport_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC sallyport_options)
  target_precompile_headers(${name} REUSE_FROM sallyport_pch)
endfunction()

# sallyport_executable(NAME SOURCE...)
function(sallyport_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE sallyport_options)
  target_precompile_headers(${name} REUSE_FROM sallyport_pch)
endfunction()
