/// @file
/// How functions of the C interface are called: handles are owned, a status becomes an expected, an expected becomes an
/// exception.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "../expected.hpp"
#include "../span.hpp"

namespace deberta::detail {

template <auto Free>
struct deleter {
  template <typename Handle>
  void operator()(Handle* handle) const noexcept {
    Free(handle);
  }
};

template <typename Handle, auto Free>
using owner = std::unique_ptr<Handle, deleter<Free>>;

inline std::string_view view(deberta_string text) noexcept { return {text.data, text.length}; }

/// The zeros that are every default, with the size of the struct that this program was compiled with.
template <typename Struct>
Struct sized() noexcept {
  Struct value{};
  value.struct_size = sizeof(Struct);
  return value;
}

inline error take_error(deberta_status code, deberta_error* failure) {
  const owner<deberta_error, deberta_error_free> owned(failure);
  return {static_cast<status>(code), std::string(view(deberta_error_message(failure))),
          view(deberta_error_cause(failure))};
}

inline unexpected<error> invalid_argument(const std::string& message) {
  return unexpected<error>(error(status::invalid_argument, message));
}

/// Calls `function` with `arguments` and the address of an error, which its last parameter is.
template <typename Function, typename... Arguments>
expected<void, error> call(Function function, Arguments... arguments) {
  deberta_error* failure = nullptr;
  const deberta_status code = function(arguments..., &failure);
  if (code == DEBERTA_STATUS_OK) return {};
  return unexpected<error>(take_error(code, failure));
}

/// The value that `function` writes to the address before that of the error.
template <typename Value, typename Function, typename... Arguments>
expected<Value, error> get(Function function, Arguments... arguments) {
  Value value{};
  auto done = call(function, arguments..., &value);
  if (!done) return unexpected<error>(std::move(done).error());
  return value;
}

/// The same for a struct that may grow.
template <typename Struct, typename Function, typename... Arguments>
expected<Struct, error> get_struct(Function function, Arguments... arguments) {
  auto value = sized<Struct>();
  auto done = call(function, arguments..., &value);
  if (!done) return unexpected<error>(std::move(done).error());
  return value;
}

/// The owner of the handle that `function` makes.
template <typename Owner, typename Function, typename... Arguments>
expected<Owner, error> make(Function function, Arguments... arguments) {
  auto handle = get<typename Owner::handle_type*>(function, arguments...);
  if (!handle) return unexpected<error>(std::move(handle).error());
  return Owner(*handle);
}

/// An array that belongs to a handle.
template <typename Value, typename Function, typename... Arguments>
expected<span<const Value>, error> array(Function function, Arguments... arguments) {
  const Value* values = nullptr;
  std::size_t length = 0;
  auto done = call(function, arguments..., &values, &length);
  if (!done) return unexpected<error>(std::move(done).error());
  return span<const Value>(values, length);
}

/// Has `function` fill the caller's buffer; how many values it wrote.
template <typename Value, typename Function, typename... Arguments>
expected<std::size_t, error> fill(span<Value> buffer, Function function, Arguments... arguments) {
  std::size_t length = 0;
  auto done = call(function, arguments..., buffer.data(), buffer.size(), &length);
  if (!done) return unexpected<error>(std::move(done).error());
  return length;
}

/// A container as long as `function` needs, filled by it.
template <typename Container, typename Function, typename... Arguments>
expected<Container, error> filled(Function function, Arguments... arguments) {
  std::size_t length = 0;
  function(arguments..., nullptr, std::size_t{0}, &length, nullptr);
  Container values(length, typename Container::value_type{});
  auto done = call(function, arguments..., values.data(), values.size(), &length);
  if (!done) return unexpected<error>(std::move(done).error());
  return values;
}

/// Throws the error; where exceptions are disabled, only the functions that start with try_ may meet one.
[[noreturn]] inline void raise(error failure) {
#ifdef __cpp_exceptions
  throw failure;
#else
  std::fprintf(stderr, "deberta: %s\n", failure.what());
  std::abort();
#endif
}

template <typename Value>
Value unwrap(expected<Value, error> outcome) {
  if (!outcome) raise(std::move(outcome).error());
  if constexpr (!std::is_void_v<Value>) return *std::move(outcome);
}

}  // namespace deberta::detail
