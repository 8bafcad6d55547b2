/// @file
/// The limits of one call: deadline, cancellation, progress.
#pragma once

#include <deberta.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "detail/call.hpp"

namespace deberta {

/// Stops the calls that were given it, once and for all. Copies are the same cancellation. All functions may be called
/// from several threads at once.
class cancellation {
 public:
  /// A new one, which is not cancelled.
  cancellation()
      : handle_(detail::unwrap(detail::get<deberta_cancellation*>(deberta_cancellation_new)),
                detail::deleter<deberta_cancellation_free>()) {}

  /// Ends the calls that were given it, and those that will be, with status::cancelled. May be called in a signal
  /// handler.
  void cancel() const noexcept { deberta_cancellation_cancel(handle_.get(), nullptr); }
  /// Whether cancel() was called.
  bool is_cancelled() const noexcept { return deberta_cancellation_is_cancelled(handle_.get()) != 0; }

  /// The handle of the C interface; it lives as long as any copy.
  const deberta_cancellation* get() const noexcept { return handle_.get(); }

 private:
  std::shared_ptr<deberta_cancellation> handle_;
};

/// How far a call with many texts is.
struct run_progress {
  std::size_t texts;        ///< Texts that are answered.
  std::size_t total_texts;  ///< All texts of the call.
};

/// Limits of one call. They are looked at before each layer of the encoder; a call that ends early leaves nothing
/// behind.
struct run_options {
  /// How long the call may take before it ends with status::deadline_exceeded. What is over already ends it at once.
  std::optional<std::chrono::milliseconds> timeout{};
  /// Ends the call with status::cancelled, from any thread.
  std::optional<deberta::cancellation> cancellation{};
  /// Receives how far the call is, on its thread, and returns whether to go on; false ends it with status::cancelled.
  /// What it throws ends the call, too, and comes out of it, also out of functions that start with try_.
  std::function<bool(const run_progress&)> progress{};
  /// Most tokens to encode together; 0 for 4,096. Results do not depend on it.
  std::size_t batch_tokens = 0;
};

namespace detail {

/// A callback of the program, seen from C: calls it, and keeps what it throws until the library has returned.
template <typename Progress>
class observer {
 public:
  explicit observer(const std::function<bool(const Progress&)>& progress) noexcept : progress_(&progress) {}

  /// What a callback of the C interface returns: 0 to go on.
  std::int32_t notify(const Progress& progress) noexcept {
#ifdef __cpp_exceptions
    try {
      return (*progress_)(progress) ? 0 : 1;
    } catch (...) {
      thrown_ = std::current_exception();
      return 1;
    }
#else
    return (*progress_)(progress) ? 0 : 1;
#endif
  }

  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  const std::function<bool(const Progress&)>* progress_;
  std::exception_ptr thrown_;
};

/// The limits of a call in C, for as long as it runs.
class run_limits {
 public:
  explicit run_limits(const run_options& options) noexcept : observer_(options.progress) {
    using std::chrono::milliseconds;
    is_over_ = options.timeout && *options.timeout <= milliseconds::zero();
    if (options.timeout && !is_over_)
      value_.timeout_milliseconds = static_cast<std::uint64_t>(options.timeout->count());
    if (options.cancellation) value_.cancellation = options.cancellation->get();
    if (options.progress) {
      value_.run_callback = [](void* data, std::size_t texts, std::size_t total_texts) noexcept {
        return static_cast<observer<run_progress>*>(data)->notify({texts, total_texts});
      };
      value_.run_callback_data = &observer_;
    }
    value_.batch_tokens = options.batch_tokens;
  }
  run_limits(const run_limits&) = delete;
  run_limits& operator=(const run_limits&) = delete;

  const deberta_run_options* get() const noexcept { return &value_; }

  /// Makes the call, unless its time was over before it began, which is no timeout that C has.
  template <typename Call>
  auto run(Call&& call) const -> decltype(call()) {
    if (is_over_)
      return unexpected<error>(error(status::deadline_exceeded, "the time of the call was over before it began"));
    auto outcome = call();
    observer_.rethrow();
    return outcome;
  }

 private:
  observer<run_progress> observer_;
  deberta_run_options value_ = sized<deberta_run_options>();
  bool is_over_ = false;
};

}  // namespace detail

}  // namespace deberta
