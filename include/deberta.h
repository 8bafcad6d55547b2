/*
 * libdeberta: DeBERTa v2/v3 without a framework.
 *
 * Open a model folder, encode, free:
 *
 *     deberta_model *model = NULL;
 *     deberta_error *error = NULL;
 *     if (deberta_model_open("models/code-language", NULL, &model, &error) != DEBERTA_STATUS_OK) {
 *       fprintf(stderr, "%s\n", deberta_error_message(error).data);
 *       deberta_error_free(error);
 *       return 1;
 *     }
 *     deberta_text text = {"fn main() {}", 12, NULL, 0};
 *     deberta_encoded *encoded = NULL;
 *     if (deberta_model_encode_texts(model, &text, 1, NULL, NULL, &encoded, NULL) == DEBERTA_STATUS_OK) {
 *       const float *values;
 *       size_t length;
 *       deberta_encoded_last_hidden_state(encoded, &values, &length, NULL);
 *     }
 *     deberta_encoded_free(encoded);
 *     deberta_model_free(model);
 *
 * Errors. A function that can fail returns a deberta_status, 0 if all went well. Its last parameter takes the address of
 * a deberta_error *, or NULL: on failure an error that the caller frees is stored there, whatever was in it before. All
 * other outputs are written on success only; the one exception is the length that a buffer needs. A NULL that is not
 * allowed is an error, never a crash. What cannot be checked is up to the caller: every other pointer must be valid, for
 * as many elements as its length says, during the call, and handles must not be used after they were freed.
 *
 * Threads. A function that takes a const handle may be called from several threads at once on that handle, without a
 * lock. Nothing is bound to a thread: an error, a result or a model may be used and freed on another thread than the one
 * that made it. *_free() takes NULL; it must not run while another call uses the handle.
 *
 * Memory. Every handle that comes out of a function through a pointer without const belongs to the caller and is freed
 * by the *_free() of its type. Everything const belongs to a handle and lives as long as that. Buffers of the caller
 * come with their capacity in elements: with too little, nothing is written but the length that is needed, so that a
 * call with NULL and 0 asks for it. Texts are UTF-8 with their length in bytes; paths end with a NUL.
 *
 * Versions. Structs that may grow start with struct_size; their *_init() sets it, and all else to 0, which is the
 * default. A shorter struct than the library's is completed with zeros; a longer one is refused only if it sets what the
 * library does not know. Choices cross as integers, and unknown ones are refused. Functions, fields and numbers are only
 * ever added as long as DEBERTA_ABI_VERSION stays; the library's file name has that number.
 *
 * Generated from src/capi by cbindgen; to regenerate: UPDATE_HEADER=1 cargo test --test header up_to_date
 */


#ifndef DEBERTA_H
#define DEBERTA_H

#include <stddef.h>
#include <stdint.h>


/**
 * First part of the version that this header belongs to.
 */
#define DEBERTA_VERSION_MAJOR 0

/**
 * Second part of the version that this header belongs to.
 */
#define DEBERTA_VERSION_MINOR 1

/**
 * Third part of the version that this header belongs to.
 */
#define DEBERTA_VERSION_PATCH 0

/**
 * The version of the binary interface that this header describes; the number in the name libdeberta.so.0. It only
 * changes when programs must be recompiled.
 */
#define DEBERTA_ABI_VERSION 0

/**
 * What a function returns: 0, or what kind of thing went wrong. The numbers never change and are never reused; a newer
 * library may return numbers that are not in this header.
 */
enum deberta_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * All went well.
   */
  DEBERTA_STATUS_OK = 0,
  /**
   * An argument does not fit the function's contract: NULL, a wrong length, an id out of range, an empty row, …
   */
  DEBERTA_STATUS_INVALID_ARGUMENT = 1,
  /**
   * A file or folder that is needed does not exist.
   */
  DEBERTA_STATUS_NOT_FOUND = 2,
  /**
   * The operating system refused to open, read or map a file.
   */
  DEBERTA_STATUS_IO = 3,
  /**
   * `config.json` is not JSON, or holds an inconsistent or unsupported value.
   */
  DEBERTA_STATUS_INVALID_CONFIG = 4,
  /**
   * A weight file is damaged, or its tensors are missing or have the wrong shape or type.
   */
  DEBERTA_STATUS_INVALID_CHECKPOINT = 5,
  /**
   * The tokenizer file is damaged or of a kind that this library does not read.
   */
  DEBERTA_STATUS_INVALID_TOKENIZER = 6,
  /**
   * The request is well formed, but this model or this build cannot serve it.
   */
  DEBERTA_STATUS_UNSUPPORTED = 7,
  /**
   * The input has more tokens than the model or the caller's limit allows.
   */
  DEBERTA_STATUS_TOO_LONG = 8,
  /**
   * Memory for weights or scratch could not be had.
   */
  DEBERTA_STATUS_OUT_OF_MEMORY = 9,
  /**
   * A fault of the library itself; please report it.
   */
  DEBERTA_STATUS_INTERNAL = 10,
  /**
   * The caller's buffer cannot hold the result; the length that is needed was returned.
   */
  DEBERTA_STATUS_BUFFER_TOO_SMALL = 11,
  /**
   * A text is not UTF-8.
   */
  DEBERTA_STATUS_INVALID_UTF8 = 12,
  /**
   * The caller cancelled the work.
   */
  DEBERTA_STATUS_CANCELLED = 13,
  /**
   * The call's time was over before there was an answer.
   */
  DEBERTA_STATUS_DEADLINE_EXCEEDED = 14,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_status deberta_status;
#else
typedef int32_t deberta_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A promise about the error of results, not about instructions. The names are those of
 * torch.set_float32_matmul_precision.
 */
enum deberta_precision
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * As good as float32: error against a float64 reference like that of PyTorch float32. The default.
   */
  DEBERTA_PRECISION_HIGHEST = 0,
  /**
   * Relative error of about 1e-5.
   */
  DEBERTA_PRECISION_HIGH = 1,
  /**
   * The error of bfloat16 products with float32 sums.
   */
  DEBERTA_PRECISION_MEDIUM = 2,
  /**
   * The error of 8-bit weights and activations.
   */
  DEBERTA_PRECISION_INT8 = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_precision deberta_precision;
#else
typedef int32_t deberta_precision;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A family of machine instructions.
 */
enum deberta_instruction_set
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The fastest there is. The default; never a result.
   */
  DEBERTA_INSTRUCTION_SET_AUTO = 0,
  /**
   * What every machine of the target architecture has.
   */
  DEBERTA_INSTRUCTION_SET_PORTABLE = 1,
  /**
   * x86-64 with AVX2 and FMA.
   */
  DEBERTA_INSTRUCTION_SET_AVX2 = 2,
  /**
   * x86-64 with AVX-512 F, BW, DQ and VL.
   */
  DEBERTA_INSTRUCTION_SET_AVX512 = 3,
  /**
   * AArch64 with NEON.
   */
  DEBERTA_INSTRUCTION_SET_NEON = 4,
  /**
   * DEBERTA_INSTRUCTION_SET_AVX512 with VNNI.
   */
  DEBERTA_INSTRUCTION_SET_AVX512_VNNI = 5,
  /**
   * DEBERTA_INSTRUCTION_SET_AVX512_VNNI with BF16.
   */
  DEBERTA_INSTRUCTION_SET_AVX512_BF16 = 6,
  /**
   * DEBERTA_INSTRUCTION_SET_NEON with dot products of bytes.
   */
  DEBERTA_INSTRUCTION_SET_NEON_DOTPROD = 7,
  /**
   * DEBERTA_INSTRUCTION_SET_NEON_DOTPROD with dot products of bfloat16.
   */
  DEBERTA_INSTRUCTION_SET_NEON_BF16 = 8,
  /**
   * DEBERTA_INSTRUCTION_SET_AVX512_BF16 with AMX tiles of bfloat16 and bytes.
   */
  DEBERTA_INSTRUCTION_SET_AMX = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_instruction_set deberta_instruction_set;
#else
typedef int32_t deberta_instruction_set;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How weight files get into memory.
 */
enum deberta_load_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Map the files: pages are read when first used, and shared between processes. The files must not change while the
   * model is open; replacing one by renaming another over it is safe, truncating it in place is not. The default.
   */
  DEBERTA_LOAD_MODE_MEMORY_MAP = 0,
  /**
   * Read the files into memory, so that nothing that happens to them afterwards matters.
   */
  DEBERTA_LOAD_MODE_COPY = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_load_mode deberta_load_mode;
#else
typedef int32_t deberta_load_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whose behaviour a tokenizer follows where the two differ: in what no piece of the vocabulary spells, in the
 * normalization of some character sequences, and in special tokens that are written in a text.
 */
enum deberta_tokenizer_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * SentencePiece for Keras presets, Hugging Face for all others. The default.
   */
  DEBERTA_TOKENIZER_MODE_AUTO = 0,
  /**
   * Hugging Face's `tokenizer.json`, or the one that its conversion makes of a SentencePiece model.
   */
  DEBERTA_TOKENIZER_MODE_HUGGING_FACE = 1,
  /**
   * SentencePiece itself, whether there is a `tokenizer.json` or not.
   */
  DEBERTA_TOKENIZER_MODE_SENTENCE_PIECE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_tokenizer_mode deberta_tokenizer_mode;
#else
typedef int32_t deberta_tokenizer_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What to do with an input of more tokens than the limit. Tokens are always cut off at the end of a text.
 */
enum deberta_truncation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Refuse it with #DEBERTA_STATUS_TOO_LONG. The default.
   */
  DEBERTA_TRUNCATION_ERROR = 0,
  /**
   * Shorten the longer text until both are equally long, then both.
   */
  DEBERTA_TRUNCATION_LONGEST_FIRST = 1,
  /**
   * Shorten the first text only.
   */
  DEBERTA_TRUNCATION_ONLY_FIRST = 2,
  /**
   * Shorten the second text only.
   */
  DEBERTA_TRUNCATION_ONLY_SECOND = 3,
  /**
   * Give room to the texts one token at a time in turn, the first text first; what Keras does unless told otherwise.
   */
  DEBERTA_TRUNCATION_ROUND_ROBIN = 4,
  /**
   * Give all room to the first text, and what it leaves to the second, as Keras can.
   */
  DEBERTA_TRUNCATION_WATERFALL = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_truncation deberta_truncation;
#else
typedef int32_t deberta_truncation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What to return beside the last hidden state: bits to combine with |.
 */
enum deberta_output
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The hidden states of the embeddings and of every layer.
   */
  DEBERTA_OUTPUT_HIDDEN_STATES = 1,
  /**
   * The attention probabilities of every layer.
   */
  DEBERTA_OUTPUT_ATTENTIONS = 2,
  /**
   * The head's logits, if the model has a head.
   */
  DEBERTA_OUTPUT_LOGITS = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_output deberta_output;
#else
typedef int32_t deberta_output;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The task head on top of the encoder.
 */
enum deberta_head
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The model has no head, or none that this version computes.
   */
  DEBERTA_HEAD_NONE = 0,
  /**
   * One row of logits for each text: [rows, labels].
   */
  DEBERTA_HEAD_SEQUENCE_CLASSIFICATION = 1,
  /**
   * One row of logits for each token: [tokens, labels].
   */
  DEBERTA_HEAD_TOKEN_CLASSIFICATION = 2,
  /**
   * A start and an end logit for each token.
   */
  DEBERTA_HEAD_QUESTION_ANSWERING = 3,
  /**
   * One logit for each vocabulary entry, for each token.
   */
  DEBERTA_HEAD_MASKED_LANGUAGE_MODELING = 4,
  /**
   * One logit for each choice.
   */
  DEBERTA_HEAD_MULTIPLE_CHOICE = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_head deberta_head;
#else
typedef int32_t deberta_head;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What the configuration says about the logits of a classifier.
 */
enum deberta_problem_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It says nothing.
   */
  DEBERTA_PROBLEM_TYPE_UNSPECIFIED = 0,
  /**
   * The logits are the answer.
   */
  DEBERTA_PROBLEM_TYPE_REGRESSION = 1,
  /**
   * Exactly one label holds: softmax over the logits.
   */
  DEBERTA_PROBLEM_TYPE_SINGLE_LABEL = 2,
  /**
   * Every label holds or not on its own: sigmoid of each logit.
   */
  DEBERTA_PROBLEM_TYPE_MULTI_LABEL = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_problem_type deberta_problem_type;
#else
typedef int32_t deberta_problem_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How relevant a token is.
 */
enum deberta_relevance
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Attention rollout: how much of what reaches the first token comes from each token, through the attention of all layers.
   * Values are not negative and sum to 1. For every model; knows nothing of labels.
   */
  DEBERTA_RELEVANCE_ROLLOUT = 0,
  /**
   * How much the label's logit falls when the token is replaced by `[MASK]`. For sequence classifiers; reads the text once
   * more for each of its tokens.
   */
  DEBERTA_RELEVANCE_OCCLUSION = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_relevance deberta_relevance;
#else
typedef int32_t deberta_relevance;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How important a message is.
 */
enum deberta_log_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing is logged.
   */
  DEBERTA_LOG_LEVEL_OFF = 0,
  /**
   * Something failed that no status tells.
   */
  DEBERTA_LOG_LEVEL_ERROR = 1,
  /**
   * Something is probably not as intended.
   */
  DEBERTA_LOG_LEVEL_WARN = 2,
  /**
   * What happened, a line for each model opened.
   */
  DEBERTA_LOG_LEVEL_INFO = 3,
  /**
   * The same in detail.
   */
  DEBERTA_LOG_LEVEL_DEBUG = 4,
  /**
   * Everything.
   */
  DEBERTA_LOG_LEVEL_TRACE = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_log_level deberta_log_level;
#else
typedef int32_t deberta_log_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What opening a model is busy with, in this order; a stage may be left out.
 */
enum deberta_open_stage
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Reading the configuration, opening the weight files and finding the tensors.
   */
  DEBERTA_OPEN_STAGE_CHECKPOINT = 1,
  /**
   * Reading the tokenizer.
   */
  DEBERTA_OPEN_STAGE_TOKENIZER = 2,
  /**
   * Packing weights for the kernels.
   */
  DEBERTA_OPEN_STAGE_PACKING = 3,
  /**
   * Mapping weights that are packed.
   */
  DEBERTA_OPEN_STAGE_MAPPING = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_open_stage deberta_open_stage;
