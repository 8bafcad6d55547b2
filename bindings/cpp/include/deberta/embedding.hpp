/// @file
/// One vector for each text.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "choices.hpp"
#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"

namespace deberta {

/// How to embed.
struct embed_options {
  /// How to tokenize, and what becomes of long texts.
  tokenize_options tokenize{};
  /// Limits of the call.
  run_options run{};
  /// How the hidden states of a text's tokens become one vector.
  deberta::pooling pooling = deberta::pooling::mean;
  /// Whether vectors get the length 1, except those of zeros.
  bool normalize = false;
  /// How many layers before the last one the hidden states are taken from; later layers are not computed.
  std::size_t layers_before_last = 0;
};

/// The vectors of texts. Immutable and independent of the model; move-only. All functions may be called from several
/// threads at once. Spans show the result's own memory and live as long as it does. Functions throw deberta::error for
/// a row that is not there, and after a move.
class embeddings {
 public:
  using handle_type = deberta_embeddings;  ///< Of the C interface.

  /// Owns a handle of the C interface.
  explicit embeddings(deberta_embeddings* owned) noexcept : handle_(owned) {}

  /// Number of texts.
  std::size_t rows() const noexcept { return deberta_embeddings_rows(get()); }

  /// All vectors, [rows, hidden_size].
  span<const float> vectors() const { return detail::unwrap(try_vectors()); }
  /// vectors() without exceptions.
  expected<span<const float>, error> try_vectors() const {
    return detail::array<float>(deberta_embeddings_vectors, get());
  }

  /// The vector of a text, [hidden_size].
  span<const float> vector(std::size_t row) const { return detail::unwrap(try_vector(row)); }
  /// vector() without exceptions.
  expected<span<const float>, error> try_vector(std::size_t row) const {
    auto all = try_vectors();
    if (!all) return all;
    if (row >= rows()) {
      return detail::invalid_argument("row is " + std::to_string(row) + ", but there are " + std::to_string(rows()) +
                                      " rows");
    }
    const std::size_t size = all->size() / rows();
    return all->subspan(row * size, size);
  }

  /// What was cut off of a text; nothing if it was kept whole.
  std::optional<truncated_text> truncated(std::size_t row) const { return detail::unwrap(try_truncated(row)); }
  /// truncated() without exceptions.
  expected<std::optional<truncated_text>, error> try_truncated(std::size_t row) const {
    auto report = detail::get_struct<deberta_truncated_text>(deberta_embeddings_truncation, get(), row);
    if (!report) return unexpected<error>(std::move(report).error());
    return detail::from_c(*report);
  }

  /// The number of windows that a text was read in.
  std::size_t windows(std::size_t row) const { return detail::unwrap(try_windows(row)); }
  /// windows() without exceptions.
  expected<std::size_t, error> try_windows(std::size_t row) const {
    return detail::get<std::size_t>(deberta_embeddings_windows, get(), row);
  }

  /// The handle of the C interface; NULL after a move.
  const deberta_embeddings* get() const noexcept { return handle_.get(); }

 private:
  detail::owner<deberta_embeddings, deberta_embeddings_free> handle_;
};

namespace detail {

/// How to embed, in C, for as long as a call runs.
class embed_call : public task_call<deberta_embed_options> {
 public:
  explicit embed_call(const embed_options& embed) noexcept : task_call(embed.tokenize, embed.run) {
    options.pooling = static_cast<std::int32_t>(embed.pooling);
    options.normalize = embed.normalize ? 1 : 0;
    options.layers_before_last = embed.layers_before_last;
  }
};

inline expected<embeddings, error> embed(const deberta_model* model, const texts& inputs,
                                         const embed_options& options) {
  auto vectors = embed_call(options).make<deberta_embeddings_free, deberta_embeddings>(deberta_model_embed, model,
                                                                                       inputs.data(), inputs.size());
  if (!vectors) return unexpected<error>(std::move(vectors).error());
  return embeddings(vectors->release());
}

inline expected<std::size_t, error> embed_into(const deberta_model* model, const texts& inputs, span<float> values,
                                               const embed_options& options) {
  return embed_call(options).fill(values, deberta_model_embed_into, model, inputs.data(), inputs.size());
}

}  // namespace detail

}  // namespace deberta
