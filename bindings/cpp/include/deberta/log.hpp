/// @file
/// Where the library's log messages go.
#pragma once

#include <deberta.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "choices.hpp"
#include "detail/call.hpp"

namespace deberta {

/// Receives a message, and which part of the library speaks. Both views live until it returns. It may be called from
/// any thread, also from several at once; what it throws is dropped.
using log_sink = std::function<void(log_level level, std::string_view target, std::string_view message)>;

namespace detail {

/// The sink that is set, for the whole process.
class log_hook {
 public:
  log_hook() = default;
  log_hook(const log_hook&) = delete;
  log_hook& operator=(const log_hook&) = delete;
  ~log_hook() {
    if (sink_) deberta_set_log_callback(nullptr, nullptr, DEBERTA_LOG_LEVEL_OFF, nullptr);
  }

  static log_hook& instance() {
    static log_hook hook;
    return hook;
  }

  expected<void, error> set(log_sink sink, log_level level) {
    const auto number = static_cast<std::int32_t>(level);
    // The library refuses this, but only if no other thread is kept from returning by the lock.
    if (is_inside()) return call(deberta_set_log_callback, nullptr, nullptr, number);
    const std::lock_guard<std::mutex> lock(mutex_);
    auto next = sink ? std::make_unique<log_sink>(std::move(sink)) : nullptr;
    auto done = call(deberta_set_log_callback, next ? &forward : nullptr, next.get(), number);
    // Once the library has returned, the sink before is not running any more.
    if (done) sink_ = std::move(next);
    return done;
  }

 private:
  static bool& is_inside() noexcept {
    thread_local bool inside = false;
    return inside;
  }

  static void forward(void* sink, std::int32_t level, deberta_string target, deberta_string message) noexcept {
    is_inside() = true;
#ifdef __cpp_exceptions
    try {
      (*static_cast<const log_sink*>(sink))(static_cast<log_level>(level), view(target), view(message));
    } catch (...) {
    }
#else
    (*static_cast<const log_sink*>(sink))(static_cast<log_level>(level), view(target), view(message));
#endif
    is_inside() = false;
  }

  std::mutex mutex_;
  std::unique_ptr<log_sink> sink_;
};

}  // namespace detail

/// Sets where messages of `level` and more important ones go, for the whole process; an empty sink for nowhere, which
/// is so at first. When this returns, the sink before is not running any more and is destroyed. From inside of a sink
/// it is refused; a sink must not wait for a thread that sets another. May be called from any thread.
inline expected<void, error> try_set_log(log_sink sink, log_level level = log_level::info) {
  return detail::log_hook::instance().set(std::move(sink), level);
}

/// As try_set_log(); throws deberta::error.
inline void set_log(log_sink sink, log_level level = log_level::info) {
  detail::unwrap(try_set_log(std::move(sink), level));
}

}  // namespace deberta
