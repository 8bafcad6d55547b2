/// @file
/// The choices of the C interface as scoped enumerations. Their numbers are the same; a newer library may return one
/// that has no name here.
#pragma once

#include <deberta.h>

#include <cstdint>
#include <string_view>

namespace deberta {

/// A promise about the error of results, not about instructions. The names are those of
/// torch.set_float32_matmul_precision.
enum class precision : std::int32_t {
  highest = DEBERTA_PRECISION_HIGHEST,  ///< As good as float32.
  high = DEBERTA_PRECISION_HIGH,        ///< Relative error of about 1e-5.
  medium = DEBERTA_PRECISION_MEDIUM,    ///< The error of bfloat16 products with float32 sums.
  int8 = DEBERTA_PRECISION_INT8,        ///< The error of 8-bit weights and activations.
};

/// A family of machine instructions.
enum class instruction_set : std::int32_t {
  automatic = DEBERTA_INSTRUCTION_SET_AUTO,             ///< The fastest there is; never a result.
  portable = DEBERTA_INSTRUCTION_SET_PORTABLE,          ///< What every machine of the architecture has.
  avx2 = DEBERTA_INSTRUCTION_SET_AVX2,                  ///< x86-64 with AVX2 and FMA.
  avx512 = DEBERTA_INSTRUCTION_SET_AVX512,              ///< x86-64 with AVX-512 F, BW, DQ and VL.
  avx512_vnni = DEBERTA_INSTRUCTION_SET_AVX512_VNNI,    ///< avx512 with VNNI.
  avx512_bf16 = DEBERTA_INSTRUCTION_SET_AVX512_BF16,    ///< avx512_vnni with BF16.
  amx = DEBERTA_INSTRUCTION_SET_AMX,                    ///< avx512_bf16 with AMX tiles of bfloat16 and bytes.
  neon = DEBERTA_INSTRUCTION_SET_NEON,                  ///< AArch64 with NEON.
  neon_dotprod = DEBERTA_INSTRUCTION_SET_NEON_DOTPROD,  ///< neon with dot products of bytes.
  neon_bf16 = DEBERTA_INSTRUCTION_SET_NEON_BF16,        ///< neon_dotprod with dot products of bfloat16.
};

/// The name of an instruction set as the environment variable DEBERTA_ISA takes it; empty for one that the library does
/// not know.
inline std::string_view name(instruction_set set) noexcept {
  const deberta_string text = deberta_instruction_set_name(static_cast<std::int32_t>(set));
  return {text.data, text.length};
}

/// How weight files get into memory.
enum class load_mode : std::int32_t {
  memory_map = DEBERTA_LOAD_MODE_MEMORY_MAP,  ///< Map the files, which must not change while the model is open.
  copy = DEBERTA_LOAD_MODE_COPY,              ///< Read the files into memory.
};

/// Whose behaviour a tokenizer follows where the two differ.
enum class tokenizer_mode : std::int32_t {
  automatic = DEBERTA_TOKENIZER_MODE_AUTO,                 ///< SentencePiece for Keras presets, Hugging Face otherwise.
  hugging_face = DEBERTA_TOKENIZER_MODE_HUGGING_FACE,      ///< Hugging Face's `tokenizer.json`.
  sentence_piece = DEBERTA_TOKENIZER_MODE_SENTENCE_PIECE,  ///< SentencePiece itself.
};

/// What to do with an input of more tokens than the limit. Tokens are always cut off at the end of a text.
enum class truncation : std::int32_t {
  error = DEBERTA_TRUNCATION_ERROR,  ///< Refuse it with status::too_long.
  longest_first =
      DEBERTA_TRUNCATION_LONGEST_FIRST,          ///< Shorten the longer text until both are equally long, then both.
  only_first = DEBERTA_TRUNCATION_ONLY_FIRST,    ///< Shorten the first text only.
  only_second = DEBERTA_TRUNCATION_ONLY_SECOND,  ///< Shorten the second text only.
  round_robin = DEBERTA_TRUNCATION_ROUND_ROBIN,  ///< Give room to the texts one token at a time in turn.
  waterfall = DEBERTA_TRUNCATION_WATERFALL,      ///< Give all room to the first text, what it leaves to the second.
};

/// The task head on top of the encoder.
enum class head : std::int32_t {
  none = DEBERTA_HEAD_NONE,                                        ///< None, or none that this version computes.
  sequence_classification = DEBERTA_HEAD_SEQUENCE_CLASSIFICATION,  ///< One row of logits for each text.
  token_classification = DEBERTA_HEAD_TOKEN_CLASSIFICATION,        ///< One row of logits for each token.
  question_answering = DEBERTA_HEAD_QUESTION_ANSWERING,            ///< A start and an end logit for each token.
  masked_language_modeling =
      DEBERTA_HEAD_MASKED_LANGUAGE_MODELING,       ///< For each token, one logit for each vocabulary entry.
  multiple_choice = DEBERTA_HEAD_MULTIPLE_CHOICE,  ///< One logit for each choice.
};

/// What the configuration says about the logits of a classifier.
enum class problem_type : std::int32_t {
  unspecified = DEBERTA_PROBLEM_TYPE_UNSPECIFIED,    ///< Nothing.
  regression = DEBERTA_PROBLEM_TYPE_REGRESSION,      ///< The logits are the answer.
  single_label = DEBERTA_PROBLEM_TYPE_SINGLE_LABEL,  ///< Exactly one label holds: softmax over the logits.
  multi_label = DEBERTA_PROBLEM_TYPE_MULTI_LABEL,    ///< Every label holds or not on its own: sigmoid of each logit.
};

/// How relevant a token is.
enum class relevance : std::int32_t {
  rollout = DEBERTA_RELEVANCE_ROLLOUT,      ///< How much of what reaches the first token comes from each; sums to 1.
  occlusion = DEBERTA_RELEVANCE_OCCLUSION,  ///< How much the label's logit falls when the token is masked.
};

/// How important a log message is.
enum class log_level : std::int32_t {
  off = DEBERTA_LOG_LEVEL_OFF,      ///< Nothing is logged.
  error = DEBERTA_LOG_LEVEL_ERROR,  ///< Something failed that no status tells.
  warn = DEBERTA_LOG_LEVEL_WARN,    ///< Something is probably not as intended.
  info = DEBERTA_LOG_LEVEL_INFO,    ///< What happened, a line for each model opened.
  debug = DEBERTA_LOG_LEVEL_DEBUG,  ///< The same in detail.
  trace = DEBERTA_LOG_LEVEL_TRACE,  ///< Everything.
};

/// What opening a model is busy with, in this order; a stage may be left out.
enum class open_stage : std::int32_t {
  checkpoint = DEBERTA_OPEN_STAGE_CHECKPOINT,  ///< Reading the configuration, finding the tensors.
  tokenizer = DEBERTA_OPEN_STAGE_TOKENIZER,    ///< Reading the tokenizer.
  packing = DEBERTA_OPEN_STAGE_PACKING,        ///< Packing weights for the kernels.
  mapping = DEBERTA_OPEN_STAGE_MAPPING,        ///< Mapping weights that are packed.
};

/// The element type of a model's weights.
enum class weight_type : std::int32_t {
  float32 = DEBERTA_WEIGHT_TYPE_FLOAT32,    ///< 32-bit IEEE 754.
  float16 = DEBERTA_WEIGHT_TYPE_FLOAT16,    ///< 16-bit IEEE 754.
  bfloat16 = DEBERTA_WEIGHT_TYPE_BFLOAT16,  ///< The upper half of a float32.
};

/// What is made of logits.
enum class score_function : std::int32_t {
  configured = DEBERTA_SCORE_FUNCTION_CONFIGURED,  ///< What the configuration says.
  softmax = DEBERTA_SCORE_FUNCTION_SOFTMAX,        ///< A probability for each label, which sum to 1.
  sigmoid = DEBERTA_SCORE_FUNCTION_SIGMOID,        ///< A probability for each label on its own.
  identity = DEBERTA_SCORE_FUNCTION_IDENTITY,      ///< The logits themselves.
};

/// How the windows of a long text become one answer.
enum class window_merge : std::int32_t {
  usual = DEBERTA_WINDOW_MERGE_USUAL,  ///< What the task does unless told otherwise.
  mean = DEBERTA_WINDOW_MERGE_MEAN,    ///< The mean of the windows' logits: what the text says on the whole.
  max = DEBERTA_WINDOW_MERGE_MAX,      ///< The largest logit of any window: whether the text says it anywhere.
};

/// How the hidden states of a text's tokens become one vector. Special tokens count like all others.
enum class pooling : std::int32_t {
  mean = DEBERTA_POOLING_MEAN,  ///< The mean over the tokens.
  cls = DEBERTA_POOLING_CLS,    ///< The first token; the mean of the first tokens of the windows.
  max = DEBERTA_POOLING_MAX,    ///< The largest value of any token, for each dimension.
};

/// How tokens become entities; the names and rules are those of transformers' token classification pipeline.
enum class aggregation : std::int32_t {
  none = DEBERTA_AGGREGATION_NONE,        ///< Every token on its own, with its label as the model names it.
  simple = DEBERTA_AGGREGATION_SIMPLE,    ///< Neighbouring tokens whose labels continue each other are one entity.
  first = DEBERTA_AGGREGATION_FIRST,      ///< By words: a word has the label and score of its first token.
  average = DEBERTA_AGGREGATION_AVERAGE,  ///< By words: scores are averaged over the word's tokens.
  max = DEBERTA_AGGREGATION_MAX,          ///< By words: a word has the label of its token with the highest score.
};

}  // namespace deberta