#else
typedef int32_t deberta_open_stage;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The element type of a model's weights.
 */
enum deberta_weight_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * 32-bit IEEE 754. The default.
   */
  DEBERTA_WEIGHT_TYPE_FLOAT32 = 0,
  /**
   * 16-bit IEEE 754.
   */
  DEBERTA_WEIGHT_TYPE_FLOAT16 = 1,
  /**
   * The upper half of a float32.
   */
  DEBERTA_WEIGHT_TYPE_BFLOAT16 = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_weight_type deberta_weight_type;
#else
typedef int32_t deberta_weight_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is made of logits.
 */
enum deberta_score_function
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * What the configuration says. The default.
   */
  DEBERTA_SCORE_FUNCTION_CONFIGURED = 0,
  /**
   * A probability for each label, which sum to 1.
   */
  DEBERTA_SCORE_FUNCTION_SOFTMAX = 1,
  /**
   * A probability for each label on its own.
   */
  DEBERTA_SCORE_FUNCTION_SIGMOID = 2,
  /**
   * The logits themselves.
   */
  DEBERTA_SCORE_FUNCTION_IDENTITY = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_score_function deberta_score_function;
#else
typedef int32_t deberta_score_function;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How the windows of a long text become one answer.
 */
enum deberta_window_merge
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * What the task does unless told otherwise. The default.
   */
  DEBERTA_WINDOW_MERGE_USUAL = 0,
  /**
   * The mean of the windows' logits: what the text says on the whole.
   */
  DEBERTA_WINDOW_MERGE_MEAN = 1,
  /**
   * The largest logit of any window: whether the text says it anywhere.
   */
  DEBERTA_WINDOW_MERGE_MAX = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_window_merge deberta_window_merge;
#else
typedef int32_t deberta_window_merge;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How the hidden states of a text's tokens become one vector. Special tokens count like all others.
 */
enum deberta_pooling
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The mean over the tokens. Of a text in windows, a token counts as often as there are windows that it is in. The
   * default.
   */
  DEBERTA_POOLING_MEAN = 0,
  /**
   * The first token; the mean of the first tokens of the windows.
   */
  DEBERTA_POOLING_CLS = 1,
  /**
   * The largest value of any token, for each dimension.
   */
  DEBERTA_POOLING_MAX = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_pooling deberta_pooling;
#else
typedef int32_t deberta_pooling;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How tokens become entities; the names and rules are those of transformers' token classification pipeline.
 */
enum deberta_aggregation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Every token on its own, with its label as the model names it. The default.
   */
  DEBERTA_AGGREGATION_NONE = 0,
  /**
   * Neighbouring tokens whose labels continue each other are one entity.
   */
  DEBERTA_AGGREGATION_SIMPLE = 1,
  /**
   * As #DEBERTA_AGGREGATION_SIMPLE, by words: a word has the label and the score of its first token.
   */
  DEBERTA_AGGREGATION_FIRST = 2,
  /**
   * As #DEBERTA_AGGREGATION_SIMPLE, by words: the scores of a word's tokens are averaged for each label, and the
   * highest is the word's.
   */
  DEBERTA_AGGREGATION_AVERAGE = 3,
  /**
   * As #DEBERTA_AGGREGATION_SIMPLE, by words: a word has the label and the score of the token with the highest
   * score.
   */
  DEBERTA_AGGREGATION_MAX = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum deberta_aggregation deberta_aggregation;
#else
typedef int32_t deberta_aggregation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The answers to questions. Owned by the caller, immutable and independent of the model: every function that takes a
 * `const deberta_answers *` may be called from several threads at once on one of them.
 */
typedef struct deberta_answers deberta_answers;

/**
 * Stops calls that were given it, once and for all. Owned by the caller; every function that takes a
 * `const deberta_cancellation *` may be called from several threads at once on one of them.
 */
typedef struct deberta_cancellation deberta_cancellation;

/**
 * The labels of texts, one answer for each text. Owned by the caller, immutable and independent of the model:
 * every function that takes a `const deberta_classifications *` may be called from several threads at once on one of
 * them.
 */
typedef struct deberta_classifications deberta_classifications;

/**
 * The vectors of texts. Owned by the caller, immutable and independent of the model: every function that takes a
 * `const deberta_embeddings *` may be called from several threads at once on one of them.
 */
typedef struct deberta_embeddings deberta_embeddings;

/**
 * The encoded rows of a batch, ragged: only valid tokens, row after row. Owned by the caller, immutable and independent
 * of the model: every function that takes a `const deberta_encoded *` may be called from several threads at once on one
 * result.
 */
typedef struct deberta_encoded deberta_encoded;

/**
 * Why a call failed: status, message and cause. Owned by the caller, immutable, not bound to a thread and independent
 * of all other handles. A `const deberta_error *` may be used from several threads at once.
 */
typedef struct deberta_error deberta_error;

/**
 * What a model did with a text. Owned by the caller, immutable and independent of the model: every function that takes a
 * `const deberta_explanation *` may be called from several threads at once on one of them.
 */
typedef struct deberta_explanation deberta_explanation;

/**
 * The masks of texts, filled. Owned by the caller, immutable and independent of the model: every function that takes a
 * `const deberta_filled_masks *` may be called from several threads at once on one of them.
 */
typedef struct deberta_filled_masks deberta_filled_masks;

/**
 * A model: configuration, tokenizer, encoder and head. It never changes: every function that takes a
 * `const deberta_model *` may be called from several threads at once on one model, without a lock.
 */
typedef struct deberta_model deberta_model;

/**
 * Documents from the highest score to the lowest. Owned by the caller, immutable and independent of the model: every
 * function that takes a `const deberta_ranking *` may be called from several threads at once on one of them.
 */
typedef struct deberta_ranking deberta_ranking;

/**
 * The entities of texts. Owned by the caller, immutable and independent of the model: every function that takes a
 * `const deberta_tagged *` may be called from several threads at once on one of them.
 */
typedef struct deberta_tagged deberta_tagged;

/**
 * The tokens of one input. Immutable and independent of the tokenizer: every function that takes a
 * `const deberta_tokenized *` may be called from several threads at once on one of them.
 *
 * Offsets are positions in the caller's own text, before any normalization: in `text` for tokens with sequence id 0, in
 * `pair` for those with sequence id 1, and 0 to 0 for the special tokens that were added. They include the space before
 * a word where the token does.
 */
typedef struct deberta_tokenized deberta_tokenized;

/**
 * A tokenizer: text to ids and back. It never changes: every function that takes a `const deberta_tokenizer *` may be
 * called from several threads at once on one tokenizer.
 */
typedef struct deberta_tokenizer deberta_tokenizer;

/**
 * A text that belongs to the library: UTF-8, `length` bytes, which may include NUL. It lives as long as what it was
 * got from; each function says how long that is. `data` is never NULL.
 */
typedef struct deberta_string {
  /**
   * The first byte.
   */
  const char *data;
  /**
   * Number of bytes.
   */
  size_t length;
} deberta_string;

/**
 * Receives how far opening a model is, on the thread that opens it: at the start of each stage and after each layer's
 * weights. `stage` is a deberta_open_stage; `bytes` of `total_bytes` stored bytes of weights are done, both 0 in the
 * stages before weights are read. Returns 0 to go on; with anything else, opening ends with #DEBERTA_STATUS_CANCELLED
 * and leaves nothing behind. The callback must return: no exception, no longjmp.
 */
typedef int32_t (*deberta_open_callback)(void *user_data, int32_t stage, uint64_t bytes, uint64_t total_bytes);

/**
 * How to open a model. Set it up with deberta_open_options_init(); a field of 0 is the default.
 */
typedef struct deberta_open_options {
  /**
   * sizeof(deberta_open_options)
   */
  size_t struct_size;
  /**
   * A deberta_precision: the error that results may have.
   */
  int32_t precision;
  /**
   * A deberta_instruction_set: the instructions to use. The environment variable DEBERTA_ISA overrides this. Opening
   * fails if the machine does not have them.
   */
  int32_t instruction_set;
  /**
   * A deberta_load_mode: whether weight files are mapped or copied into memory.
   */
  int32_t load_mode;
  /**
   * Threads that work on one forward pass, the caller included; 0 for one for each available processor.
   */
  uint32_t threads;
  /**
   * What the names of the encoder's tensors start with, in UTF-8. NULL finds out whether that is nothing or
   * `deberta.`; not NULL with a length of 0 is nothing.
   */
  const char *tensor_prefix;
  /**
   * Number of bytes of `tensor_prefix`.
   */
  size_t tensor_prefix_length;
  /**
   * The path of a directory for packed weights, ending with a NUL; on Windows in UTF-8. Those of this model are mapped
   * from there, and written there first unless they are there and fit: opening is then fast, and processes share the
   * memory. A directory that `deberta pack` made is only read. NULL packs weights anew, in memory of the process alone.
   */
  const char *packed_cache_directory;
  /**
   * 1 to open the model with random weights in place of the folder's, which need not be there: as the reference
   * initialises them, for measuring speed and memory. 0 for the folder's.
   */
  int32_t random_weights;
  /**
   * A deberta_tokenizer_mode: whose behaviour the tokenizer follows.
   */
  int32_t tokenizer_mode;
  /**
   * What random weights depend on, beside the names of the tensors.
   */
  uint64_t random_seed;
  /**
   * Receives the progress of opening, and can stop it; or NULL.
   */
  deberta_open_callback open_callback;
  /**
   * Passed to `open_callback`; may be NULL.
   */
  void *open_callback_data;
} deberta_open_options;

/**
 * A model's sizes, as the constructor of Keras' DebertaV3Backbone takes them. Set it up with
 * deberta_backbone_config_init().
 */
typedef struct deberta_backbone_config {
  /**
   * sizeof(deberta_backbone_config)
   */
  size_t struct_size;
  /**
   * Rows of the token embedding.
   */
  uint64_t vocabulary_size;
  /**
   * Number of transformer layers.
   */
  uint64_t num_layers;
  /**
   * Number of attention heads; divides `hidden_dim`.
   */
  uint64_t num_heads;
  /**
   * Length of a hidden state.
   */
  uint64_t hidden_dim;
  /**
   * Length of the feed-forward layer's inner vector.
   */
  uint64_t intermediate_dim;
  /**
   * Distance from which on relative positions are not told apart, which is no limit on the input; 0 for 512.
   */
  uint64_t max_sequence_length;
  /**
   * Number of buckets for distances to one side; 0 for 256.
   */
  uint64_t bucket_size;
  /**
   * A deberta_weight_type: what the weights are rounded to.
   */
  int32_t dtype;
  /**
   * Always 0.
   */
  int32_t reserved;
} deberta_backbone_config;

/**
 * What a model consists of and runs with. Set it up with deberta_model_info_init(). Names are those of `config.json`
 * where the number is from there.
 */
typedef struct deberta_model_info {
  /**
   * sizeof(deberta_model_info)
   */
  size_t struct_size;
  /**
   * Number of weights in the tensors that the model uses.
   */
  uint64_t parameters;
  /**
   * Bytes of weights packed for the kernels, held in private memory.
   */
  uint64_t packed_bytes;
  /**
   * Number of weight files, see deberta_model_file().
   */
  size_t files;
  /**
   * Threads that work on one forward pass.
   */
  size_t threads;
  /**
   * Rows of the word embedding table; token ids are below it.
   */
  size_t vocab_size;
  /**
   * Length of a hidden state.
   */
  size_t hidden_size;
  /**
   * Length of a row of the word embedding table.
   */
  size_t embedding_size;
  /**
   * Number of transformer layers. There is one more of hidden states: those of the embeddings.
   */
  size_t num_hidden_layers;
  /**
   * Number of attention heads.
   */
  size_t num_attention_heads;
  /**
   * Length of the feed-forward layer's inner vector.
   */
  size_t intermediate_size;
  /**
   * The longest row that the model was made for; a limit only if `position_biased_input`.
   */
  size_t max_position_embeddings;
  /**
   * Number of token types; 0 if the model has none and ignores them.
   */
  size_t type_vocab_size;
  /**
   * Number of labels, see deberta_model_label().
   */
  size_t num_labels;
  /**
   * Token id of padding.
   */
  uint32_t pad_token_id;
  /**
   * 1 if the model has absolute positions, else 0.
   */
  int32_t position_biased_input;
  /**
   * A deberta_head: the head that was loaded.
   */
  int32_t head;
  /**
   * A deberta_problem_type: what the logits of a classifier mean.
   */
  int32_t problem_type;
  /**
   * A deberta_precision: the one that was asked for.
   */
  int32_t precision;
  /**
   * A deberta_instruction_set: the one in use.
   */
  int32_t instruction_set;
  /**
   * 1 if the model has a tokenizer, else 0.
   */
  int32_t has_tokenizer;
  /**
   * 0.
   */
  int32_t reserved;
  /**
   * Bytes of packed weights that are mapped from a file in `packed_cache_directory`, and shared with other processes
   * that do the same; 0 without.
   */
  uint64_t mapped_bytes;
} deberta_model_info;

/**
 * How to tokenize. Set it up with deberta_tokenize_options_init(); a field of 0 is the default.
 */
typedef struct deberta_tokenize_options {
  /**
   * sizeof(deberta_tokenize_options)
   */
  size_t struct_size;
  /**
   * Most tokens that an input may have, special tokens included; 0 for no limit.
   */
  size_t max_length;
  /**
   * A deberta_truncation: what to do with an input of more tokens.
   */
  int32_t truncation;
  /**
   * 1 to leave out `[CLS]` and `[SEP]`, which are added otherwise; else 0.
   */
  int32_t omit_special_tokens;
  /**
   * 1 for tasks to read an input of more than `max_length` tokens, or where that is 0 of more than the model's
   * max_position_embeddings, in windows of that length, instead of losing its end; else 0. Of a pair, a truncation of
   * #DEBERTA_TRUNCATION_ONLY_FIRST or #DEBERTA_TRUNCATION_ONLY_SECOND says which text is cut, with the other one whole in
   * every window; otherwise that is the longer one. Functions that give one encoding for each text refuse it.
   */
  int32_t windows;
  /**
   * 0.
   */
  int32_t reserved;
  /**
   * How many tokens a window shares with the one before it. Only for `windows`.
   */
  size_t stride;
} deberta_tokenize_options;

