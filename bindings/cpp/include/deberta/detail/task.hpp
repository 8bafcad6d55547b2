/// @file
/// What the calls of all tasks have in common.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <optional>
#include <utility>

#include "../run_options.hpp"
#include "../tokenize_options.hpp"
#include "call.hpp"

namespace deberta::detail {

/// A task's options in C, and what they point to, for as long as the call runs.
template <typename Options>
class task_call {
 public:
  task_call(const std::optional<tokenize_options>& tokenize, const run_options& run) noexcept
      : tokenize_(to_c(tokenize.value_or(tokenize_options{}))), limits_(run) {
    options.tokenize = tokenize ? &tokenize_ : nullptr;
    options.run = limits_.get();
  }
  task_call(const task_call&) = delete;
  task_call& operator=(const task_call&) = delete;

  /// Calls `function` with `arguments` and the options; the handle that it makes.
  template <auto Free, typename Handle, typename Function, typename... Arguments>
  expected<owner<Handle, Free>, error> make(Function function, Arguments... arguments) const {
    return limits_.run([&]() -> expected<owner<Handle, Free>, error> {
      auto handle = get<Handle*>(function, arguments..., &options);
      if (!handle) return unexpected<error>(std::move(handle).error());
      return owner<Handle, Free>(*handle);
    });
  }

  /// Calls `function` with `arguments`, the options and the caller's buffer; how many values it wrote.
  template <typename Function, typename... Arguments>
  expected<std::size_t, error> fill(span<float> values, Function function, Arguments... arguments) const {
    return limits_.run([&] { return detail::fill(values, function, arguments..., &options); });
  }

  Options options = sized<Options>();

 private:
  deberta_tokenize_options tokenize_;
  run_limits limits_;
};

/// What every task tells of a text: how much of it was cut off, and in how many windows it was read.
template <typename Answer, typename Handle>
void read_report(Answer& answer,
                 deberta_status (*truncation)(const Handle*, std::size_t, deberta_truncated_text*, deberta_error**),
                 deberta_status (*windows)(const Handle*, std::size_t, std::size_t*, deberta_error**),
                 const Handle* handle, std::size_t row) {
  answer.truncated = from_c(unwrap(get_struct<deberta_truncated_text>(truncation, handle, row)));
  answer.windows = unwrap(get<std::size_t>(windows, handle, row));
}

}  // namespace deberta::detail
