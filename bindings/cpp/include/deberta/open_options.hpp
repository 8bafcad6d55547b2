/// @file
/// How to open a model.
#pragma once

#include <deberta.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "choices.hpp"
#include "detail/call.hpp"
#include "detail/path.hpp"
#include "run_options.hpp"

namespace deberta {

/// How far opening a model is.
struct open_progress {
  open_stage stage;           ///< What it is busy with.
  std::uint64_t bytes;        ///< Stored bytes of weights that are done; 0 before weights are read.
  std::uint64_t total_bytes;  ///< All stored bytes of weights; 0 before weights are read.
};

/// How to open a model.
struct open_options {
  /// The error that results may have.
  deberta::precision precision = deberta::precision::highest;
  /// The instructions to use. The environment variable DEBERTA_ISA overrides this. Opening fails without them.
  deberta::instruction_set instruction_set = deberta::instruction_set::automatic;
  /// Whether weight files are mapped or copied into memory.
  deberta::load_mode load_mode = deberta::load_mode::memory_map;
  /// Whose behaviour the tokenizer follows.
  deberta::tokenizer_mode tokenizer_mode = deberta::tokenizer_mode::automatic;
  /// Threads that work on one forward pass, the caller included; 0 for one for each available processor.
  std::uint32_t threads = 0;
  /// What the names of the encoder's tensors start with; found out, if not set.
  std::optional<std::string> tensor_prefix{};
  /// Where packed weights are kept, so that opening is fast and processes share the memory; empty for nowhere.
  std::filesystem::path packed_cache_directory{};
  /// Set to open the model with random weights that depend on this seed, in place of the folder's.
  std::optional<std::uint64_t> random_seed{};
  /// Receives how far opening is, on its thread, and returns whether to go on; false ends it with status::cancelled.
  /// What it throws ends opening, too, and comes out of it, also out of functions that start with try_.
  std::function<bool(const open_progress&)> progress{};
};

/// A model's sizes, as the constructor of Keras' DebertaV3Backbone takes them.
struct backbone_config {
  std::uint64_t vocabulary_size;             ///< Rows of the token embedding.
  std::uint64_t num_layers;                  ///< Number of transformer layers.
  std::uint64_t num_heads;                   ///< Number of attention heads; divides hidden_dim.
  std::uint64_t hidden_dim;                  ///< Length of a hidden state.
  std::uint64_t intermediate_dim;            ///< Length of the feed-forward layer's inner vector.
  std::uint64_t max_sequence_length = 512;   ///< Distance from which on relative positions are not told apart.
  std::uint64_t bucket_size = 256;           ///< Number of buckets for distances to one side.
  weight_type dtype = weight_type::float32;  ///< What the weights are rounded to.
};

namespace detail {

/// The options in C, for as long as opening runs.
class open_call {
 public:
  explicit open_call(const open_options& options) : observer_(options.progress) {
    value_.precision = static_cast<std::int32_t>(options.precision);
    value_.instruction_set = static_cast<std::int32_t>(options.instruction_set);
    value_.load_mode = static_cast<std::int32_t>(options.load_mode);
    value_.tokenizer_mode = static_cast<std::int32_t>(options.tokenizer_mode);
    value_.threads = options.threads;
    if (options.tensor_prefix) {
      value_.tensor_prefix = options.tensor_prefix->c_str();
      value_.tensor_prefix_length = options.tensor_prefix->size();
    }
    value_.random_weights = options.random_seed ? 1 : 0;
    value_.random_seed = options.random_seed.value_or(0);
    if (options.progress) {
      value_.open_callback = [](void* data, std::int32_t stage, std::uint64_t bytes,
                                std::uint64_t total_bytes) noexcept {
        return static_cast<observer<open_progress>*>(data)->notify(
            {static_cast<open_stage>(stage), bytes, total_bytes});
      };
      value_.open_callback_data = &observer_;
    }
    if (auto directory = path_name(options.packed_cache_directory)) {
      packed_cache_directory_ = *std::move(directory);
      if (!packed_cache_directory_.empty()) value_.packed_cache_directory = packed_cache_directory_.c_str();
    } else {
      refused_ = std::move(directory).error();
    }
  }
  open_call(const open_call&) = delete;
  open_call& operator=(const open_call&) = delete;

  /// The owner of the handle that `function` makes of `arguments` and the options.
  template <typename Owner, typename Function, typename... Arguments>
  expected<Owner, error> make(Function function, Arguments... arguments) const {
    if (refused_) return unexpected<error>(*refused_);
    auto owner = detail::make<Owner>(function, arguments..., &value_);
    observer_.rethrow();
    return owner;
  }

 private:
  observer<open_progress> observer_;
  std::string packed_cache_directory_;
  // No expected, which is another type in other versions of the language, as members must not be.
  std::optional<error> refused_;
  deberta_open_options value_ = sized<deberta_open_options>();
};

}  // namespace detail

}  // namespace deberta