/**
 * A text that belongs to the caller, or two that belong together (premise and hypothesis, query and document): UTF-8,
 * which may include NUL and need not end with one. The library reads them during the call only.
 */
typedef struct deberta_text {
  /**
   * The text, or the first of the two. May be NULL if `text_length` is 0.
   */
  const char *text;
  /**
   * Number of bytes of `text`.
   */
  size_t text_length;
  /**
   * The second text, or NULL if there is none. A second text may be empty: then this is not NULL.
   */
  const char *pair;
  /**
   * Number of bytes of `pair`.
   */
  size_t pair_length;
} deberta_text;

/**
 * Ids of the special tokens, -1 for those that the vocabulary lacks.
 */
typedef struct deberta_special_tokens {
  /**
   * sizeof(deberta_special_tokens)
   */
  size_t struct_size;
  /**
   * `[CLS]`, first in every input.
   */
  int64_t cls;
  /**
   * `[SEP]`, after each text.
   */
  int64_t sep;
  /**
   * `[PAD]`.
   */
  int64_t pad;
  /**
   * `[UNK]`, for what the vocabulary cannot spell.
   */
  int64_t unk;
  /**
   * `[MASK]`, the blank of masked language modelling.
   */
  int64_t mask;
} deberta_special_tokens;

/**
 * What truncation cut off. Arrays hold the first text's value and the second's.
 */
typedef struct deberta_truncated_text {
  /**
   * sizeof(deberta_truncated_text)
   */
  size_t struct_size;
  /**
   * Tokens that the whole input has, special tokens included.
   */
  size_t total_tokens;
  /**
   * Number of tokens cut off at the end of each text.
   */
  size_t removed_tokens[2];
  /**
   * Where in each text the first removed token starts, in bytes; SIZE_MAX for a text that was kept whole.
   */
  size_t first_removed_byte[2];
  /**
   * The same in Unicode scalar values.
   */
  size_t first_removed_char[2];
} deberta_truncated_text;

/**
 * A half-open range of positions in a text.
 */
typedef struct deberta_range {
  /**
   * The first position.
   */
  size_t start;
  /**
   * The position after the last.
   */
  size_t end;
} deberta_range;

/**
 * Receives how far a call with many texts is, on the thread that calls: `texts` of `total_texts` are answered. Returns 0
 * to go on; with anything else, the call ends with #DEBERTA_STATUS_CANCELLED. The callback must return: no exception, no
 * longjmp.
 */
typedef int32_t (*deberta_run_callback)(void *user_data, size_t texts, size_t total_texts);

/**
 * Limits of one call. They are looked at before each layer of the encoder; a call that ends early leaves nothing behind.
 * Set it up with deberta_run_options_init(); a field of 0 is the default.
 */
typedef struct deberta_run_options {
  /**
   * sizeof(deberta_run_options)
   */
  size_t struct_size;
  /**
   * Milliseconds from the beginning of the call after which it ends with #DEBERTA_STATUS_DEADLINE_EXCEEDED if there is
   * no answer yet; 0 for no limit.
   */
  uint64_t timeout_milliseconds;
  /**
   * Ends the call with #DEBERTA_STATUS_CANCELLED, from any thread; or NULL. Only used during the call.
   */
  const struct deberta_cancellation *cancellation;
  /**
   * Receives the progress of calls with many texts, and can stop them; or NULL.
   */
  deberta_run_callback run_callback;
  /**
   * Passed to `run_callback`; may be NULL.
   */
  void *run_callback_data;
  /**
   * Most tokens to encode together; 0 for 4,096. More use more memory, fewer may leave threads without work. A text of
   * more tokens is encoded alone. Results do not depend on it.
   */
  size_t batch_tokens;
} deberta_run_options;

/**
 * How to encode. Set it up with deberta_encode_options_init(); a field of 0 is the default.
 */
typedef struct deberta_encode_options {
  /**
   * sizeof(deberta_encode_options)
   */
  size_t struct_size;
  /**
   * Bits of deberta_output: what to return beside the last hidden state.
   */
  int32_t outputs;
  /**
   * 0.
   */
  int32_t reserved;
  /**
   * Limits of the call; NULL for none. Its callback is not called.
   */
  const struct deberta_run_options *run;
} deberta_encode_options;

/**
 * The sizes of a result.
 */
typedef struct deberta_encoded_info {
  /**
   * sizeof(deberta_encoded_info)
   */
  size_t struct_size;
  /**
   * Number of rows.
   */
  size_t rows;
  /**
   * Number of valid tokens in all rows.
   */
  size_t tokens;
  /**
   * Length of the rows with their padding: as given, or that of the longest row.
   */
  size_t length;
  /**
   * Length of a token's hidden state.
   */
  size_t hidden_size;
  /**
   * Number of attention heads.
   */
  size_t num_attention_heads;
  /**
   * Number of layers of which there are hidden states, the embeddings counted as the first; 0 if not asked for.
   */
  size_t hidden_states;
  /**
   * Number of layers of which there are attention probabilities; 0 if not asked for.
   */
  size_t attentions;
  /**
   * Length of a row of logits: the number of labels; 1 for multiple choice, 2 for question answering, the vocabulary's
   * size for masked language modelling; 0 if there are no logits.
   */
  size_t num_labels;
  /**
   * A deberta_head: whose logits they are; #DEBERTA_HEAD_NONE if there are none.
   */
  int32_t logits_head;
  /**
   * 0.
   */
  int32_t reserved;
} deberta_encoded_info;

/**
 * How to classify. Set it up with deberta_classify_options_init(); a field of 0 is the default.
 */
typedef struct deberta_classify_options {
  /**
   * sizeof(deberta_classify_options)
   */
  size_t struct_size;
  /**
   * How to tokenize, and what becomes of long texts; NULL for the defaults.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * A deberta_score_function: what is made of the logits. The configuration's is softmax over the labels; for
   * #DEBERTA_PROBLEM_TYPE_MULTI_LABEL each label's sigmoid; for #DEBERTA_PROBLEM_TYPE_REGRESSION and for a single label
   * the logits themselves.
   */
  int32_t score_function;
  /**
   * A deberta_window_merge: how the windows of a long text become one answer; usually by their mean.
   */
  int32_t window_merge;
} deberta_classify_options;

/**
 * How labels become hypotheses, and what their scores mean. Set it up with deberta_zero_shot_options_init(); a field of 0 is
 * the default.
 */
typedef struct deberta_zero_shot_options {
  /**
   * sizeof(deberta_zero_shot_options)
   */
  size_t struct_size;
  /**
   * How to tokenize each text with a hypothesis, and what becomes of long texts; NULL for the defaults.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * The sentence that holds if the label does, in UTF-8, with `{}` in the label's place; NULL for "This example is {}.".
   */
  const char *hypothesis_template;
  /**
   * Number of bytes of `hypothesis_template`.
   */
  size_t hypothesis_template_length;
  /**
   * 1 if each label holds or not on its own; 0 if exactly one does, and the scores sum to 1.
   */
  int32_t multi_label;
  /**
   * A deberta_window_merge: how the windows of a long text become one answer; usually by their mean.
   */
  int32_t window_merge;
} deberta_zero_shot_options;

/**
 * How to rank. Set it up with deberta_rank_options_init(); a field of 0 is the default.
 */
typedef struct deberta_rank_options {
  /**
   * sizeof(deberta_rank_options)
   */
  size_t struct_size;
  /**
   * How to tokenize query and document, as a pair, and what becomes of long ones; NULL for the defaults.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * How many of the best documents to return; 0 for all.
   */
  size_t top_k;
  /**
   * A deberta_score_function: what is made of the logit. The configuration's is that which sentence-transformers left
   * there, and where there is none, the logit itself.
   */
  int32_t score_function;
  /**
   * A deberta_window_merge: how the windows of a long document become one score; usually by their largest.
   */
  int32_t window_merge;
} deberta_rank_options;

/**
 * How to answer questions. Set it up with deberta_answer_options_init(); a field of 0 is the default.
 */
typedef struct deberta_answer_options {
  /**
   * sizeof(deberta_answer_options)
   */
  size_t struct_size;
  /**
   * How to tokenize question and context, as a pair, and what becomes of long ones; NULL for windows of 384 tokens
   * that share 128. Windows are cut from the context whatever the truncation is; the whole question is in each.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * Most answers to return for each question; 0 for 1.
   */
  size_t top_k;
  /**
   * Most tokens that an answer may have before it is aligned to words; 0 for 15.
   */
  size_t max_answer_length;
  /**
   * 1 if that there is no answer is one of the answers; else 0.
   */
  int32_t handle_impossible_answer;
  /**
   * 1 for answers that start and end at any token; 0 for answers that grow to the borders of words.
   */
  int32_t omit_word_alignment;
} deberta_answer_options;

/**
 * One answer.
 */
typedef struct deberta_answer {
  /**
   * sizeof(deberta_answer)
   */
  size_t struct_size;
  /**
   * The part of the context that answers the question, with the space before it where the first token has it; empty
   * if there is no answer. It lives as long as the answers.
   */
  struct deberta_string text;
  /**
   * Where it is in the context, in bytes: the first of its places.
   */
  struct deberta_range byte_range;
  /**
   * The same in Unicode scalar values.
   */
  struct deberta_range char_range;
  /**
   * The probability of its start in its window, times that of its end, summed over all places and windows where the
   * same text, in capitals or not, is among the best; so it may exceed 1.
   */
  float score;
  /**
   * 1 if this says that the context does not answer the question; else 0.
   */
  int32_t is_impossible;
} deberta_answer;

/**
 * How to fill masks. Set it up with deberta_fill_mask_options_init(); a field of 0 is the default.
 */
typedef struct deberta_fill_mask_options {
  /**
   * sizeof(deberta_fill_mask_options)
   */
  size_t struct_size;
  /**
   * How to tokenize, and what becomes of long texts; NULL for the defaults.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * Most answers for each mask; 0 for 5, or where there are candidates, for all of them.
   */
  size_t top_k;
  /**
   * The tokens to choose from, without pairs, each as the vocabulary spells it ("▁word") or as a text that is one
   * token; NULL for the whole vocabulary, which scores are always taken over.
   */
  const struct deberta_text *candidates;
  /**
   * Number of candidates.
   */
  size_t candidate_count;
} deberta_fill_mask_options;

/**
 * A mask of a text.
 */
typedef struct deberta_filled_mask {
  /**
   * sizeof(deberta_filled_mask)
   */
  size_t struct_size;
  /**
   * The mask's index among the tokens of the text, special tokens that are added around it not counted.
   */
  size_t token;
  /**
   * Where the mask stands in the text, in bytes.
   */
  struct deberta_range byte_range;
  /**
   * The same in Unicode scalar values.
   */
  struct deberta_range char_range;
  /**
   * Number of tokens that may stand there; see deberta_filled_masks_fill().
   */
  size_t fills;
} deberta_filled_mask;

/**
 * A token in the place of a mask.
 */
typedef struct deberta_fill {
  /**
   * sizeof(deberta_fill)
   */
  size_t struct_size;
  /**
   * The token as the vocabulary spells it; empty for an id that the model has and the tokenizer has not. It lives as
   * long as the handle that it came from.
   */
  struct deberta_string token;
  /**
   * The token's id.
   */
  uint32_t id;
  /**
   * The token's probability: softmax over the whole vocabulary.
   */
  float score;
  /**
   * The raw score.
   */
  float logit;
  /**
   * 0.
   */
  int32_t reserved;
} deberta_fill;

/**
 * How to choose. Set it up with deberta_choose_options_init(); a field of 0 is the default.
 */
typedef struct deberta_choose_options {
  /**
   * sizeof(deberta_choose_options)
   */
  size_t struct_size;
  /**
   * How to tokenize the pairs of the prompt and a choice, and what becomes of long ones; NULL for the defaults. It
   * is the prompt that windows are made of, whatever the truncation is.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * A deberta_window_merge: how the windows of a long prompt become one answer; usually by their mean.
   */
  int32_t window_merge;
  /**
   * 0.
   */
  int32_t reserved;
} deberta_choose_options;

/**
 * How to embed. Set it up with deberta_embed_options_init(); a field of 0 is the default.
 */
typedef struct deberta_embed_options {
  /**
   * sizeof(deberta_embed_options)
   */
  size_t struct_size;
  /**
   * How to tokenize, and what becomes of long texts; NULL for the defaults.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * A deberta_pooling: how the hidden states of a text's tokens become one vector.
   */
  int32_t pooling;
  /**
   * 1 to give vectors the length 1, except those of zeros; else 0.
   */
  int32_t normalize;
  /**
   * How many layers before the last one the hidden states are taken from: 0 for the last layer, as many as the model
   * has layers for the output of the embeddings. Later layers are not computed.
   */
  size_t layers_before_last;
} deberta_embed_options;

/**
 * How tokens become entities. Set it up with deberta_tag_options_init(); a field of 0 is the default.
 */
typedef struct deberta_tag_options {
  /**
   * sizeof(deberta_tag_options)
   */
  size_t struct_size;
  /**
   * How to tokenize, and what becomes of long texts; NULL for the defaults.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none.
   */
  const struct deberta_run_options *run;
  /**
   * What is left out, without pairs: names of labels for #DEBERTA_AGGREGATION_NONE, names of entities, which have no
   * prefix, for all others. NULL for "O" alone; to leave out nothing, any other pointer with a count of 0.
   */
  const struct deberta_text *ignored_labels;
  /**
   * Number of names in `ignored_labels`.
   */
  size_t ignored_label_count;
  /**
   * A deberta_aggregation.
   */
  int32_t aggregation;
  /**
   * 0.
   */
  int32_t reserved;
} deberta_tag_options;

/**
 * One token of a text, or several that belong together. Its strings live as long as the answers that it was got from.
 */
