/// @file
/// The model: configuration, tokenizer, encoder and head.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "answering.hpp"
#include "batch.hpp"
#include "classification.hpp"
#include "detail/call.hpp"
#include "detail/path.hpp"
#include "embedding.hpp"
#include "encoded.hpp"
#include "explanation.hpp"
#include "fill_mask.hpp"
#include "model_info.hpp"
#include "open_options.hpp"
#include "ranking.hpp"
#include "tagging.hpp"
#include "text.hpp"
#include "tokenizer.hpp"

namespace deberta {

/// A model. It never changes: all functions may be called from several threads at once, without a lock. Move-only, and
/// as with every object of C++ no call may run while it is moved or destroyed; threads that end at different times
/// share it:
///
///     const auto shared = std::make_shared<const deberta::model>(deberta::model::open(folder));
///
/// Functions throw deberta::error, also after a move; those that start with try_ return it. Both may throw
/// std::bad_alloc, and what a callback of the program throws. Results do not depend on the model that they came from.
/// Arguments are only used during the call.
class model {
 public:
  using handle_type = deberta_model;  ///< Of the C interface.

  /// Owns a handle of the C interface.
  explicit model(deberta_model* owned) noexcept : handle_(owned) {}

  /// Opens a model folder: `config.json`, weights in safetensors, of PyTorch or of a Keras preset, and where present
  /// `tokenizer.json` or a SentencePiece model (`spm.model`).
  static model open(const std::filesystem::path& folder, const open_options& options = {}) {
    return detail::unwrap(try_open(folder, options));
  }
  /// open() without exceptions.
  static expected<model, error> try_open(const std::filesystem::path& folder, const open_options& options = {}) {
    auto name = detail::path_name(folder);
    if (!name) return unexpected<error>(std::move(name).error());
    return detail::open_call(options).make<model>(deberta_model_open, name->c_str());
  }

  /// Opens a model by its name, or by its folder: `user/name` or `user/name@revision` on Hugging Face,
  /// `kaggle://owner/model/framework/variation`, or a name of KerasHub such as `deberta_v3_base_en`. It is looked for
  /// in the caches on this machine; nothing is downloaded.
  static model from_preset(std::string_view name, const open_options& options = {}) {
    return detail::unwrap(try_from_preset(name, options));
  }
  /// from_preset() without exceptions.
  static expected<model, error> try_from_preset(std::string_view name, const open_options& options = {}) {
    const char* const bytes = name.data() != nullptr ? name.data() : "";
    return detail::open_call(options).make<model>(deberta_model_from_preset, bytes, name.size());
  }

  /// Makes a model of any size with random weights, for measuring speed and memory without a checkpoint.
  static model from_backbone(const backbone_config& config, const open_options& options = {}) {
    return detail::unwrap(try_from_backbone(config, options));
  }
  /// from_backbone() without exceptions.
  static expected<model, error> try_from_backbone(const backbone_config& config, const open_options& options = {}) {
    auto sizes = detail::sized<deberta_backbone_config>();
    sizes.vocabulary_size = config.vocabulary_size;
    sizes.num_layers = config.num_layers;
    sizes.num_heads = config.num_heads;
    sizes.hidden_dim = config.hidden_dim;
    sizes.intermediate_dim = config.intermediate_dim;
    sizes.max_sequence_length = config.max_sequence_length;
    sizes.bucket_size = config.bucket_size;
    sizes.dtype = static_cast<std::int32_t>(config.dtype);
    return detail::open_call(options).make<model>(deberta_model_from_backbone, &sizes);
  }

  /// What the model consists of and runs with.
  model_info info() const { return detail::unwrap(try_info()); }
  /// info() without exceptions.
  expected<model_info, error> try_info() const { return detail::read_info(get()); }

  /// The name of a label; it lives as long as the model.
  std::string_view label(std::size_t index) const { return detail::unwrap(try_label(index)); }
  /// label() without exceptions.
  expected<std::string_view, error> try_label(std::size_t index) const {
    auto name = detail::get<deberta_string>(deberta_model_label, get(), index);
    if (!name) return unexpected<error>(std::move(name).error());
    return detail::view(*name);
  }

  /// The tokenizer, which lives as long as the model; nothing if the folder has none.
  std::optional<tokenizer_view> tokenizer() const noexcept {
    const deberta_tokenizer* const handle = deberta_model_tokenizer(get());
    if (handle == nullptr) return std::nullopt;
    return tokenizer_view(handle);
  }

  /// Rows of the word embedding table, [ids, embedding_size], before positions, token types and layer norm.
  std::vector<float> token_embeddings(span<const std::uint32_t> ids) const {
    return detail::unwrap(try_token_embeddings(ids));
  }
  /// token_embeddings() without exceptions.
  expected<std::vector<float>, error> try_token_embeddings(span<const std::uint32_t> ids) const {
    return detail::filled<std::vector<float>>(deberta_model_token_embeddings, get(), ids.data(), ids.size());
  }
  /// The same into `values`; how many it wrote.
  std::size_t token_embeddings(span<const std::uint32_t> ids, span<float> values) const {
    return detail::unwrap(try_token_embeddings(ids, values));
  }
  /// The same without exceptions.
  expected<std::size_t, error> try_token_embeddings(span<const std::uint32_t> ids, span<float> values) const {
    return detail::fill(values, deberta_model_token_embeddings, get(), ids.data(), ids.size());
  }

