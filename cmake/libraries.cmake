# The libraries we stand on (Debian packages, listed in tools/setup).
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(BROTLIENC REQUIRED IMPORTED_TARGET libbrotlienc)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

# Libraries bring these to some targets, and the precompiled header depends on their macros: every file is
# compiled with them.
target_link_libraries(sallyport_options INTERFACE fmt::fmt)
target_compile_options(sallyport_options INTERFACE -pthread)

# PostgreSQL's own parser and the structs of its trees. libpg_query 15 is PostgreSQL 15's: the two belong
# together (a self-test at start compares them).
find_library(PG_QUERY_ARCHIVE NAMES libpg_query.a REQUIRED)
find_path(POSTGRESQL_SERVER_INCLUDE postgres.h PATHS /usr/include/postgresql/15/server REQUIRED)
