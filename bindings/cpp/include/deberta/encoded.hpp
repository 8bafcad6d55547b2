/// @file
/// Hidden states, attentions and logits of a batch.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "detail/call.hpp"
#include "run_options.hpp"
#include "tokenized.hpp"

namespace deberta {

/// What to compute beside the last hidden state, and the limits of the call, whose progress is not called.
struct encode_options {
  bool hidden_states = false;  ///< The hidden states of the embeddings and of every layer.
  bool attentions = false;     ///< The attention probabilities of every layer.
  bool logits = false;         ///< The head's logits, if the model has a head.
  run_options run{};           ///< Limits of the call.
};

/// The sizes of a result.
struct encoded_info {
  std::size_t rows;                 ///< Number of rows.
  std::size_t tokens;               ///< Number of valid tokens in all rows.
  std::size_t length;               ///< Length of the rows with their padding: as given, or that of the longest row.
  std::size_t hidden_size;          ///< Length of a token's hidden state.
  std::size_t num_attention_heads;  ///< Number of attention heads.
  std::size_t hidden_states;  ///< Layers of which there are hidden states, the embeddings first; 0 if not asked for.
  std::size_t attentions;     ///< Layers of which there are attention probabilities; 0 if not asked for.
  std::size_t num_labels;     ///< Length of a row of logits; 0 if there are none.
  head logits_head;           ///< Whose logits they are.
};

/// The encoded rows of a batch: only valid tokens, row after row. Immutable and independent of the model; move-only.
/// All functions may be called from several threads at once. Spans show the result's own memory and live as long as it
/// does; functions whose names end in _padded copy. Functions throw deberta::error: for what was not asked for, for a
/// layer or row that is not there, and after a move.
class encoded {
 public:
  using handle_type = deberta_encoded;  ///< Of the C interface.

  /// Owns a handle of the C interface.
  explicit encoded(deberta_encoded* owned) noexcept : handle_(owned) {}

  /// The sizes of the result.
  encoded_info info() const { return detail::unwrap(try_info()); }
  /// info() without exceptions.
  expected<encoded_info, error> try_info() const {
    auto sizes = detail::get_struct<deberta_encoded_info>(deberta_encoded_get_info, get());
    if (!sizes) return unexpected<error>(std::move(sizes).error());
    return encoded_info{sizes->rows,
                        sizes->tokens,
                        sizes->length,
                        sizes->hidden_size,
                        sizes->num_attention_heads,
                        sizes->hidden_states,
                        sizes->attentions,
                        sizes->num_labels,
                        static_cast<head>(sizes->logits_head)};
  }

  /// Where rows start: row r has the tokens from row_offsets()[r] to before row_offsets()[r + 1].
  span<const std::size_t> row_offsets() const { return detail::unwrap(try_row_offsets()); }
  /// row_offsets() without exceptions.
  expected<span<const std::size_t>, error> try_row_offsets() const {
    return detail::array<std::size_t>(deberta_encoded_row_offsets, get());
  }

  /// The position that each valid token had in its row with padding.
  span<const std::uint32_t> positions() const { return detail::unwrap(try_positions()); }
  /// positions() without exceptions.
  expected<span<const std::uint32_t>, error> try_positions() const {
    return detail::array<std::uint32_t>(deberta_encoded_positions, get());
  }

  /// The last hidden state of all valid tokens, [tokens, hidden_size].
  span<const float> last_hidden_state() const { return detail::unwrap(try_last_hidden_state()); }
  /// last_hidden_state() without exceptions.
  expected<span<const float>, error> try_last_hidden_state() const {
    return detail::array<float>(deberta_encoded_last_hidden_state, get());
  }

  /// A padded copy of the last hidden state, [rows, length, hidden_size]; that of padding is 0.
  std::vector<float> last_hidden_state_padded() const { return detail::unwrap(try_last_hidden_state_padded()); }
  /// last_hidden_state_padded() without exceptions.
  expected<std::vector<float>, error> try_last_hidden_state_padded() const {
    return detail::filled<std::vector<float>>(deberta_encoded_last_hidden_state_padded, get());
  }
  /// The same into `values`; how many it wrote.
  std::size_t last_hidden_state_padded(span<float> values) const {
    return detail::unwrap(try_last_hidden_state_padded(values));
  }
  /// The same without exceptions.
  expected<std::size_t, error> try_last_hidden_state_padded(span<float> values) const {
    return detail::fill(values, deberta_encoded_last_hidden_state_padded, get());
  }

  /// The hidden states of all valid tokens after a layer, [tokens, hidden_size]: 0 for the embeddings, 1 for the first
  /// layer.
  span<const float> hidden_states(std::size_t layer) const { return detail::unwrap(try_hidden_states(layer)); }
  /// hidden_states() without exceptions.
  expected<span<const float>, error> try_hidden_states(std::size_t layer) const {
    return detail::array<float>(deberta_encoded_hidden_states, get(), layer);
  }