  /// Encodes rows of token ids. A row's result is the same, bit for bit, whatever else is in the batch, however it is
  /// padded, and however many threads run.
  encoded encode(const ragged_batch& batch, const encode_options& options = {}) const {
    return detail::unwrap(try_encode(batch, options));
  }
  /// encode() without exceptions.
  expected<encoded, error> try_encode(const ragged_batch& batch, const encode_options& options = {}) const {
    if (auto fits = batch.check(); !fits) return unexpected<error>(std::move(fits).error());
    return detail::encode_call(options).make(deberta_model_encode_ids, get(), batch.ids(), batch.token_type_ids(),
                                             batch.tokens(), batch.row_offsets(), batch.rows());
  }
  /// Encodes a padded batch of token ids.
  encoded encode(const padded_batch& batch, const encode_options& options = {}) const {
    return detail::unwrap(try_encode(batch, options));
  }
  /// The same without exceptions.
  expected<encoded, error> try_encode(const padded_batch& batch, const encode_options& options = {}) const {
    if (auto fits = batch.check(); !fits) return unexpected<error>(std::move(fits).error());
    return detail::encode_call(options).make(deberta_model_encode_padded, get(), batch.input_ids(),
                                             batch.attention_mask(), batch.token_type_ids(), batch.rows(),
                                             batch.length());
  }
  /// Encodes a padded batch of embeddings in the place of ids.
  encoded encode(const embedding_batch& batch, const encode_options& options = {}) const {
    return detail::unwrap(try_encode(batch, options));
  }
  /// The same without exceptions.
  expected<encoded, error> try_encode(const embedding_batch& batch, const encode_options& options = {}) const {
    if (auto fits = batch.check(); !fits) return unexpected<error>(std::move(fits).error());
    return detail::encode_call(options).make(deberta_model_encode_embeddings, get(), batch.embeddings(),
                                             batch.embedding_size(), batch.attention_mask(), batch.token_type_ids(),
                                             batch.rows(), batch.length());
  }
  /// Tokenizes texts and encodes them; encoded::tokenized() has the tokens.
  encoded encode(const texts& inputs, const encode_options& options = {}, const tokenize_options& tokenize = {}) const {
    return detail::unwrap(try_encode(inputs, options, tokenize));
  }
  /// The same without exceptions.
  expected<encoded, error> try_encode(const texts& inputs, const encode_options& options = {},
                                      const tokenize_options& tokenize = {}) const {
    const auto c_tokenize = detail::to_c(tokenize);
    return detail::encode_call(options).make(deberta_model_encode_texts, get(), inputs.data(), inputs.size(),
                                             &c_tokenize);
  }

  /// As encode(), with the last hidden state written to `values`, [tokens, hidden_size]; how many floats it wrote. The
  /// options may ask for nothing else.
  std::size_t encode_into(const ragged_batch& batch, span<float> values, const encode_options& options = {}) const {
    return detail::unwrap(try_encode_into(batch, values, options));
  }
  /// encode_into() without exceptions.
  expected<std::size_t, error> try_encode_into(const ragged_batch& batch, span<float> values,
                                               const encode_options& options = {}) const {
    if (auto fits = batch.check(); !fits) return unexpected<error>(std::move(fits).error());
    return detail::encode_call(options).fill(values, deberta_model_encode_ids_into, get(), batch.ids(),
                                             batch.token_type_ids(), batch.tokens(), batch.row_offsets(), batch.rows());
  }
  /// The same for a padded batch: [rows, length, hidden_size], where that of padding becomes 0.
  std::size_t encode_into(const padded_batch& batch, span<float> values, const encode_options& options = {}) const {
    return detail::unwrap(try_encode_into(batch, values, options));
  }
  /// The same without exceptions.
  expected<std::size_t, error> try_encode_into(const padded_batch& batch, span<float> values,
                                               const encode_options& options = {}) const {
    if (auto fits = batch.check(); !fits) return unexpected<error>(std::move(fits).error());
    return detail::encode_call(options).fill(values, deberta_model_encode_padded_into, get(), batch.input_ids(),
                                             batch.attention_mask(), batch.token_type_ids(), batch.rows(),
                                             batch.length());
  }
  /// The same for embeddings: [rows, length, hidden_size], where that of padding becomes 0.
  std::size_t encode_into(const embedding_batch& batch, span<float> values, const encode_options& options = {}) const {
    return detail::unwrap(try_encode_into(batch, values, options));
  }
  /// The same without exceptions.
  expected<std::size_t, error> try_encode_into(const embedding_batch& batch, span<float> values,
                                               const encode_options& options = {}) const {
    if (auto fits = batch.check(); !fits) return unexpected<error>(std::move(fits).error());
    return detail::encode_call(options).fill(values, deberta_model_encode_embeddings_into, get(), batch.embeddings(),
                                             batch.embedding_size(), batch.attention_mask(), batch.token_type_ids(),
                                             batch.rows(), batch.length());
  }

