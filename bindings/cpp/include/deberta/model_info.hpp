/// @file
/// What a model consists of and runs with.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "detail/call.hpp"

namespace deberta {

/// A weight file that a model was opened from.
struct weight_file {
  std::filesystem::path path;  ///< Where it is.
  std::uint64_t bytes;         ///< Its size.
};

/// What a model consists of and runs with. Names are those of `config.json` where the number is from there.
struct model_info {
  std::uint64_t parameters;             ///< Weights in the tensors that the model uses.
  std::uint64_t packed_bytes;           ///< Bytes of weights packed for the kernels, in private memory.
  std::uint64_t mapped_bytes;           ///< Bytes of packed weights that are mapped from a file; 0 without.
  std::size_t threads;                  ///< Threads that work on one forward pass.
  std::size_t vocab_size;               ///< Rows of the word embedding table; token ids are below it.
  std::size_t hidden_size;              ///< Length of a hidden state.
  std::size_t embedding_size;           ///< Length of a row of the word embedding table.
  std::size_t num_hidden_layers;        ///< Transformer layers; of hidden states there is one more, the embeddings'.
  std::size_t num_attention_heads;      ///< Number of attention heads.
  std::size_t intermediate_size;        ///< Length of the feed-forward layer's inner vector.
  std::size_t max_position_embeddings;  ///< The longest row that the model was made for.
  std::size_t type_vocab_size;          ///< Token types; 0 if the model has none and ignores them.
  std::uint32_t pad_token_id;           ///< Token id of padding.
  bool position_biased_input;           ///< Whether the model has absolute positions, which limit the length of rows.
  bool has_tokenizer;                   ///< Whether the model has a tokenizer.
  deberta::head head;                   ///< The head that was loaded.
  deberta::problem_type problem_type;   ///< What the logits of a classifier mean.
  deberta::precision precision;         ///< The one that was asked for.
  deberta::instruction_set instruction_set;  ///< The one in use.
  std::string tensor_prefix;                 ///< What the names of the encoder's tensors start with.
  std::vector<std::string> labels;           ///< The names of the labels.
  std::vector<weight_file> files;            ///< The weight files.
};

namespace detail {

inline expected<model_info, error> read_info(const deberta_model* model) {
  auto found = get_struct<deberta_model_info>(deberta_model_get_info, model);
  if (!found) return unexpected<error>(std::move(found).error());
  model_info info{found->parameters,
                  found->packed_bytes,
                  found->mapped_bytes,
                  found->threads,
                  found->vocab_size,
                  found->hidden_size,
                  found->embedding_size,
                  found->num_hidden_layers,
                  found->num_attention_heads,
                  found->intermediate_size,
                  found->max_position_embeddings,
                  found->type_vocab_size,
                  found->pad_token_id,
                  found->position_biased_input != 0,
                  found->has_tokenizer != 0,
                  static_cast<head>(found->head),
                  static_cast<problem_type>(found->problem_type),
                  static_cast<precision>(found->precision),
                  static_cast<instruction_set>(found->instruction_set),
                  std::string(view(deberta_model_tensor_prefix(model))),
                  {},
                  {}};
  for (std::size_t index = 0; index < found->num_labels; ++index) {
    info.labels.emplace_back(view(unwrap(get<deberta_string>(deberta_model_label, model, index))));
  }
  for (std::size_t index = 0; index < found->files; ++index) {
    const char* path = nullptr;
    std::uint64_t bytes = 0;
    unwrap(call(deberta_model_file, model, index, &path, &bytes));
    info.files.push_back({path, bytes});
  }
  return info;
}

}  // namespace detail

}  // namespace deberta