typedef struct deberta_entity {
  /**
   * sizeof(deberta_entity)
   */
  size_t struct_size;
  /**
   * The kind of entity, without the prefix of a scheme ("PER" for "B-PER"); the label as it is for
   * #DEBERTA_AGGREGATION_NONE.
   */
  struct deberta_string label;
  /**
   * Its tokens as text, after the tokenizer's normalization; the token as the vocabulary spells it for
   * #DEBERTA_AGGREGATION_NONE.
   */
  struct deberta_string word;
  /**
   * The label's probability: the mean over the entity's tokens, or over its words where the aggregation is by words.
   */
  float score;
  /**
   * 0.
   */
  int32_t reserved;
  /**
   * Where it is in the text, in bytes of UTF-8. It starts with the white space in front of it where its first token
   * does.
   */
  struct deberta_range byte_range;
  /**
   * The same in Unicode scalar values.
   */
  struct deberta_range char_range;
  /**
   * Its tokens, as deberta_tokenizer_encode() counts those of the whole text, special tokens included.
   */
  struct deberta_range tokens;
} deberta_entity;

/**
 * How to explain. Set it up with deberta_explain_options_init(); a field of 0 is the default.
 */
typedef struct deberta_explain_options {
  /**
   * sizeof(deberta_explain_options)
   */
  size_t struct_size;
  /**
   * How to tokenize; NULL for the defaults. Windows are refused: no token of one attends to those of another.
   */
  const struct deberta_tokenize_options *tokenize;
  /**
   * Limits of the call; NULL for none. Its progress counts the variants of the text that occlusion reads.
   */
  const struct deberta_run_options *run;
  /**
   * The label that occlusion explains, by its index. Only with `has_label`.
   */
  size_t label;
  /**
   * 1 if `label` is set; 0 for the label with the highest logit.
   */
  int32_t has_label;
  /**
   * A deberta_relevance: how relevant a token is.
   */
  int32_t method;
  /**
   * 1 to keep the attention probabilities of every layer; 0 for none.
   */
  int32_t attentions;
  /**
   * 0.
   */
  int32_t reserved;
} deberta_explain_options;

/**
 * The sizes of an explanation.
 */
typedef struct deberta_explanation_info {
  /**
   * sizeof(deberta_explanation_info)
   */
  size_t struct_size;
  /**
   * Number of tokens.
   */
  size_t tokens;
  /**
   * Number of layers of which there are attention probabilities; 0 if not asked for.
   */
  size_t attentions;
  /**
   * Number of attention heads.
   */
  size_t num_attention_heads;
  /**
   * Length of a row of logits: the number of labels, 1 for multiple choice, 2 for question answering; 0 if there are no
   * logits.
   */
  size_t num_labels;
  /**
   * The label that occlusion explained. Only with `has_label`.
   */
  size_t label;
  /**
   * 1 if `label` is set.
   */
  int32_t has_label;
  /**
   * A deberta_head: whose logits they are; #DEBERTA_HEAD_NONE if there are none.
   */
  int32_t logits_head;
  /**
   * 1 if the model has relative positions.
   */
  int32_t has_relative_positions;
  /**
   * 0.
   */
  int32_t reserved;
} deberta_explanation_info;

/**
 * Receives a message. `level` is a deberta_log_level, `target` says which part of the library speaks. Both strings live
 * until the callback returns. The callback may be called from any thread, also from several at once. It must return: no
 * exception, no longjmp.
 */
typedef void (*deberta_log_callback)(void *user_data,
                                     int32_t level,
                                     struct deberta_string target,
                                     struct deberta_string message);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library in use, as "0.1.0"; it may be newer than the header's.
 *
 * @return The version, static and followed by a NUL.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
struct deberta_string deberta_version(void);

/**
 * The version of the binary interface of the library in use. A program that loads the library at run time compares
 * it with #DEBERTA_ABI_VERSION and must not go on if they differ.
 *
 * @return The version of the binary interface.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
uint32_t deberta_abi_version(void);

/**
 * The status that came with an error.
 *
 * @param error  The error, or NULL.
 * @return The status; #DEBERTA_STATUS_OK for NULL.
 * @par Thread safety
 *   May be called from several threads on one error.
 * @since 0.1.0
 */
deberta_status deberta_error_status(const struct deberta_error *error);

/**
 * What was wrong, where, and what to do about it: a sentence for people, not for programs to parse.
 *
 * @param error  The error, or NULL.
 * @return The message, followed by a NUL that `length` does not count; empty for NULL. It lives as long as the error.
 * @par Thread safety
 *   May be called from several threads on one error.
 * @since 0.1.0
 */
struct deberta_string deberta_error_message(const struct deberta_error *error);

/**
 * What caused the error: the messages of the errors below it, outermost first, separated by ": ".
 *
 * @param error  The error, or NULL.
 * @return The causes, followed by a NUL that `length` does not count; empty if there are none, and for NULL. It lives
 *   as long as the error.
 * @par Thread safety
 *   May be called from several threads on one error.
 * @since 0.1.0
 */
struct deberta_string deberta_error_cause(const struct deberta_error *error);

/**
 * Frees an error.
 *
 * @param error  The error, which must not be used afterwards; or NULL, which does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the error at the time.
 * @since 0.1.0
 */
void deberta_error_free(struct deberta_error *error);

/**
 * The name of a status as in its constant, "INVALID_ARGUMENT" for #DEBERTA_STATUS_INVALID_ARGUMENT.
 *
 * @param status  Any number.
 * @return The name, static and followed by a NUL; empty for a number that is not a status of this library.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
struct deberta_string deberta_status_name(int32_t status);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_open_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_open_options_init(struct deberta_open_options *options,
                                         size_t struct_size,
                                         struct deberta_error **error);

/**
 * Opens a model folder: `config.json`, weights in safetensors, of PyTorch or of a Keras preset, and where present
 * `tokenizer.json` or a SentencePiece model (`spm.model`).
 *
 * @param folder   The path of the folder, ending with a NUL; on Windows in UTF-8. Not NULL.
 * @param options  How to open it; NULL for the defaults.
 * @param model    Where the model goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, or whatever is wrong with the folder, its files or the options.
 * @par Ownership
 *   The caller owns the model and frees it with deberta_model_free(). The arguments are only used during the call.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_model_open(const char *folder,
                                  const struct deberta_open_options *options,
                                  struct deberta_model **model,
                                  struct deberta_error **error);

/**
 * Opens a model by its name, or by its folder. A name is that of a model which other programs, or the command
 * `deberta fetch`, left on this machine: `user/name` or `user/name@revision` on Hugging Face, also with `hf://` in front,
 * `kaggle://owner/model/framework/variation`, or a name of KerasHub such as `deberta_v3_base_en`. It is looked for in
 * the caches that the environment variables of huggingface_hub and kagglehub name, or else in those below the home
 * directory. Nothing is downloaded.
 *
 * @param name         The name, or the path of a folder, in UTF-8. Not NULL.
 * @param name_length  Number of bytes of `name`.
 * @param options      How to open it; NULL for the defaults.
 * @param model        Where the model goes. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_NOT_FOUND if the model is not on this machine, or as for
 *   deberta_model_open().
 * @par Ownership
 *   The caller owns the model and frees it with deberta_model_free(). The arguments are only used during the call.
 * @par Thread safety
 *   May be called from any thread, as long as none changes the environment.
 * @since 0.1.0
 */
deberta_status deberta_model_from_preset(const char *name,
                                         size_t name_length,
                                         const struct deberta_open_options *options,
                                         struct deberta_model **model,
                                         struct deberta_error **error);

/**
 * Frees a model and ends its threads.
 *
 * @param model  The model, which must not be used afterwards, nor what belongs to it: its tokenizer and its strings.
 *   Results and errors live on. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the model at the time.
 * @since 0.1.0
 */
void deberta_model_free(struct deberta_model *model);

/**
 * Sets every field to 0: the defaults of those that have one.
 *
 * @param config       The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_backbone_config), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_backbone_config_init(struct deberta_backbone_config *config,
                                            size_t struct_size,
                                            struct deberta_error **error);

/**
 * Makes a model of any size with random weights, as Keras' DebertaV3Backbone does when it is constructed: layer norms are
 * the identity, biases zero, all else a truncated normal distribution with a deviation of 0.02. For measuring speed and
 * memory without a checkpoint.
 *
 * @param config   The model's sizes. Not NULL.
 * @param options  How to open it; NULL for the defaults. The weights depend on `random_seed`; `random_weights` may be 0.
 * @param model    Where the model goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_CONFIG for sizes that are impossible or do not fit together, or
 *   whatever is wrong with the options.
 * @par Ownership
 *   The caller owns the model and frees it with deberta_model_free(). The arguments are only used during the call.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_model_from_backbone(const struct deberta_backbone_config *config,
                                           const struct deberta_open_options *options,
                                           struct deberta_model **model,
                                           struct deberta_error **error);

/**
 * Sets up the struct for deberta_model_get_info(): every field 0 but `struct_size`.
 *
 * @param info         The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_model_info), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_model_info_init(struct deberta_model_info *info,
                                       size_t struct_size,
                                       struct deberta_error **error);

/**
 * What a model consists of and runs with.
 *
 * @param model  The model. Not NULL.
 * @param info   A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. Not NULL.
 * @param error  Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_get_info(const struct deberta_model *model,
                                      struct deberta_model_info *info,
                                      struct deberta_error **error);

/**
 * The name of a label.
 *
 * @param model  The model. Not NULL.
 * @param index  The label's index, below `num_labels` of deberta_model_info.
 * @param label  Where the name goes; it lives as long as the model. Not NULL.
 * @param error  Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_label(const struct deberta_model *model,
                                   size_t index,
                                   struct deberta_string *label,
                                   struct deberta_error **error);

/**
 * A weight file that the model was opened from.
 *
 * @param model  The model. Not NULL.
 * @param index  The file's index, below `files` of deberta_model_info.
 * @param path   Where the path goes, which ends with a NUL and lives as long as the model. Not NULL.
 * @param bytes  Where the file's size goes. Not NULL.
 * @param error  Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_file(const struct deberta_model *model,
                                  size_t index,
                                  const char **path,
                                  uint64_t *bytes,
                                  struct deberta_error **error);

/**
 * What the names of the encoder's tensors start with, as given or as found out.
 *
 * @param model  The model, or NULL.
 * @return The prefix, which lives as long as the model; empty for NULL.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
struct deberta_string deberta_model_tensor_prefix(const struct deberta_model *model);

/**
 * The tokenizer of a model.
 *
 * @param model  The model, or NULL.
 * @return The tokenizer, which belongs to the model: it lives as long and must not be freed. NULL if the model's folder
 *   has no `tokenizer.json`, and for NULL.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
const struct deberta_tokenizer *deberta_model_tokenizer(const struct deberta_model *model);

/**
 * Rows of the word embedding table, before positions, token types and layer norm.
 *
 * @param model     The model. Not NULL.
 * @param ids       Token ids. Not NULL unless `count` is 0.
 * @param count     Number of ids.
 * @param values    Buffer for [count, embedding_size] floats.
 * @param capacity  Number of floats that `values` has room for.
 * @param length    Where the number of floats goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
 *   those needed; or NULL.
 * @param error     Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Ownership
 *   The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_token_embeddings(const struct deberta_model *model,
                                              const uint32_t *ids,
                                              size_t count,
                                              float *values,
                                              size_t capacity,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * The instruction sets that this build has kernels for and this machine can run, fastest first. Which one a model uses
 * is in deberta_model_info.
 *
 * @param instruction_sets  Buffer for numbers that are each a deberta_instruction_set.
 * @param capacity          How many numbers it has room for.
 * @param length            Where their count goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
 *   those needed; or NULL.
 * @param error             Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_instruction_sets(int32_t *instruction_sets,
                                        size_t capacity,
                                        size_t *length,
                                        struct deberta_error **error);

/**
 * The name of an instruction set, as the environment variable DEBERTA_ISA takes it.
 *
 * @param instruction_set  Any number.
 * @return The name, static and followed by a NUL; empty for a number that is no instruction set of this library.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
struct deberta_string deberta_instruction_set_name(int32_t instruction_set);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_tokenize_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_tokenize_options_init(struct deberta_tokenize_options *options,
                                             size_t struct_size,
                                             struct deberta_error **error);

/**
 * Opens a tokenizer without a model.
 *
 * @param path       The path of a `tokenizer.json` of Hugging Face, or of a folder that holds one, a SentencePiece model
 *   (`spm.model`) or a Keras preset, ending with a NUL; on Windows in UTF-8. Not NULL.
 * @param tokenizer  Where the tokenizer goes. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT, #DEBERTA_STATUS_NOT_FOUND, #DEBERTA_STATUS_IO,
 *   #DEBERTA_STATUS_UNSUPPORTED or #DEBERTA_STATUS_INVALID_TOKENIZER.
 * @par Ownership
 *   The caller owns the tokenizer and frees it with deberta_tokenizer_free(). The path is only used during the call.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_tokenizer_open(const char *path,
                                      struct deberta_tokenizer **tokenizer,
                                      struct deberta_error **error);

/**
 * Tokenizes one text, or a pair of texts.
 *
 * @param tokenizer         The tokenizer. Not NULL.
 * @param text              The text or pair. Not NULL.
 * @param tokenize_options  How to tokenize; NULL for the defaults.
 * @param tokenized         Where the tokens go. Not NULL.
 * @param error             Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT, #DEBERTA_STATUS_INVALID_UTF8, #DEBERTA_STATUS_TOO_LONG
 *   or #DEBERTA_STATUS_INVALID_TOKENIZER.
 * @par Ownership
 *   The caller owns the tokens and frees them with deberta_tokenized_free(). They do not depend on the tokenizer. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one tokenizer.
 * @since 0.1.0
 */
deberta_status deberta_tokenizer_encode(const struct deberta_tokenizer *tokenizer,
                                        const struct deberta_text *text,
                                        const struct deberta_tokenize_options *tokenize_options,
                                        struct deberta_tokenized **tokenized,
                                        struct deberta_error **error);

/**
 * Turns ids back into text.
 *
 * @param tokenizer            The tokenizer. Not NULL.
 * @param ids                  Token ids. Not NULL unless `count` is 0.
 * @param count                Number of ids.
 * @param skip_special_tokens  1 to leave out `[CLS]`, `[SEP]` and their like; else 0.
 * @param text                 Buffer for the text, in UTF-8; no NUL is added.
 * @param capacity             Number of bytes that `text` has room for.
 * @param length               Where the number of bytes goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error                Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_BUFFER_TOO_SMALL, #DEBERTA_STATUS_INVALID_TOKENIZER, or
 *   #DEBERTA_STATUS_INVALID_ARGUMENT, also for an id that the vocabulary does not have.
 * @par Ownership
 *   The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one tokenizer.
 * @since 0.1.0
 */
