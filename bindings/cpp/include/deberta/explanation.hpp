/// @file
/// What a model did with a text.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "choices.hpp"
#include "detail/call.hpp"
#include "detail/task.hpp"
#include "text.hpp"
#include "tokenized.hpp"

namespace deberta {

/// How to explain.
struct explain_options {
  /// How to tokenize. Windows are refused: no token of one attends to those of another.
  tokenize_options tokenize{};
  /// Limits of the call. Its progress counts the variants of the text that occlusion reads.
  run_options run{};
  /// How relevant a token is.
  relevance method = relevance::rollout;
  /// The label that occlusion explains, by its index; the one with the highest logit, if not set.
  std::optional<std::size_t> label{};
  /// Whether to keep the attention probabilities of every layer.
  bool attentions = false;
};

/// The sizes of an explanation.
struct explanation_info {
  std::size_t tokens;                ///< Number of tokens.
  std::size_t attentions;            ///< Layers of which there are attention probabilities; 0 if not asked for.
  std::size_t num_attention_heads;   ///< Number of attention heads.
  std::size_t num_labels;            ///< Length of a row of logits; 0 if there are none.
  std::optional<std::size_t> label;  ///< The label that occlusion explained.
  head logits_head;                  ///< Whose logits they are.
  bool has_relative_positions;       ///< Whether the model has relative positions.
};

/// Which relative embedding belongs to a distance.
struct relative_position {
  std::int32_t bucket;  ///< 0 for the distance 0; has the distance's sign.
  std::int32_t row;     ///< The row of the relative embeddings.
};

/// What a model did with a text. Immutable and independent of the model; move-only. All functions may be called from
/// several threads at once. Spans show the explanation's own memory and live as long as it does. Functions throw
/// deberta::error: for what was not asked for, for a layer that is not there, and after a move.
class explanation {
 public:
  using handle_type = deberta_explanation;  ///< Of the C interface.

  /// Owns a handle of the C interface.
  explicit explanation(deberta_explanation* owned) noexcept : handle_(owned) {}

  /// The sizes of the explanation.
  explanation_info info() const { return detail::unwrap(try_info()); }
  /// info() without exceptions.
  expected<explanation_info, error> try_info() const {
    auto sizes = detail::get_struct<deberta_explanation_info>(deberta_explanation_get_info, get());
    if (!sizes) return unexpected<error>(std::move(sizes).error());
    explanation_info info{sizes->tokens,
                          sizes->attentions,
                          sizes->num_attention_heads,
                          sizes->num_labels,
                          std::nullopt,
                          static_cast<head>(sizes->logits_head),
                          sizes->has_relative_positions != 0};
    if (sizes->has_label != 0) info.label = sizes->label;
    return info;
  }

  /// The tokens of the text, and what was cut off of it; they live as long as the explanation.
  tokenized_view tokenized() const { return detail::unwrap(try_tokenized()); }
  /// tokenized() without exceptions.
  expected<tokenized_view, error> try_tokenized() const {
    auto tokens = detail::get<const deberta_tokenized*>(deberta_explanation_tokenized, get());
    if (!tokens) return unexpected<error>(std::move(tokens).error());
    return tokenized_view(*tokens);
  }

  /// How relevant each token is, as the method of the options says.
  span<const float> relevance() const { return detail::unwrap(try_relevance()); }
  /// relevance() without exceptions.
  expected<span<const float>, error> try_relevance() const {
    return detail::array<float>(deberta_explanation_relevance, get());
  }

  /// The attention probabilities of a layer, from 0, [heads, tokens, tokens]: each query's over all keys sum to 1.
  span<const float> attentions(std::size_t layer) const { return detail::unwrap(try_attentions(layer)); }
  /// attentions() without exceptions.
  expected<span<const float>, error> try_attentions(std::size_t layer) const {
    return detail::array<float>(deberta_explanation_attentions, get(), layer);
  }

  /// The head's logits: [labels] from a head with a pooler, [tokens, labels] from any other; empty without.
  span<const float> logits() const { return detail::unwrap(try_logits()); }
  /// logits() without exceptions.
  expected<span<const float>, error> try_logits() const {
    return detail::array<float>(deberta_explanation_logits, get());
  }

  /// For classifiers of sequences and of tokens, what the configuration says is made of the logits, in the same order;
  /// empty for all other models.
  span<const float> scores() const { return detail::unwrap(try_scores()); }
  /// scores() without exceptions.
  expected<span<const float>, error> try_scores() const {
    return detail::array<float>(deberta_explanation_scores, get());
  }

  /// Which relative embedding belongs to a distance, the query's position minus the key's. Throws deberta::error also
  /// for a model without relative positions.
  deberta::relative_position relative_position(std::int64_t distance) const {
    return detail::unwrap(try_relative_position(distance));
  }
  /// relative_position() without exceptions.
  expected<deberta::relative_position, error> try_relative_position(std::int64_t distance) const {
    deberta::relative_position position{};
    auto done = detail::call(deberta_explanation_relative_position, get(), distance, &position.bucket, &position.row);
    if (!done) return unexpected<error>(std::move(done).error());
    return position;
  }

  /// The handle of the C interface; NULL after a move.
  const deberta_explanation* get() const noexcept { return handle_.get(); }

 private:
  detail::owner<deberta_explanation, deberta_explanation_free> handle_;
};

namespace detail {

inline expected<explanation, error> explain(const deberta_model* model, const text& input,
                                            const explain_options& options) {
  task_call<deberta_explain_options> call(options.tokenize, options.run);
  call.options.method = static_cast<std::int32_t>(options.method);
  call.options.label = options.label.value_or(0);
  call.options.has_label = options.label ? 1 : 0;
  call.options.attentions = options.attentions ? 1 : 0;
  auto answer = call.make<deberta_explanation_free, deberta_explanation>(deberta_model_explain, model, &input.get());
  if (!answer) return unexpected<error>(std::move(answer).error());
  return explanation(answer->release());
}

}  // namespace detail

}  // namespace deberta