  /// A padded copy of the hidden states after a layer, [rows, length, hidden_size]; those of padding are 0.
  std::vector<float> hidden_states_padded(std::size_t layer) const {
    return detail::unwrap(try_hidden_states_padded(layer));
  }
  /// hidden_states_padded() without exceptions.
  expected<std::vector<float>, error> try_hidden_states_padded(std::size_t layer) const {
    return detail::filled<std::vector<float>>(deberta_encoded_hidden_states_padded, get(), layer);
  }
  /// The same into `values`; how many it wrote.
  std::size_t hidden_states_padded(std::size_t layer, span<float> values) const {
    return detail::unwrap(try_hidden_states_padded(layer, values));
  }
  /// The same without exceptions.
  expected<std::size_t, error> try_hidden_states_padded(std::size_t layer, span<float> values) const {
    return detail::fill(values, deberta_encoded_hidden_states_padded, get(), layer);
  }

  /// The attention probabilities of a layer, from 0: row after row [num_attention_heads, S, S], queries × keys, with
  /// the row's number of valid tokens S.
  span<const float> attentions(std::size_t layer) const { return detail::unwrap(try_attentions(layer)); }
  /// attentions() without exceptions.
  expected<span<const float>, error> try_attentions(std::size_t layer) const {
    return detail::array<float>(deberta_encoded_attentions, get(), layer);
  }

  /// A padded copy of the attention probabilities of a layer, [rows, num_attention_heads, length, length]; those of
  /// padding are 0.
  std::vector<float> attentions_padded(std::size_t layer) const { return detail::unwrap(try_attentions_padded(layer)); }
  /// attentions_padded() without exceptions.
  expected<std::vector<float>, error> try_attentions_padded(std::size_t layer) const {
    return detail::filled<std::vector<float>>(deberta_encoded_attentions_padded, get(), layer);
  }
  /// The same into `values`; how many it wrote.
  std::size_t attentions_padded(std::size_t layer, span<float> values) const {
    return detail::unwrap(try_attentions_padded(layer, values));
  }
  /// The same without exceptions.
  expected<std::size_t, error> try_attentions_padded(std::size_t layer, span<float> values) const {
    return detail::fill(values, deberta_encoded_attentions_padded, get(), layer);
  }

  /// The head's logits: [rows, num_labels] for sequence classification and multiple choice, [tokens, num_labels] for
  /// heads that answer for each token.
  span<const float> logits() const { return detail::unwrap(try_logits()); }
  /// logits() without exceptions.
  expected<span<const float>, error> try_logits() const { return detail::array<float>(deberta_encoded_logits, get()); }

  /// A copy of the head's logits, padded to [rows, length, num_labels] for heads that answer for each token.
  std::vector<float> logits_padded() const { return detail::unwrap(try_logits_padded()); }
  /// logits_padded() without exceptions.
  expected<std::vector<float>, error> try_logits_padded() const {
    return detail::filled<std::vector<float>>(deberta_encoded_logits_padded, get());
  }
  /// The same into `values`; how many it wrote.
  std::size_t logits_padded(span<float> values) const { return detail::unwrap(try_logits_padded(values)); }
  /// The same without exceptions.
  expected<std::size_t, error> try_logits_padded(span<float> values) const {
    return detail::fill(values, deberta_encoded_logits_padded, get());
  }

  /// The tokens of a row that was a text; they live as long as the result.
  tokenized_view tokenized(std::size_t row) const { return detail::unwrap(try_tokenized(row)); }
  /// tokenized() without exceptions.
  expected<tokenized_view, error> try_tokenized(std::size_t row) const {
    auto tokens = detail::get<const deberta_tokenized*>(deberta_encoded_tokenized, get(), row);
    if (!tokens) return unexpected<error>(std::move(tokens).error());
    return tokenized_view(*tokens);
  }

  /// The handle of the C interface; NULL after a move.
  const deberta_encoded* get() const noexcept { return handle_.get(); }

 private:
  detail::owner<deberta_encoded, deberta_encoded_free> handle_;
};

namespace detail {

/// The options in C, and the limits that they point to, for as long as a call runs.
class encode_call {
 public:
  explicit encode_call(const encode_options& options) noexcept : limits_(options.run) {
    value_.outputs = (options.hidden_states ? DEBERTA_OUTPUT_HIDDEN_STATES : 0) |
                     (options.attentions ? DEBERTA_OUTPUT_ATTENTIONS : 0) |
                     (options.logits ? DEBERTA_OUTPUT_LOGITS : 0);
    value_.run = limits_.get();
  }
  encode_call(const encode_call&) = delete;
  encode_call& operator=(const encode_call&) = delete;

  /// A call that makes a result.
  template <typename Function, typename... Arguments>
  expected<encoded, error> make(Function function, Arguments... arguments) const {
    return limits_.run([&] { return detail::make<encoded>(function, arguments..., &value_); });
  }

  /// A call that fills the caller's buffer.
  template <typename Function, typename... Arguments>
  expected<std::size_t, error> fill(span<float> values, Function function, Arguments... arguments) const {
    return limits_.run([&] { return detail::fill(values, function, arguments..., &value_); });
  }

 private:
  run_limits limits_;
  deberta_encode_options value_ = sized<deberta_encode_options>();
};

}  // namespace detail

}  // namespace deberta
