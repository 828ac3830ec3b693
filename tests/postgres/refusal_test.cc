#include "protocols/postgres/refusal.h"

#include <catch2/catch.hpp>

using namespace sallyport;
using namespace sallyport::postgres;

TEST_CASE("Each code of a refusal has its SQLSTATE") {
  for (const auto& [code, sqlstate] : {std::pair("denied", "42501"),
                                       {"refused", "42501"},
                                       {"expired", "42501"},
                                       {"not_recorded", "58030"},
                                       {"malformed", "08P01"},
                                       {"limit", "54000"}}) {
    Refusal refusal;
    refusal.code = code;
    refusal.message = "why";
    const ErrorFields fields = error_for(refusal);
    CHECK(fields.sqlstate == sqlstate);
    CHECK(fields.severity == "ERROR");
    CHECK(fields.message == "why");
    CHECK(fields.detail == refusal.to_json());
  }
}

TEST_CASE("What ends a connection is fatal, and says nothing of the inside") {
  const Error inside{ErrorCode::kUnavailable, "db.internal:5432: connection refused"};
  const ErrorFields fields = fatal_for_upstream(inside, "", "S");
  CHECK(fields.severity == "FATAL");
  CHECK(fields.sqlstate == "08001");
  CHECK(fields.message.find("internal") == std::string::npos);
  CHECK(fields.detail == "{\"retryable\":true,\"session\":\"S\"}");
  CHECK(fatal_for_upstream(inside, "3D000", "S").sqlstate == "3D000");
  CHECK(fatal_for_upstream(inside, "XX000", "S").sqlstate == "08001");
  CHECK(fatal_for_login(true).sqlstate == "28P01");
  CHECK(fatal_for_login(false).sqlstate == "28000");
  CHECK(fatal_for_session({ErrorCode::kDenied, "x"}, "t").sqlstate == "3D000");
  CHECK(fatal_for_session({ErrorCode::kLimit, "x"}, "t").sqlstate == "53300");
  CHECK(fatal_for_session({ErrorCode::kNotRecorded, "x"}, "t").sqlstate == "58030");
  CHECK(fatal_for_end("idle", "S").sqlstate == "57P05");
  CHECK(fatal_for_end("killed", "S").sqlstate == "57P01");
}