deberta_status deberta_tokenizer_decode(const struct deberta_tokenizer *tokenizer,
                                        const uint32_t *ids,
                                        size_t count,
                                        int32_t skip_special_tokens,
                                        char *text,
                                        size_t capacity,
                                        size_t *length,
                                        struct deberta_error **error);

/**
 * The token of an id.
 *
 * @param tokenizer  The tokenizer. Not NULL.
 * @param id         The id.
 * @param token      Buffer for the token as the vocabulary spells it, in UTF-8; no NUL is added.
 * @param capacity   Number of bytes that `token` has room for.
 * @param length     Where the number of bytes goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
 *   those needed; or NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_BUFFER_TOO_SMALL, or #DEBERTA_STATUS_INVALID_ARGUMENT, also for an id that
 *   the vocabulary does not have.
 * @par Thread safety
 *   May be called from several threads on one tokenizer.
 * @since 0.1.0
 */
deberta_status deberta_tokenizer_token(const struct deberta_tokenizer *tokenizer,
                                       uint32_t id,
                                       char *token,
                                       size_t capacity,
                                       size_t *length,
                                       struct deberta_error **error);

/**
 * The id of a token.
 *
 * @param tokenizer  The tokenizer. Not NULL.
 * @param token      The token, written as in the vocabulary. Not NULL unless `length` is 0.
 * @param length     Number of bytes of `token`.
 * @param id         Where the id goes. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_UTF8, or #DEBERTA_STATUS_INVALID_ARGUMENT, also for a token that
 *   the vocabulary does not have.
 * @par Thread safety
 *   May be called from several threads on one tokenizer.
 * @since 0.1.0
 */
deberta_status deberta_tokenizer_id(const struct deberta_tokenizer *tokenizer,
                                    const char *token,
                                    size_t length,
                                    uint32_t *id,
                                    struct deberta_error **error);

/**
 * Number of tokens, added tokens included. A model's embedding table usually has more rows than this.
 *
 * @param tokenizer  The tokenizer, or NULL.
 * @return The number of tokens; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on one tokenizer.
 * @since 0.1.0
 */
size_t deberta_tokenizer_vocabulary_size(const struct deberta_tokenizer *tokenizer);

/**
 * Sets up the struct for deberta_tokenizer_special_tokens(): every field 0 but `struct_size`.
 *
 * @param special_tokens  The struct to set up. Not NULL.
 * @param struct_size     sizeof(deberta_special_tokens), which tells the library which version of the struct this is.
 * @param error           Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_special_tokens_init(struct deberta_special_tokens *special_tokens,
                                           size_t struct_size,
                                           struct deberta_error **error);

/**
 * Ids of the special tokens.
 *
 * @param tokenizer       The tokenizer. Not NULL.
 * @param special_tokens  A struct whose `struct_size` is set; the fields that it has and the library knows are written,
 *   all others set to 0. Not NULL.
 * @param error           Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one tokenizer.
 * @since 0.1.0
 */
deberta_status deberta_tokenizer_special_tokens(const struct deberta_tokenizer *tokenizer,
                                                struct deberta_special_tokens *special_tokens,
                                                struct deberta_error **error);

/**
 * Frees a tokenizer that was opened with deberta_tokenizer_open(). That of a model must not be freed.
 *
 * @param tokenizer  The tokenizer, which must not be used afterwards. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the tokenizer at the time.
 * @since 0.1.0
 */
void deberta_tokenizer_free(struct deberta_tokenizer *tokenizer);

/**
 * Sets up the struct for deberta_tokenized_truncation() and deberta_classifications_truncation(): every field 0 but
 * `struct_size`.
 *
 * @param truncated    The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_truncated_text), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_truncated_text_init(struct deberta_truncated_text *truncated,
                                           size_t struct_size,
                                           struct deberta_error **error);

/**
 * Number of tokens.
 *
 * @param tokenized  The tokens, or NULL.
 * @return Their number; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
size_t deberta_tokenized_length(const struct deberta_tokenized *tokenized);

/**
 * The token ids.
 *
 * @param tokenized  The tokens. Not NULL.
 * @param ids        Where the address of the ids goes, one for each token. It lives as long as the tokens. Not NULL.
 * @param length     Where their number goes. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_ids(const struct deberta_tokenized *tokenized,
                                     const uint32_t **ids,
                                     size_t *length,
                                     struct deberta_error **error);

/**
 * The token types: 0 for the first text and what frames it, 1 for the second.
 *
 * @param tokenized       The tokens. Not NULL.
 * @param token_type_ids  Where the address of the types goes, one for each token. It lives as long as the tokens. Not NULL.
 * @param length          Where their number goes. Not NULL.
 * @param error           Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_token_type_ids(const struct deberta_tokenized *tokenized,
                                                const uint32_t **token_type_ids,
                                                size_t *length,
                                                struct deberta_error **error);

/**
 * Where the tokens are in the text, in bytes of UTF-8, always on character boundaries.
 *
 * @param tokenized     The tokens. Not NULL.
 * @param byte_offsets  Where the address of the ranges goes, one for each token. It lives as long as the tokens. Not NULL.
 * @param length        Where their number goes. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_byte_offsets(const struct deberta_tokenized *tokenized,
                                              const struct deberta_range **byte_offsets,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * Where the tokens are in the text, in Unicode scalar values (the string indices of Python).
 *
 * @param tokenized     The tokens. Not NULL.
 * @param char_offsets  Where the address of the ranges goes, one for each token. It lives as long as the tokens. Not NULL.
 * @param length        Where their number goes. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_char_offsets(const struct deberta_tokenized *tokenized,
                                              const struct deberta_range **char_offsets,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * Which tokens are special tokens that were added around the texts: 1 for those, 0 for all that stands in the texts.
 *
 * @param tokenized  The tokens. Not NULL.
 * @param mask       Where the address of the numbers goes, one for each token. It lives as long as the tokens. Not NULL.
 * @param length     Where their number goes. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_special_tokens_mask(const struct deberta_tokenized *tokenized,
                                                     const uint8_t **mask,
                                                     size_t *length,
                                                     struct deberta_error **error);

/**
 * Which text the tokens are from: 0 for the first, 1 for the second, -1 for special tokens that were added.
 *
 * @param tokenized     The tokens. Not NULL.
 * @param sequence_ids  Where the address of the numbers goes, one for each token. It lives as long as the tokens. Not NULL.
 * @param length        Where their number goes. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_sequence_ids(const struct deberta_tokenized *tokenized,
                                              const int32_t **sequence_ids,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * Which words of their text the tokens are part of, counted from 0; -1 for special tokens that were added. Words are
 * what the tokenizer cuts a text into before it looks for tokens: at spaces, and where the model says so at
 * punctuation.
 *
 * @param tokenized  The tokens. Not NULL.
 * @param word_ids   Where the address of the numbers goes, one for each token; valid as long as the tokens. Not NULL.
 * @param length     Where their number goes. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_word_ids(const struct deberta_tokenized *tokenized,
                                          const int64_t **word_ids,
                                          size_t *length,
                                          struct deberta_error **error);

/**
 * One token as the vocabulary spells it; an unknown piece keeps its own spelling.
 *
 * @param tokenized  The tokens. Not NULL.
 * @param index      The token's index.
 * @param token      Where the token goes; it lives as long as the tokens. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_token(const struct deberta_tokenized *tokenized,
                                       size_t index,
                                       struct deberta_string *token,
                                       struct deberta_error **error);

/**
 * What truncation cut off.
 *
 * @param tokenized  The tokens. Not NULL.
 * @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. `removed_tokens` is 0 and 0 if nothing was cut off. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same tokens.
 * @since 0.1.0
 */
deberta_status deberta_tokenized_truncation(const struct deberta_tokenized *tokenized,
                                            struct deberta_truncated_text *truncated,
                                            struct deberta_error **error);

/**
 * Frees the tokens that deberta_tokenizer_encode() returned. Those of a deberta_encoded must not be freed.
 *
 * @param tokenized  The tokens, which must not be used afterwards, nor any array got from them. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the tokens at the time.
 * @since 0.1.0
 */
void deberta_tokenized_free(struct deberta_tokenized *tokenized);

/**
 * Makes a cancellation, for deberta_run_options.
 *
 * @param cancellation  Where it goes. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Ownership
 *   The caller owns it and frees it with deberta_cancellation_free().
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_cancellation_new(struct deberta_cancellation **cancellation,
                                        struct deberta_error **error);

/**
 * Ends the calls that were given the cancellation, and those that will be, with #DEBERTA_STATUS_CANCELLED.
 *
 * @param cancellation  The cancellation. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one cancellation, and in a signal handler if `error` is NULL.
 * @since 0.1.0
 */
deberta_status deberta_cancellation_cancel(const struct deberta_cancellation *cancellation,
                                           struct deberta_error **error);

/**
 * Whether deberta_cancellation_cancel() was called.
 *
 * @param cancellation  The cancellation, or NULL.
 * @return 1 if it was, else 0; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on one cancellation.
 * @since 0.1.0
 */
int32_t deberta_cancellation_is_cancelled(const struct deberta_cancellation *cancellation);

/**
 * Frees a cancellation. Calls that were given it go on, and can no longer be cancelled by it.
 *
 * @param cancellation  The cancellation, which must not be used afterwards; or NULL, which does nothing.
 * @par Thread safety
 *   From any thread; no other function may be called with the cancellation at the time, and no call that was given it be
 *   about to begin.
 * @since 0.1.0
 */
void deberta_cancellation_free(struct deberta_cancellation *cancellation);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_run_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_run_options_init(struct deberta_run_options *options,
                                        size_t struct_size,
                                        struct deberta_error **error);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_encode_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_encode_options_init(struct deberta_encode_options *options,
                                           size_t struct_size,
                                           struct deberta_error **error);

