/// @file
/// deberta::expected: std::expected where the language has it, or a small equivalent.
#pragma once

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#ifdef __cpp_lib_expected

#include <expected>

namespace deberta {
using std::expected;
using std::unexpected;
}  // namespace deberta

#else

#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace deberta {

/// An error on its way into an expected: what std::unexpected is from C++23 on.
template <typename Error>
class [[gnu::abi_tag("cpp17")]] unexpected {
 public:
  /// Holds the error.
  explicit unexpected(Error error) : error_(std::move(error)) {}
  /// The error.
  const Error& error() const& noexcept { return error_; }
  /// The error, to be moved from.
  Error&& error()&& noexcept { return std::move(error_); }

 private:
  Error error_;
};

/// A value, or the reason that there is none: what std::expected is from C++23 on, of these functions.
///
/// The tag keeps functions that return one apart from those of files that are compiled as C++23, so that both may be
/// linked into one program.
template <typename Value, typename Error>
class [[nodiscard, gnu::abi_tag("cpp17")]] expected {
 public:
  using value_type = Value;  ///< What is there if all went well.
  using error_type = Error;  ///< What is there otherwise.

  /// Holds a value.
  template <typename Source = Value, typename = std::enable_if_t<std::is_convertible_v<Source&&, Value> &&
                                                                 !std::is_same_v<std::decay_t<Source>, expected> > >
  expected(Source && value) : outcome_(std::in_place_index<0>, std::forward<Source>(value)) {}
  /// Holds an error.
  expected(unexpected<Error> reason) : outcome_(std::in_place_index<1>, std::move(reason).error()) {}

  /// Whether there is a value.
  bool has_value() const noexcept { return outcome_.index() == 0; }
  /// Whether there is a value.
  explicit operator bool() const noexcept { return has_value(); }

  /// The value, which must be there.
  Value& operator*()& noexcept { return *std::get_if<0>(&outcome_); }
  /// The value, which must be there.
  const Value& operator*() const& noexcept { return *std::get_if<0>(&outcome_); }
  /// The value, which must be there, to be moved from.
  Value&& operator*()&& noexcept { return std::move(*std::get_if<0>(&outcome_)); }
  /// A member of the value, which must be there.
  Value* operator->() noexcept { return std::get_if<0>(&outcome_); }
  /// A member of the value, which must be there.
  const Value* operator->() const noexcept { return std::get_if<0>(&outcome_); }
  /// The value, or what is given in its place.
  template <typename Other>
  Value value_or(Other && other)&& {
    return has_value() ? std::move(**this) : static_cast<Value>(std::forward<Other>(other));
  }

  /// The error, which must be there.
  Error& error()& noexcept { return *std::get_if<1>(&outcome_); }
  /// The error, which must be there.
  const Error& error() const& noexcept { return *std::get_if<1>(&outcome_); }
  /// The error, which must be there, to be moved from.
  Error&& error()&& noexcept { return std::move(*std::get_if<1>(&outcome_)); }

 private:
  std::variant<Value, Error> outcome_;
};

/// The outcome of what has no value.
template <typename Error>
class [[nodiscard]] expected<void, Error> {
 public:
  using value_type = void;   ///< Nothing.
  using error_type = Error;  ///< What is there if something went wrong.

  /// All went well.
  expected() noexcept = default;
  /// Holds an error.
  expected(unexpected<Error> reason) : error_(std::move(reason).error()) {}

  /// Whether all went well.
  bool has_value() const noexcept { return !error_; }
  /// Whether all went well.
  explicit operator bool() const noexcept { return has_value(); }
  /// Does nothing; all must have gone well.
  void operator*() const noexcept {}

  /// The error, which must be there.
  Error& error() & noexcept { return *error_; }
  /// The error, which must be there.
  const Error& error() const& noexcept { return *error_; }
  /// The error, which must be there, to be moved from.
  Error&& error() && noexcept { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace deberta

#endif