  /// Classifies texts with the model's sequence classification head. An answer is the same, bit for bit, as for the
  /// text alone; so it is for all tasks.
  std::vector<classification> classify(const texts& inputs, const classify_options& options = {}) const {
    return detail::unwrap(try_classify(inputs, options));
  }
  /// classify() without exceptions.
  expected<std::vector<classification>, error> try_classify(const texts& inputs,
                                                            const classify_options& options = {}) const {
    return detail::classify(get(), inputs, options);
  }

  /// Classifies texts by any labels, with a model that was trained on natural language inference.
  std::vector<classification> zero_shot(const texts& inputs, const texts& labels,
                                        const zero_shot_options& options = {}) const {
    return detail::unwrap(try_zero_shot(inputs, labels, options));
  }
  /// zero_shot() without exceptions.
  expected<std::vector<classification>, error> try_zero_shot(const texts& inputs, const texts& labels,
                                                             const zero_shot_options& options = {}) const {
    return detail::zero_shot(get(), inputs, labels, options);
  }

  /// Ranks documents by their score for a query, the highest first, with a model that has one label: rerankers, and
  /// reward models, which score answers to a prompt.
  std::vector<ranked_document> rank(std::string_view query, const texts& documents,
                                    const rank_options& options = {}) const {
    return detail::unwrap(try_rank(query, documents, options));
  }
  /// rank() without exceptions.
  expected<std::vector<ranked_document>, error> try_rank(std::string_view query, const texts& documents,
                                                         const rank_options& options = {}) const {
    return detail::rank(get(), query, documents, options);
  }

  /// Finds entities with the model's token classification head.
  std::vector<tagged_text> tag(const texts& inputs, const tag_options& options = {}) const {
    return detail::unwrap(try_tag(inputs, options));
  }
  /// tag() without exceptions.
  expected<std::vector<tagged_text>, error> try_tag(const texts& inputs, const tag_options& options = {}) const {
    return detail::tag(get(), inputs, options);
  }

  /// Finds the answers to questions, each a pair of the question and its context, with the model's question answering
  /// head.
  std::vector<answered_question> answer(const texts& questions, const answer_options& options = {}) const {
    return detail::unwrap(try_answer(questions, options));
  }
  /// answer() without exceptions.
  expected<std::vector<answered_question>, error> try_answer(const texts& questions,
                                                             const answer_options& options = {}) const {
    return detail::answer(get(), questions, options);
  }

  /// Fills each `[MASK]` of texts with the tokens that the model's masked language modelling head finds most probable,
  /// each as if it were the only one.
  std::vector<filled_text> fill_mask(const texts& inputs, const fill_mask_options& options = {}) const {
    return detail::unwrap(try_fill_mask(inputs, options));
  }
  /// fill_mask() without exceptions.
  expected<std::vector<filled_text>, error> try_fill_mask(const texts& inputs,
                                                          const fill_mask_options& options = {}) const {
    return detail::fill_mask(get(), inputs, options);
  }

  /// Chooses among texts that may follow a prompt, with the model's multiple choice head. The labels of the answer are
  /// the choices.
  classification choose(std::string_view prompt, const texts& choices, const choose_options& options = {}) const {
    return detail::unwrap(try_choose(prompt, choices, options));
  }
  /// choose() without exceptions.
  expected<classification, error> try_choose(std::string_view prompt, const texts& choices,
                                             const choose_options& options = {}) const {
    return detail::choose(get(), prompt, choices, options);
  }

  /// Embeds texts: one vector for each. Any model will do, whatever its head.
  embeddings embed(const texts& inputs, const embed_options& options = {}) const {
    return detail::unwrap(try_embed(inputs, options));
  }
  /// embed() without exceptions.
  expected<embeddings, error> try_embed(const texts& inputs, const embed_options& options = {}) const {
    return detail::embed(get(), inputs, options);
  }

  /// As embed(), with the vectors written to `values`, [texts, hidden_size]; how many floats it wrote.
  std::size_t embed_into(const texts& inputs, span<float> values, const embed_options& options = {}) const {
    return detail::unwrap(try_embed_into(inputs, values, options));
  }
  /// embed_into() without exceptions.
  expected<std::size_t, error> try_embed_into(const texts& inputs, span<float> values,
                                              const embed_options& options = {}) const {
    return detail::embed_into(get(), inputs, values, options);
  }

  /// Explains what the model makes of a text: how relevant each token is, and the attention of its layers.
  explanation explain(const text& input, const explain_options& options = {}) const {
    return detail::unwrap(try_explain(input, options));
  }
  /// explain() without exceptions.
  expected<explanation, error> try_explain(const text& input, const explain_options& options = {}) const {
    return detail::explain(get(), input, options);
  }

  /// The handle of the C interface; NULL after a move.
  const deberta_model* get() const noexcept { return handle_.get(); }

 private:
  detail::owner<deberta_model, deberta_model_free> handle_;
};

}  // namespace deberta