/**
 * Encodes rows of token ids without padding. A row's result is the same, bit for bit, whatever else is in the batch and
 * however many threads run.
 *
 * @param model           The model. Not NULL.
 * @param ids             The ids of all rows, one row after the other. Not NULL.
 * @param token_type_ids  The token type of each id; NULL for all 0.
 * @param tokens          Number of ids.
 * @param row_offsets     `rows + 1` numbers from 0 to `tokens`: row r has the ids from row_offsets[r] to before
 *   row_offsets[r + 1]. No row may be empty. Not NULL.
 * @param rows            Number of rows, at least 1.
 * @param options         How to encode; NULL for the defaults.
 * @param encoded         Where the result goes. Not NULL.
 * @param error           Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT, #DEBERTA_STATUS_TOO_LONG or
 *   #DEBERTA_STATUS_OUT_OF_MEMORY.
 * @par Ownership
 *   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
 *   are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_ids(const struct deberta_model *model,
                                        const uint32_t *ids,
                                        const uint32_t *token_type_ids,
                                        size_t tokens,
                                        const size_t *row_offsets,
                                        size_t rows,
                                        const struct deberta_encode_options *options,
                                        struct deberta_encoded **encoded,
                                        struct deberta_error **error);

/**
 * As deberta_model_encode_ids(), with the last hidden state written to the caller's buffer.
 *
 * @param model           The model. Not NULL.
 * @param ids             The ids of all rows, one row after the other. Not NULL.
 * @param token_type_ids  The token type of each id; NULL for all 0.
 * @param tokens          Number of ids.
 * @param row_offsets     `rows + 1` numbers from 0 to `tokens`, as in deberta_model_encode_ids(). Not NULL.
 * @param rows            Number of rows, at least 1.
 * @param options         How to encode, with no further outputs; NULL for the defaults.
 * @param values          Buffer for [tokens, hidden_size] floats.
 * @param capacity        Number of floats that `values` has room for.
 * @param length          Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error           Where an error goes; or NULL.
 * @return As deberta_model_encode_ids(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Ownership
 *   The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_ids_into(const struct deberta_model *model,
                                             const uint32_t *ids,
                                             const uint32_t *token_type_ids,
                                             size_t tokens,
                                             const size_t *row_offsets,
                                             size_t rows,
                                             const struct deberta_encode_options *options,
                                             float *values,
                                             size_t capacity,
                                             size_t *length,
                                             struct deberta_error **error);

/**
 * Encodes a padded batch. Nothing is computed for padding, and results do not depend on it: they are those of
 * deberta_model_encode_ids() for the valid tokens at their positions.
 *
 * @param model           The model. Not NULL.
 * @param input_ids       Token ids, [rows, length] in row-major order. Not NULL.
 * @param attention_mask  [rows, length], 1 for a valid token and 0 for padding, which may be on the left, on the right
 *   or in the middle; each row needs a valid token. NULL if every token is valid.
 * @param token_type_ids  [rows, length]; NULL for all 0.
 * @param rows            Number of rows, at least 1.
 * @param length          Length of each row with its padding.
 * @param options         How to encode; NULL for the defaults.
 * @param encoded         Where the result goes. Not NULL.
 * @param error           Where an error goes; or NULL.
 * @return As deberta_model_encode_ids().
 * @par Ownership
 *   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
 *   are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_padded(const struct deberta_model *model,
                                           const int64_t *input_ids,
                                           const int64_t *attention_mask,
                                           const int64_t *token_type_ids,
                                           size_t rows,
                                           size_t length,
                                           const struct deberta_encode_options *options,
                                           struct deberta_encoded **encoded,
                                           struct deberta_error **error);

/**
 * As deberta_model_encode_padded(), with the last hidden state written to the caller's buffer.
 *
 * @param model           The model. Not NULL.
 * @param input_ids       Token ids, [rows, length] in row-major order. Not NULL.
 * @param attention_mask  [rows, length], 1 for a valid token and 0 for padding; NULL if every token is valid.
 * @param token_type_ids  [rows, length]; NULL for all 0.
 * @param rows            Number of rows, at least 1.
 * @param length          Length of each row with its padding.
 * @param options         How to encode, with no further outputs; NULL for the defaults.
 * @param values          Buffer for [rows, length, hidden_size] floats; those of padding become 0.
 * @param capacity        Number of floats that `values` has room for.
 * @param values_length   Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error           Where an error goes; or NULL.
 * @return As deberta_model_encode_ids(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Ownership
 *   The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_padded_into(const struct deberta_model *model,
                                                const int64_t *input_ids,
                                                const int64_t *attention_mask,
                                                const int64_t *token_type_ids,
                                                size_t rows,
                                                size_t length,
                                                const struct deberta_encode_options *options,
                                                float *values,
                                                size_t capacity,
                                                size_t *values_length,
                                                struct deberta_error **error);

/**
 * Encodes a padded batch of embeddings in the place of ids: they stand for rows of the word embedding table, before
 * positions, token types and layer norm. See deberta_model_token_embeddings().
 *
 * @param model           The model. Not NULL.
 * @param embeddings      [rows, length, embedding_size] in row-major order. Not NULL.
 * @param embedding_size  Length of an embedding; the model's.
 * @param attention_mask  [rows, length], 1 for a valid token and 0 for padding; NULL if every token is valid.
 * @param token_type_ids  [rows, length]; NULL for all 0.
 * @param rows            Number of rows, at least 1.
 * @param length          Length of each row with its padding.
 * @param options         How to encode; NULL for the defaults.
 * @param encoded         Where the result goes. Not NULL.
 * @param error           Where an error goes; or NULL.
 * @return As deberta_model_encode_ids().
 * @par Ownership
 *   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
 *   are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_embeddings(const struct deberta_model *model,
                                               const float *embeddings,
                                               size_t embedding_size,
                                               const int64_t *attention_mask,
                                               const int64_t *token_type_ids,
                                               size_t rows,
                                               size_t length,
                                               const struct deberta_encode_options *options,
                                               struct deberta_encoded **encoded,
                                               struct deberta_error **error);

/**
 * As deberta_model_encode_embeddings(), with the last hidden state written to the caller's buffer.
 *
 * @param model           The model. Not NULL.
 * @param embeddings      [rows, length, embedding_size] in row-major order. Not NULL.
 * @param embedding_size  Length of an embedding; the model's.
 * @param attention_mask  [rows, length], 1 for a valid token and 0 for padding; NULL if every token is valid.
 * @param token_type_ids  [rows, length]; NULL for all 0.
 * @param rows            Number of rows, at least 1.
 * @param length          Length of each row with its padding.
 * @param options         How to encode, with no further outputs; NULL for the defaults.
 * @param values          Buffer for [rows, length, hidden_size] floats; those of padding become 0.
 * @param capacity        Number of floats that `values` has room for.
 * @param values_length   Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error           Where an error goes; or NULL.
 * @return As deberta_model_encode_ids(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Ownership
 *   The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_embeddings_into(const struct deberta_model *model,
                                                    const float *embeddings,
                                                    size_t embedding_size,
                                                    const int64_t *attention_mask,
                                                    const int64_t *token_type_ids,
                                                    size_t rows,
                                                    size_t length,
                                                    const struct deberta_encode_options *options,
                                                    float *values,
                                                    size_t capacity,
                                                    size_t *values_length,
                                                    struct deberta_error **error);

/**
 * Tokenizes texts and encodes them. What the tokenizer returned for each is kept with the result, see
 * deberta_encoded_tokenized().
 *
 * @param model             The model. Not NULL.
 * @param texts             The texts, one for each row. Not NULL.
 * @param count             Number of texts, at least 1.
 * @param tokenize_options  How to tokenize; NULL for the defaults.
 * @param options           How to encode; NULL for the defaults.
 * @param encoded           Where the result goes. Not NULL.
 * @param error             Where an error goes; or NULL.
 * @return As deberta_model_encode_ids(); #DEBERTA_STATUS_NOT_FOUND if the model has no tokenizer,
 *   #DEBERTA_STATUS_INVALID_UTF8 for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is longer than the
 *   options allow.
 * @par Ownership
 *   The caller owns the result and frees it with deberta_encoded_free(). It does not depend on the model. The arguments
 *   are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_encode_texts(const struct deberta_model *model,
                                          const struct deberta_text *texts,
                                          size_t count,
                                          const struct deberta_tokenize_options *tokenize_options,
                                          const struct deberta_encode_options *options,
                                          struct deberta_encoded **encoded,
                                          struct deberta_error **error);

/**
 * Sets up the struct for deberta_encoded_get_info(): every field 0 but `struct_size`.
 *
 * @param info         The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_encoded_info), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_encoded_info_init(struct deberta_encoded_info *info,
                                         size_t struct_size,
                                         struct deberta_error **error);

/**
 * The sizes of a result.
 *
 * @param encoded  The result. Not NULL.
 * @param info     A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_get_info(const struct deberta_encoded *encoded,
                                        struct deberta_encoded_info *info,
                                        struct deberta_error **error);

/**
 * Where the rows start in the ragged arrays.
 *
 * @param encoded      The result. Not NULL.
 * @param row_offsets  Where the address of the offsets goes: row r has the tokens from row_offsets[r] to before
 *   row_offsets[r + 1]. It lives as long as the result. Not NULL.
 * @param length       Where the number of offsets goes, rows + 1. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_row_offsets(const struct deberta_encoded *encoded,
                                           const size_t **row_offsets,
                                           size_t *length,
                                           struct deberta_error **error);

/**
 * The position that each valid token had in its row with padding.
 *
 * @param encoded    The result. Not NULL.
 * @param positions  Where the address of [tokens] positions goes. It lives as long as the result. Not NULL.
 * @param length     Where their number goes. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_positions(const struct deberta_encoded *encoded,
                                         const uint32_t **positions,
                                         size_t *length,
                                         struct deberta_error **error);

/**
 * The last hidden state of all valid tokens.
 *
 * @param encoded  The result. Not NULL.
 * @param values   Where the address of [tokens, hidden_size] floats goes. It lives as long as the result. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_last_hidden_state(const struct deberta_encoded *encoded,
                                                 const float **values,
                                                 size_t *length,
                                                 struct deberta_error **error);

/**
 * Copies the last hidden state to a padded array.
 *
 * @param encoded        The result. Not NULL.
 * @param values         Buffer for [rows, length, hidden_size] floats; those of padding become 0.
 * @param capacity       Number of floats that `values` has room for.
 * @param values_length  Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error          Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_last_hidden_state_padded(const struct deberta_encoded *encoded,
                                                        float *values,
                                                        size_t capacity,
                                                        size_t *values_length,
                                                        struct deberta_error **error);

/**
 * The hidden states of all valid tokens after one layer, if #DEBERTA_OUTPUT_HIDDEN_STATES was asked for.
 *
 * @param encoded  The result. Not NULL.
 * @param layer    0 for the embeddings, 1 for the first layer, num_hidden_layers for the last hidden state.
 * @param values   Where the address of [tokens, hidden_size] floats goes. It lives as long as the result. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_hidden_states(const struct deberta_encoded *encoded,
                                             size_t layer,
                                             const float **values,
                                             size_t *length,
                                             struct deberta_error **error);

/**
 * Copies the hidden states after one layer to a padded array, if #DEBERTA_OUTPUT_HIDDEN_STATES was asked for.
 *
 * @param encoded        The result. Not NULL.
 * @param layer          0 for the embeddings, 1 for the first layer, num_hidden_layers for the last hidden state.
 * @param values         Buffer for [rows, length, hidden_size] floats; those of padding become 0.
 * @param capacity       Number of floats that `values` has room for.
 * @param values_length  Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error          Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_hidden_states_padded(const struct deberta_encoded *encoded,
                                                    size_t layer,
                                                    float *values,
                                                    size_t capacity,
                                                    size_t *values_length,
                                                    struct deberta_error **error);

/**
 * The attention probabilities of one layer, if #DEBERTA_OUTPUT_ATTENTIONS was asked for.
 *
 * @param encoded  The result. Not NULL.
 * @param layer    0 for the first layer, num_hidden_layers - 1 for the last.
 * @param values   Where the address of the floats goes: row after row [num_attention_heads, S, S], queries × keys, with
 *   the row's number of valid tokens S. It lives as long as the result. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_attentions(const struct deberta_encoded *encoded,
                                          size_t layer,
                                          const float **values,
                                          size_t *length,
                                          struct deberta_error **error);

/**
 * Copies the attention probabilities of one layer to a padded array, if #DEBERTA_OUTPUT_ATTENTIONS was asked for.
 *
 * @param encoded        The result. Not NULL.
 * @param layer          0 for the first layer, num_hidden_layers - 1 for the last.
 * @param values         Buffer for [rows, num_attention_heads, length, length] floats, queries × keys; those of padding
 *   become 0.
 * @param capacity       Number of floats that `values` has room for.
 * @param values_length  Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error          Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_attentions_padded(const struct deberta_encoded *encoded,
                                                 size_t layer,
                                                 float *values,
                                                 size_t capacity,
                                                 size_t *values_length,
                                                 struct deberta_error **error);

/**
 * The head's logits, if #DEBERTA_OUTPUT_LOGITS was asked for and the model has a head. Whose they are is in
 * deberta_encoded_info.
 *
 * @param encoded  The result. Not NULL.
 * @param values   Where the address of the floats goes: [rows, num_labels] for #DEBERTA_HEAD_SEQUENCE_CLASSIFICATION,
 *   [tokens, num_labels] for #DEBERTA_HEAD_TOKEN_CLASSIFICATION. It lives as long as the result. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_logits(const struct deberta_encoded *encoded,
                                      const float **values,
                                      size_t *length,
                                      struct deberta_error **error);

/**
 * Copies the head's logits to the caller's buffer, those of a head with answers for each token to a padded array.
 *
 * @param encoded        The result. Not NULL.
 * @param values         Buffer for [rows, num_labels] floats for #DEBERTA_HEAD_SEQUENCE_CLASSIFICATION, for
 *   [rows, length, num_labels] floats for #DEBERTA_HEAD_TOKEN_CLASSIFICATION; those of padding become 0.
 * @param capacity       Number of floats that `values` has room for.
 * @param values_length  Where the number of floats goes: on success those written, with
 *   #DEBERTA_STATUS_BUFFER_TOO_SMALL those needed; or NULL.
 * @param error          Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK, #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_logits_padded(const struct deberta_encoded *encoded,
                                             float *values,
                                             size_t capacity,
                                             size_t *values_length,
                                             struct deberta_error **error);

/**
 * What the tokenizer returned for one row of deberta_model_encode_texts().
 *
 * @param encoded    The result. Not NULL.
 * @param row        The row.
 * @param tokenized  Where the tokens go. They belong to the result: they live as long and must not be freed. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_INVALID_ARGUMENT if there is no such row or the rows were not texts.
 * @par Thread safety
 *   May be called from several threads on one result.
 * @since 0.1.0
 */
deberta_status deberta_encoded_tokenized(const struct deberta_encoded *encoded,
                                         size_t row,
                                         const struct deberta_tokenized **tokenized,
                                         struct deberta_error **error);

/**
 * Frees a result.
 *
 * @param encoded  The result, which must not be used afterwards, nor any array got from it. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the result at the time.
 * @since 0.1.0
 */
void deberta_encoded_free(struct deberta_encoded *encoded);

/**
 * Number of answers.
 *
 * @param classifications  The answers, or NULL.
 * @return Their number; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
size_t deberta_classifications_rows(const struct deberta_classifications *classifications);

/**
 * One raw score for each label; from deberta_model_zero_shot() the logit of entailment.
 *
 * @param classifications  The answers. Not NULL.
 * @param row              The text's index.
 * @param logits           Where the address of the scores goes, one for each label. It lives as long as the answers. Not NULL.
 * @param length           Where their number goes. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_classifications_logits(const struct deberta_classifications *classifications,
                                              size_t row,
                                              const float **logits,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * One score for each label, which is what the score function made of the raw scores.
 *
 * @param classifications  The answers. Not NULL.
 * @param row              The text's index.
 * @param scores           Where the address of the scores goes, one for each label. It lives as long as the answers. Not NULL.
 * @param length           Where their number goes. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_classifications_scores(const struct deberta_classifications *classifications,
                                              size_t row,
                                              const float **scores,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * The labels from the highest score to the lowest.
 *
 * @param classifications  The answers. Not NULL.
 * @param row              The text's index.
 * @param ranking          Where the address of the indices goes, one for each label. It lives as long as the answers. Not NULL.
 * @param length           Where their number goes. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_classifications_ranking(const struct deberta_classifications *classifications,
                                               size_t row,
                                               const size_t **ranking,
                                               size_t *length,
                                               struct deberta_error **error);

/**
 * The name of a label, as deberta_model_label() has it, or as it was given to deberta_model_zero_shot().
 *
 * @param classifications  The answers. Not NULL.
 * @param index            The label's index.
 * @param label            Where the name goes; it lives as long as the answers. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_classifications_label(const struct deberta_classifications *classifications,
                                             size_t index,
                                             struct deberta_string *label,
                                             struct deberta_error **error);

/**
 * What was cut off of a text that was too long, if the options say to truncate.
 *
 * @param classifications  The answers. Not NULL.
 * @param row              The text's index.
 * @param truncated        A struct whose `struct_size` is set; the fields that it has and the library knows are written,
 *   all others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_classifications_truncation(const struct deberta_classifications *classifications,
                                                  size_t row,
                                                  struct deberta_truncated_text *truncated,
                                                  struct deberta_error **error);

/**
 * The number of windows that a text was read in.
 *
 * @param classifications  The answers. Not NULL.
 * @param row              The text's index.
 * @param windows          Where their number goes; at least 1. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_classifications_windows(const struct deberta_classifications *classifications,
                                               size_t row,
                                               size_t *windows,
                                               struct deberta_error **error);

/**
 * Frees answers.
 *
 * @param classifications  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the answers at the time.
 * @since 0.1.0
 */
void deberta_classifications_free(struct deberta_classifications *classifications);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_classify_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_classify_options_init(struct deberta_classify_options *options,
                                             size_t struct_size,
                                             struct deberta_error **error);

