#include "tools/broker/versions.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <zstd.h>

#include <asio/version.hpp>

namespace sallyport::broker {

std::string program_version() { return SALLYPORT_VERSION; }

std::vector<std::pair<std::string, std::string>> library_versions() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  return {
      {"Asio", fmt::format("{}.{}.{}", ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000,
                           ASIO_VERSION % 100)},
      {"libcurl", curl->version},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
      {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"SQLite", sqlite3_libversion()},
      {"zstd", ZSTD_versionString()},
  };
}

}  // namespace sallyport::broker
