// Errors as values. Result<T> holds a T or an Error; every fallible function of ours returns one,
// and only start-up code throws. An Error's detail is one line for people: it never carries a
// secret, a token or bytes an agent sent unescaped.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sallyport {

enum class ErrorCode {
  kInvalid,          // our caller or the configuration is wrong
  kMalformed,        // bytes from a network or a file do not follow their grammar
  kLimit,            // a named limit was reached
  kDenied,           // policy or access state says no
  kUnauthenticated,  // the credential shown is not accepted
  kNotRecorded,      // the audit store could not take the record
  kTimeout,          // a deadline passed
  kClosed,           // the peer or the session ended
  kRevoked,          // the right to send was taken back while in use
  kUnavailable,      // a target or service cannot be reached
  kNotFound,
  kUnsupported,  // understood, and not offered
  kInternal,
};

// The code's name as it appears in logs, e.g. "timeout".
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail;
};

// Ends the process: an invariant of ours is broken. Never reached by untrusted bytes.
[[noreturn]] void broken_invariant(const char* what);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return ok(); }
  bool ok() const { return state_.index() == 0; }

  // Each aborts the process when the other alternative is held.
  T& value() & { return checked<0>(state_); }
  const T& value() const& { return checked<0>(state_); }
  T&& value() && { return std::move(checked<0>(state_)); }
  const Error& error() const& { return checked<1>(state_); }
  Error&& error() && { return std::move(checked<1>(state_)); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  template <std::size_t I, class V>
  static auto& checked(V& state) {
    if (state.index() != I) broken_invariant("a Result was read as what it is not");
    return *std::get_if<I>(&state);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return ok(); }
  bool ok() const { return !error_.has_value(); }
  const Error& error() const {
    if (!error_) broken_invariant("a Result was read as what it is not");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace sallyport