/**
 * Classifies texts with the model's sequence classification head. An answer is the same, bit for bit, as for the text
 * alone.
 *
 * @param model            The model. Not NULL.
 * @param texts            The texts. Not NULL unless `count` is 0.
 * @param count            Number of texts.
 * @param options          How to classify; NULL for the defaults.
 * @param classifications  Where the answers go. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_UNSUPPORTED if the model has no such head, #DEBERTA_STATUS_NOT_FOUND if it
 *   has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8 for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is
 *   longer than the options allow, #DEBERTA_STATUS_CANCELLED, #DEBERTA_STATUS_DEADLINE_EXCEEDED,
 *   #DEBERTA_STATUS_INVALID_ARGUMENT or #DEBERTA_STATUS_OUT_OF_MEMORY.
 * @par Ownership
 *   The caller owns the answers and frees them with deberta_classifications_free(). They do not depend on the model. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_classify(const struct deberta_model *model,
                                      const struct deberta_text *texts,
                                      size_t count,
                                      const struct deberta_classify_options *options,
                                      struct deberta_classifications **classifications,
                                      struct deberta_error **error);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_zero_shot_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_zero_shot_options_init(struct deberta_zero_shot_options *options,
                                              size_t struct_size,
                                              struct deberta_error **error);

/**
 * Classifies texts by any labels, with a model that was trained on natural language inference: each label makes a hypothesis,
 * and its score is how surely the text entails it. An answer is the same, bit for bit, as for the text alone.
 *
 * @param model            The model. Not NULL.
 * @param texts            The texts, without pairs. Not NULL unless `count` is 0.
 * @param count            Number of texts.
 * @param labels           The labels to choose from, without pairs. Not NULL.
 * @param label_count      Number of labels, at least 1.
 * @param options          How to classify; NULL for the defaults.
 * @param classifications  Where the answers go: their labels are those given here. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT without labels or for a template without exactly one
 *   `{}`; #DEBERTA_STATUS_UNSUPPORTED for a model without a label that starts with "entail".
 * @par Ownership
 *   The caller owns the answers and frees them with deberta_classifications_free(). They do not depend on the model. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_zero_shot(const struct deberta_model *model,
                                       const struct deberta_text *texts,
                                       size_t count,
                                       const struct deberta_text *labels,
                                       size_t label_count,
                                       const struct deberta_zero_shot_options *options,
                                       struct deberta_classifications **classifications,
                                       struct deberta_error **error);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_rank_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_rank_options_init(struct deberta_rank_options *options,
                                         size_t struct_size,
                                         struct deberta_error **error);

/**
 * Ranks documents by their score for a query, the highest first and equal ones in their order, with a model that has one label:
 * rerankers, and reward models, which score answers to a prompt. A score is the same, bit for bit, whatever other documents
 * there are.
 *
 * @param model         The model. Not NULL.
 * @param query         The query, in UTF-8. Not NULL.
 * @param query_length  Number of bytes of `query`.
 * @param documents     The documents, without pairs. Not NULL.
 * @param count         Number of documents, at least 1.
 * @param options       How to rank; NULL for the defaults.
 * @param ranking       Where the ranking goes. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT for an empty query or without documents;
 *   #DEBERTA_STATUS_UNSUPPORTED for a model with several labels.
 * @par Ownership
 *   The caller owns the ranking and frees it with deberta_ranking_free(). It does not depend on the model. The arguments are
 *   only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_rank(const struct deberta_model *model,
                                  const char *query,
                                  size_t query_length,
                                  const struct deberta_text *documents,
                                  size_t count,
                                  const struct deberta_rank_options *options,
                                  struct deberta_ranking **ranking,
                                  struct deberta_error **error);

/**
 * The documents by their index, the best first.
 *
 * @param ranking  The ranking. Not NULL.
 * @param documents  Where the address of the indices goes, one for each place. It lives as long as the ranking. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one ranking.
 * @since 0.1.0
 */
deberta_status deberta_ranking_documents(const struct deberta_ranking *ranking,
                                         const size_t **documents,
                                         size_t *length,
                                         struct deberta_error **error);

/**
 * The score of the document at each place: what the score function made of its logit.
 *
 * @param ranking  The ranking. Not NULL.
 * @param scores   Where the address of the scores goes, one for each place. It lives as long as the ranking. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one ranking.
 * @since 0.1.0
 */
deberta_status deberta_ranking_scores(const struct deberta_ranking *ranking,
                                      const float **scores,
                                      size_t *length,
                                      struct deberta_error **error);

/**
 * The model's raw score of the document at each place.
 *
 * @param ranking  The ranking. Not NULL.
 * @param logits   Where the address of the logits goes, one for each place. It lives as long as the ranking. Not NULL.
 * @param length   Where their number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one ranking.
 * @since 0.1.0
 */
deberta_status deberta_ranking_logits(const struct deberta_ranking *ranking,
                                      const float **logits,
                                      size_t *length,
                                      struct deberta_error **error);

/**
 * What was cut off of query and document, if the options say to truncate.
 *
 * @param ranking    The ranking. Not NULL.
 * @param place      The place in the ranking, 0 for the best.
 * @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all others
 *   set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one ranking.
 * @since 0.1.0
 */
deberta_status deberta_ranking_truncation(const struct deberta_ranking *ranking,
                                          size_t place,
                                          struct deberta_truncated_text *truncated,
                                          struct deberta_error **error);

/**
 * The number of windows that a document was read in.
 *
 * @param ranking  The ranking. Not NULL.
 * @param place    The place in the ranking, 0 for the best.
 * @param windows  Where their number goes; at least 1. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one ranking.
 * @since 0.1.0
 */
deberta_status deberta_ranking_windows(const struct deberta_ranking *ranking,
                                       size_t place,
                                       size_t *windows,
                                       struct deberta_error **error);

/**
 * Frees a ranking.
 *
 * @param ranking  The ranking, which must not be used afterwards, nor anything got from it. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the ranking at the time.
 * @since 0.1.0
 */
void deberta_ranking_free(struct deberta_ranking *ranking);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_answer_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_answer_options_init(struct deberta_answer_options *options,
                                           size_t struct_size,
                                           struct deberta_error **error);

/**
 * Finds the answers to questions in texts, with the model's question answering head. A question is answered the same,
 * bit for bit, as alone.
 *
 * @param model      The model. Not NULL.
 * @param questions  The questions as `text`, each with its context as `pair`. Not NULL unless `count` is 0.
 * @param count      Number of questions.
 * @param options    How to answer; NULL for the defaults.
 * @param answers    Where the answers go. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_UNSUPPORTED if the model has no such head, #DEBERTA_STATUS_NOT_FOUND if
 *   it has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8 for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for a
 *   question that leaves no room in a window, or texts that are longer than the options allow,
 *   #DEBERTA_STATUS_INVALID_ARGUMENT also for an empty question and one without context, #DEBERTA_STATUS_CANCELLED,
 *   #DEBERTA_STATUS_DEADLINE_EXCEEDED or #DEBERTA_STATUS_OUT_OF_MEMORY.
 * @par Ownership
 *   The caller owns the answers and frees them with deberta_answers_free(). They do not depend on the model. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_answer(const struct deberta_model *model,
                                    const struct deberta_text *questions,
                                    size_t count,
                                    const struct deberta_answer_options *options,
                                    struct deberta_answers **answers,
                                    struct deberta_error **error);

/**
 * Number of questions that were answered.
 *
 * @param answers  The answers, or NULL.
 * @return Their number; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
size_t deberta_answers_rows(const struct deberta_answers *answers);

/**
 * Number of answers to one question: at most as many as were asked for; 0 if the context has none.
 *
 * @param answers  The answers. Not NULL.
 * @param row      The question's index.
 * @param count    Where the number goes. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_answers_count(const struct deberta_answers *answers,
                                     size_t row,
                                     size_t *count,
                                     struct deberta_error **error);

/**
 * Sets up the struct for deberta_answers_answer(): every field 0 but `struct_size`.
 *
 * @param answer       The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_answer), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_answer_init(struct deberta_answer *answer,
                                   size_t struct_size,
                                   struct deberta_error **error);

/**
 * One answer to a question.
 *
 * @param answers  The answers. Not NULL.
 * @param row      The question's index.
 * @param index    The answer's place, 0 for the one with the highest score.
 * @param answer   A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_answers_answer(const struct deberta_answers *answers,
                                      size_t row,
                                      size_t index,
                                      struct deberta_answer *answer,
                                      struct deberta_error **error);

/**
 * What was cut off of question and context, if the options say to truncate.
 *
 * @param answers    The answers. Not NULL.
 * @param row        The question's index.
 * @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_answers_truncation(const struct deberta_answers *answers,
                                          size_t row,
                                          struct deberta_truncated_text *truncated,
                                          struct deberta_error **error);

/**
 * The number of windows that a context was read in.
 *
 * @param answers  The answers. Not NULL.
 * @param row      The question's index.
 * @param windows  Where their number goes; at least 1. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_answers_windows(const struct deberta_answers *answers,
                                       size_t row,
                                       size_t *windows,
                                       struct deberta_error **error);

/**
 * Frees answers.
 *
 * @param answers  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the answers at the time.
 * @since 0.1.0
 */
void deberta_answers_free(struct deberta_answers *answers);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_fill_mask_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_fill_mask_options_init(struct deberta_fill_mask_options *options,
                                              size_t struct_size,
                                              struct deberta_error **error);

/**
 * Fills each `[MASK]` of texts with the tokens that the model's masked language modelling head finds most probable,
 * each as if it were the only one. An answer is the same, bit for bit, as for the text alone. In windows, a mask is
 * filled where it has most context.
 *
 * @param model         The model. Not NULL.
 * @param texts         The texts, without pairs. Not NULL unless `count` is 0.
 * @param count         Number of texts.
 * @param options       How to fill masks; NULL for the defaults.
 * @param filled_masks  Where the answers go. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT also for a text without mask and for a
 *   candidate that is not one token.
 * @par Ownership The caller owns the answers and frees them with deberta_filled_masks_free(). They do not depend on
 *   the model. The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_fill_mask(const struct deberta_model *model,
                                       const struct deberta_text *texts,
                                       size_t count,
                                       const struct deberta_fill_mask_options *options,
                                       struct deberta_filled_masks **filled_masks,
                                       struct deberta_error **error);

/**
 * Number of texts.
 *
 * @param filled_masks  The answers, or NULL.
 * @return The number of texts; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
size_t deberta_filled_masks_rows(const struct deberta_filled_masks *filled_masks);

/**
 * Number of masks of a text.
 *
 * @param filled_masks  The answers. Not NULL.
 * @param row           The text's index.
 * @param masks         Where the number goes; at least 1. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_filled_masks_count(const struct deberta_filled_masks *filled_masks,
                                          size_t row,
                                          size_t *masks,
                                          struct deberta_error **error);

/**
 * Sets up the struct for deberta_filled_masks_mask(): every field 0 but `struct_size`.
 *
 * @param filled_mask  The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_filled_mask), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_filled_mask_init(struct deberta_filled_mask *filled_mask,
                                        size_t struct_size,
                                        struct deberta_error **error);

/**
 * A mask of a text.
 *
 * @param filled_masks  The answers. Not NULL.
 * @param row           The text's index.
 * @param mask          The mask's index, in the order of the text.
 * @param filled_mask   A struct whose `struct_size` is set; the fields that it has and the library knows are written,
 *   all others set to 0. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_filled_masks_mask(const struct deberta_filled_masks *filled_masks,
                                         size_t row,
                                         size_t mask,
                                         struct deberta_filled_mask *filled_mask,
                                         struct deberta_error **error);

/**
 * Sets up the struct for deberta_filled_masks_fill(): every field 0 but `struct_size`.
 *
 * @param fill         The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_fill), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_fill_init(struct deberta_fill *fill, size_t struct_size, struct deberta_error **error);

/**
 * A token that may stand in the place of a mask.
 *
 * @param filled_masks  The answers. Not NULL.
 * @param row           The text's index.
 * @param mask          The mask's index, in the order of the text.
 * @param place         The token's place, 0 for the one with the highest score.
 * @param fill          A struct whose `struct_size` is set; the fields that it has and the library knows are written,
 *   all others set to 0. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_filled_masks_fill(const struct deberta_filled_masks *filled_masks,
                                         size_t row,
                                         size_t mask,
                                         size_t place,
                                         struct deberta_fill *fill,
                                         struct deberta_error **error);

/**
 * What was cut off of a text that was too long, if the options say to truncate.
 *
 * @param filled_masks  The answers. Not NULL.
 * @param row           The text's index.
 * @param truncated     A struct whose `struct_size` is set; the fields that it has and the library knows are written,
 *   all others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_filled_masks_truncation(const struct deberta_filled_masks *filled_masks,
                                               size_t row,
                                               struct deberta_truncated_text *truncated,
                                               struct deberta_error **error);

/**
 * The number of windows that a text was read in.
 *
 * @param filled_masks  The answers. Not NULL.
 * @param row           The text's index.
 * @param windows       Where their number goes; at least 1. Not NULL.
 * @param error         Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_filled_masks_windows(const struct deberta_filled_masks *filled_masks,
                                            size_t row,
                                            size_t *windows,
                                            struct deberta_error **error);

/**
 * Frees answers.
 *
 * @param filled_masks  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the answers at the time.
 * @since 0.1.0
 */
void deberta_filled_masks_free(struct deberta_filled_masks *filled_masks);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_choose_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_choose_options_init(struct deberta_choose_options *options,
                                           size_t struct_size,
                                           struct deberta_error **error);

