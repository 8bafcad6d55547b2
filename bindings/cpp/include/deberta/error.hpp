/// @file
/// What went wrong: deberta::status and deberta::error.
#pragma once

#include <deberta.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace deberta {

/// What kind of thing went wrong. The numbers never change; a newer library may return one that has no name here.
enum class status : std::int32_t {
  ok = DEBERTA_STATUS_OK,                              ///< All went well; never the code of an error.
  invalid_argument = DEBERTA_STATUS_INVALID_ARGUMENT,  ///< An argument does not fit the function's contract.
  not_found = DEBERTA_STATUS_NOT_FOUND,                ///< A file or folder that is needed does not exist.
  io = DEBERTA_STATUS_IO,                              ///< The operating system refused to open, read or map a file.
  invalid_config = DEBERTA_STATUS_INVALID_CONFIG,      ///< `config.json` is damaged, inconsistent or unsupported.
  invalid_checkpoint = DEBERTA_STATUS_INVALID_CHECKPOINT,  ///< A weight file is damaged or lacks tensors.
  invalid_tokenizer = DEBERTA_STATUS_INVALID_TOKENIZER,    ///< The tokenizer is damaged or of an unknown kind.
  unsupported = DEBERTA_STATUS_UNSUPPORTED,                ///< This model or this build cannot serve the request.
  too_long = DEBERTA_STATUS_TOO_LONG,                      ///< The input has more tokens than a limit allows.
  out_of_memory = DEBERTA_STATUS_OUT_OF_MEMORY,            ///< Memory for weights or scratch could not be had.
  internal = DEBERTA_STATUS_INTERNAL,                      ///< A fault of the library itself; please report it.
  buffer_too_small = DEBERTA_STATUS_BUFFER_TOO_SMALL,      ///< The caller's buffer cannot hold the result.
  invalid_utf8 = DEBERTA_STATUS_INVALID_UTF8,              ///< A text is not UTF-8.
  cancelled = DEBERTA_STATUS_CANCELLED,                    ///< The caller cancelled the work.
  deadline_exceeded = DEBERTA_STATUS_DEADLINE_EXCEEDED,    ///< The call's time was over before there was an answer.
};

/// The name of a status as in the constant of the C interface, "INVALID_ARGUMENT"; empty for one that the library does
/// not know.
inline std::string_view name(status code) noexcept {
  const deberta_string text = deberta_status_name(static_cast<std::int32_t>(code));
  return {text.data, text.length};
}

/// Why a call failed. what() is a sentence for people: what was wrong, where, and what to do about it; code() is for
/// programs. Copies do not throw.
class error : public std::runtime_error {
 public:
  /// An error with a code, a message and the messages of what caused it.
  error(status code, const std::string& message, std::string_view cause = {})
      : std::runtime_error(message),
        code_(code),
        cause_(cause.empty() ? nullptr : std::make_shared<const std::string>(cause)) {}

  /// What kind of thing went wrong.
  status code() const noexcept { return code_; }
  /// The messages of the errors below this one, outermost first, separated by ": "; empty if there are none. It lives
  /// as long as the error.
  std::string_view cause() const noexcept { return cause_ ? std::string_view(*cause_) : std::string_view(); }

 private:
  status code_;
  std::shared_ptr<const std::string> cause_;
};

}  // namespace deberta