/**
 * Chooses among texts that may follow a prompt, with the model's multiple choice head. The raw score of a choice is
 * the same, bit for bit, whatever the others are.
 *
 * @param model            The model. Not NULL.
 * @param prompt           The prompt, in UTF-8. Not NULL unless `prompt_length` is 0.
 * @param prompt_length    Number of bytes of `prompt`.
 * @param choices          The choices, without pairs. Not NULL.
 * @param count            Number of choices, at least 1.
 * @param options          How to choose; NULL for the defaults.
 * @param classifications  Where the answer goes: one row, whose labels are the choices, and whose scores are
 *   probabilities that sum to 1. Not NULL.
 * @param error            Where an error goes; or NULL.
 * @return As deberta_model_classify(); #DEBERTA_STATUS_INVALID_ARGUMENT without choices.
 * @par Ownership
 *   The caller owns the answer and frees it with deberta_classifications_free(). It does not depend on the model. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_choose(const struct deberta_model *model,
                                    const char *prompt,
                                    size_t prompt_length,
                                    const struct deberta_text *choices,
                                    size_t count,
                                    const struct deberta_choose_options *options,
                                    struct deberta_classifications **classifications,
                                    struct deberta_error **error);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_embed_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_embed_options_init(struct deberta_embed_options *options,
                                          size_t struct_size,
                                          struct deberta_error **error);

/**
 * Embeds texts: one vector for each. It is the same, bit for bit, as for the text alone. Any model will do, whatever
 * its head.
 *
 * @param model       The model. Not NULL.
 * @param texts       The texts. Not NULL unless `count` is 0.
 * @param count       Number of texts.
 * @param options     How to embed; NULL for the defaults.
 * @param embeddings  Where the vectors go. Not NULL.
 * @param error       Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_NOT_FOUND if the model has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8
 *   for a text that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is longer than the options allow,
 *   #DEBERTA_STATUS_CANCELLED, #DEBERTA_STATUS_DEADLINE_EXCEEDED, #DEBERTA_STATUS_INVALID_ARGUMENT or
 *   #DEBERTA_STATUS_OUT_OF_MEMORY.
 * @par Ownership The caller owns the vectors and frees them with deberta_embeddings_free(). They do not depend on the
 *   model. The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_embed(const struct deberta_model *model,
                                   const struct deberta_text *texts,
                                   size_t count,
                                   const struct deberta_embed_options *options,
                                   struct deberta_embeddings **embeddings,
                                   struct deberta_error **error);

/**
 * As deberta_model_embed(), with the vectors written to the caller's buffer.
 *
 * @param model     The model. Not NULL.
 * @param texts     The texts. Not NULL unless `count` is 0.
 * @param count     Number of texts.
 * @param options   How to embed; NULL for the defaults.
 * @param values    Buffer for [count, hidden_size] floats.
 * @param capacity  Number of floats that `values` has room for.
 * @param length    Where the number of floats goes: on success those written, with #DEBERTA_STATUS_BUFFER_TOO_SMALL
 *   those needed; or NULL.
 * @param error     Where an error goes; or NULL.
 * @return As deberta_model_embed(), and #DEBERTA_STATUS_BUFFER_TOO_SMALL.
 * @par Ownership
 *   The arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_embed_into(const struct deberta_model *model,
                                        const struct deberta_text *texts,
                                        size_t count,
                                        const struct deberta_embed_options *options,
                                        float *values,
                                        size_t capacity,
                                        size_t *length,
                                        struct deberta_error **error);

/**
 * Number of texts.
 *
 * @param embeddings  The vectors, or NULL.
 * @return The number of texts; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on the same vectors.
 * @since 0.1.0
 */
size_t deberta_embeddings_rows(const struct deberta_embeddings *embeddings);

/**
 * The vectors, [rows, hidden_size].
 *
 * @param embeddings  The vectors. Not NULL.
 * @param values      Where their address goes. They live as long as the handle. Not NULL.
 * @param length      Where the number of floats goes. Not NULL.
 * @param error       Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same vectors.
 * @since 0.1.0
 */
deberta_status deberta_embeddings_vectors(const struct deberta_embeddings *embeddings,
                                          const float **values,
                                          size_t *length,
                                          struct deberta_error **error);

/**
 * What was cut off of a text that was too long, if the options say to truncate.
 *
 * @param embeddings  The vectors. Not NULL.
 * @param row         The text's index.
 * @param truncated   A struct whose `struct_size` is set; the fields that it has and the library knows are written,
 *   all others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
 * @param error       Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same vectors.
 * @since 0.1.0
 */
deberta_status deberta_embeddings_truncation(const struct deberta_embeddings *embeddings,
                                             size_t row,
                                             struct deberta_truncated_text *truncated,
                                             struct deberta_error **error);

/**
 * The number of windows that a text was read in.
 *
 * @param embeddings  The vectors. Not NULL.
 * @param row         The text's index.
 * @param windows     Where their number goes; at least 1. Not NULL.
 * @param error       Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same vectors.
 * @since 0.1.0
 */
deberta_status deberta_embeddings_windows(const struct deberta_embeddings *embeddings,
                                          size_t row,
                                          size_t *windows,
                                          struct deberta_error **error);

/**
 * Frees vectors.
 *
 * @param embeddings  The vectors, which must not be used afterwards, nor anything got from them. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the vectors at the time.
 * @since 0.1.0
 */
void deberta_embeddings_free(struct deberta_embeddings *embeddings);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_tag_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_tag_options_init(struct deberta_tag_options *options,
                                        size_t struct_size,
                                        struct deberta_error **error);

/**
 * Finds entities with the model's token classification head. Windows of a long text are read as one: a token has its
 * scores from the window in which its nearer side has most context, and entities are made of the tokens of the whole
 * text. An answer is the same, bit for bit, as for the text alone.
 *
 * @param model    The model. Not NULL.
 * @param texts    The texts, without pairs. Not NULL unless `count` is 0.
 * @param count    Number of texts.
 * @param options  How to tag; NULL for the defaults.
 * @param tagged   Where the answers go. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return As deberta_model_classify().
 * @par Ownership
 *   The caller owns the answers and frees them with deberta_tagged_free(). They do not depend on the model. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_tag(const struct deberta_model *model,
                                 const struct deberta_text *texts,
                                 size_t count,
                                 const struct deberta_tag_options *options,
                                 struct deberta_tagged **tagged,
                                 struct deberta_error **error);

/**
 * Number of answers.
 *
 * @param tagged  The answers, or NULL.
 * @return Their number; 0 for NULL.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
size_t deberta_tagged_rows(const struct deberta_tagged *tagged);

/**
 * The number of entities of a text.
 *
 * @param tagged  The answers. Not NULL.
 * @param row     The text's index.
 * @param count   Where their number goes. Not NULL.
 * @param error   Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_tagged_entity_count(const struct deberta_tagged *tagged,
                                           size_t row,
                                           size_t *count,
                                           struct deberta_error **error);

/**
 * Sets up the struct for deberta_tagged_entity(): every field 0 but `struct_size`.
 *
 * @param entity       The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_entity), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_entity_init(struct deberta_entity *entity,
                                   size_t struct_size,
                                   struct deberta_error **error);

/**
 * One entity of a text; they have the order of the text.
 *
 * @param tagged  The answers. Not NULL.
 * @param row     The text's index.
 * @param index   The entity's index.
 * @param entity  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. Its strings live as long as the answers. Not NULL.
 * @param error   Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_tagged_entity(const struct deberta_tagged *tagged,
                                     size_t row,
                                     size_t index,
                                     struct deberta_entity *entity,
                                     struct deberta_error **error);

/**
 * The number of windows that a text was read in.
 *
 * @param tagged   The answers. Not NULL.
 * @param row      The text's index.
 * @param windows  Where their number goes; at least 1. Not NULL.
 * @param error    Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_tagged_windows(const struct deberta_tagged *tagged,
                                      size_t row,
                                      size_t *windows,
                                      struct deberta_error **error);

/**
 * What was cut off of a text that was too long, if the options say to truncate.
 *
 * @param tagged     The answers. Not NULL.
 * @param row        The text's index.
 * @param truncated  A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. If nothing was cut off, `removed_tokens` is 0 and 0, and `total_tokens` is 0. Not NULL.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on the same answers.
 * @since 0.1.0
 */
deberta_status deberta_tagged_truncation(const struct deberta_tagged *tagged,
                                         size_t row,
                                         struct deberta_truncated_text *truncated,
                                         struct deberta_error **error);

/**
 * Frees answers.
 *
 * @param tagged  The answers, which must not be used afterwards, nor anything got from them. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the answers at the time.
 * @since 0.1.0
 */
void deberta_tagged_free(struct deberta_tagged *tagged);

/**
 * Sets every field to its default.
 *
 * @param options      The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_explain_options), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_explain_options_init(struct deberta_explain_options *options,
                                            size_t struct_size,
                                            struct deberta_error **error);

/**
 * Explains what the model makes of a text: how relevant each token is, and the attention of its layers.
 *
 * @param model        The model. Not NULL.
 * @param text         The text. Not NULL.
 * @param options      How to explain; NULL for the defaults.
 * @param explanation  Where the explanation goes. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_NOT_FOUND if the model has no tokenizer, #DEBERTA_STATUS_INVALID_UTF8 for a text
 *   that is not UTF-8, #DEBERTA_STATUS_TOO_LONG for one that is longer than the options allow, #DEBERTA_STATUS_OUT_OF_MEMORY
 *   for one whose attention takes too much memory; for occlusion #DEBERTA_STATUS_UNSUPPORTED if the model is no sequence
 *   classifier or has no `[MASK]`; #DEBERTA_STATUS_CANCELLED, #DEBERTA_STATUS_DEADLINE_EXCEEDED or
 *   #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Ownership
 *   The caller owns the explanation and frees it with deberta_explanation_free(). It does not depend on the model. The
 *   arguments are only used during the call.
 * @par Thread safety
 *   May be called from several threads on one model.
 * @since 0.1.0
 */
deberta_status deberta_model_explain(const struct deberta_model *model,
                                     const struct deberta_text *text,
                                     const struct deberta_explain_options *options,
                                     struct deberta_explanation **explanation,
                                     struct deberta_error **error);

/**
 * Sets up the struct for deberta_explanation_get_info(): every field 0 but `struct_size`.
 *
 * @param info         The struct to set up. Not NULL.
 * @param struct_size  sizeof(deberta_explanation_info), which tells the library which version of the struct this is.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from any thread at any time.
 * @since 0.1.0
 */
deberta_status deberta_explanation_info_init(struct deberta_explanation_info *info,
                                             size_t struct_size,
                                             struct deberta_error **error);

/**
 * The sizes of an explanation.
 *
 * @param explanation  The explanation. Not NULL.
 * @param info         A struct whose `struct_size` is set; the fields that it has and the library knows are written, all
 *   others set to 0. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_get_info(const struct deberta_explanation *explanation,
                                            struct deberta_explanation_info *info,
                                            struct deberta_error **error);

/**
 * The tokens of the text, and what was cut off of it.
 *
 * @param explanation  The explanation. Not NULL.
 * @param tokenized    Where the tokens go. They belong to the explanation: they live as long and must not be freed. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_tokenized(const struct deberta_explanation *explanation,
                                             const struct deberta_tokenized **tokenized,
                                             struct deberta_error **error);

/**
 * How relevant each token is, as the chosen deberta_relevance says.
 *
 * @param explanation  The explanation. Not NULL.
 * @param relevance    Where the address of the values goes, one for each token. It lives as long as the explanation. Not NULL.
 * @param length       Where their number goes. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_relevance(const struct deberta_explanation *explanation,
                                             const float **relevance,
                                             size_t *length,
                                             struct deberta_error **error);

/**
 * The attention probabilities of a layer, [heads, tokens, tokens]: each query's over all keys sum to 1.
 *
 * @param explanation  The explanation. Not NULL.
 * @param layer        The layer, from 0.
 * @param values       Where the address of the probabilities goes. It lives as long as the explanation. Not NULL.
 * @param length       Where their number goes. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_INVALID_ARGUMENT if there is no such layer or they were not asked for.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_attentions(const struct deberta_explanation *explanation,
                                              size_t layer,
                                              const float **values,
                                              size_t *length,
                                              struct deberta_error **error);

/**
 * The head's logits: [labels] from a head with a pooler, [tokens, labels] from any other.
 *
 * @param explanation  The explanation. Not NULL.
 * @param logits       Where the address of the logits goes. It lives as long as the explanation. Not NULL.
 * @param length       Where their number goes; 0 if the model has no head, or the vocabulary for labels. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_logits(const struct deberta_explanation *explanation,
                                          const float **logits,
                                          size_t *length,
                                          struct deberta_error **error);

/**
 * For classifiers of sequences and of tokens, what the configuration says is made of the logits, in the same order.
 *
 * @param explanation  The explanation. Not NULL.
 * @param scores       Where the address of the scores goes. It lives as long as the explanation. Not NULL.
 * @param length       Where their number goes; 0 for all other models. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK or #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_scores(const struct deberta_explanation *explanation,
                                          const float **scores,
                                          size_t *length,
                                          struct deberta_error **error);

/**
 * Which relative embedding belongs to a distance.
 *
 * @param explanation  The explanation. Not NULL.
 * @param distance     The query's position minus the key's.
 * @param bucket       Where the distance's bucket goes, which is 0 for the distance 0 and has the distance's sign. Not NULL.
 * @param row          Where the row of the relative embeddings goes. Not NULL.
 * @param error        Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_UNSUPPORTED if the model has no relative positions;
 *   #DEBERTA_STATUS_INVALID_ARGUMENT.
 * @par Thread safety
 *   May be called from several threads on one explanation.
 * @since 0.1.0
 */
deberta_status deberta_explanation_relative_position(const struct deberta_explanation *explanation,
                                                     int64_t distance,
                                                     int32_t *bucket,
                                                     int32_t *row,
                                                     struct deberta_error **error);

/**
 * Frees an explanation.
 *
 * @param explanation  The explanation, which must not be used afterwards, nor anything got from it. NULL does nothing.
 * @par Thread safety
 *   From any thread; no other call may use the explanation at the time.
 * @since 0.1.0
 */
void deberta_explanation_free(struct deberta_explanation *explanation);

/**
 * Sets the callback that receives the log messages of the library, for the whole process. There is none at first, and
 * nothing is logged.
 *
 * When this returns, the callback that was set before is not running on any other thread and will not be called again:
 * its `user_data` may be freed. So the call waits for callbacks that are running, and a callback must not wait for a
 * thread that is in this function. Not logged is what the library does inside of the callback, and what it does while
 * the callback is being replaced.
 *
 * @param callback   The function to call for each message; NULL for none.
 * @param user_data  Passed to the callback; may be NULL.
 * @param level      A deberta_log_level: the least important messages to pass on.
 * @param error      Where an error goes; or NULL.
 * @return #DEBERTA_STATUS_OK; #DEBERTA_STATUS_INVALID_ARGUMENT for an unknown level, and when called from inside of the
 *   callback; #DEBERTA_STATUS_UNSUPPORTED if the library is linked statically into a Rust program with its own logger.
 * @par Ownership
 *   `user_data` belongs to the caller and must live until another callback, or NULL, was set.
 * @par Thread safety
 *   May be called from any thread at any time but from inside of the callback.
 * @since 0.1.0
 */
deberta_status deberta_set_log_callback(deberta_log_callback callback,
                                        void *user_data,
                                        int32_t level,
                                        struct deberta_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DEBERTA_H */
