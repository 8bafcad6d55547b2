/* Structs of other sizes than the library's, and choices that it does not know. */

#include <string.h>

#include "expect.h"
#include "models.h"

#define INVALID(part, ...) REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, part, __VA_ARGS__)

static const size_t WRONG_SIZES[] = {0, 1, 7, 9, 12, 4097, 4104, SIZE_MAX, SIZE_MAX - 7};
enum { WRONG_COUNT = sizeof WRONG_SIZES / sizeof *WRONG_SIZES };

/* A struct of a newer program: what the library knows, and a tail. */
#define LONGER(type)     \
  struct {               \
    type known;          \
    uint64_t tail[2];    \
  }

/* The _init function of one struct: wrong sizes write nothing, a shorter one only itself, a longer one all of itself. */
#define CHECK_INIT(type, init)                                                               \
  do {                                                                                       \
    LONGER(type) longer;                                                                     \
    for (size_t index = 0; index < WRONG_COUNT; index++) {                                   \
      FILL(longer);                                                                          \
      INVALID("struct_size of " #type " is", init, &longer.known, WRONG_SIZES[index]);        \
      EXPECT_UNTOUCHED(longer);                                                              \
    }                                                                                        \
    FILL(longer);                                                                            \
    ACCEPTED(init, &longer.known, sizeof(size_t));                                           \
    EXPECT_EQUAL(longer.known.struct_size, sizeof(size_t));                                  \
    expect_untouched((char *)&longer + sizeof(size_t), sizeof longer - sizeof(size_t), "the rest of " #type, PLACE); \
    FILL(longer);                                                                            \
    ACCEPTED(init, &longer.known, sizeof(type) + sizeof(uint64_t));                          \
    EXPECT_EQUAL(longer.known.struct_size, sizeof(type) + sizeof(uint64_t));                 \
    longer.known.struct_size = 0;                                                            \
    static const type zeros;                                                                 \
    EXPECT_SAME_BYTES(&longer.known, &zeros, sizeof(type), #type);                           \
    EXPECT_EQUAL(longer.tail[0], 0);                                                         \
    EXPECT_UNTOUCHED(longer.tail[1]);                                                        \
  } while (0)

static void setting_up(void) {
  CHECK_INIT(deberta_backbone_config, deberta_backbone_config_init);
  CHECK_INIT(deberta_open_options, deberta_open_options_init);
  CHECK_INIT(deberta_tokenize_options, deberta_tokenize_options_init);
  CHECK_INIT(deberta_encode_options, deberta_encode_options_init);
  CHECK_INIT(deberta_run_options, deberta_run_options_init);
  CHECK_INIT(deberta_classify_options, deberta_classify_options_init);
  CHECK_INIT(deberta_zero_shot_options, deberta_zero_shot_options_init);
  CHECK_INIT(deberta_rank_options, deberta_rank_options_init);
  CHECK_INIT(deberta_model_info, deberta_model_info_init);
  CHECK_INIT(deberta_encoded_info, deberta_encoded_info_init);
  CHECK_INIT(deberta_special_tokens, deberta_special_tokens_init);
  CHECK_INIT(deberta_truncated_text, deberta_truncated_text_init);
}

/* Options of each kind, given to a function that reads them and writes `output`, an opaque handle. Too long with zeros in
   the tail is fine; with anything else it is not. */
#define CHECK_OPTIONS(type, init, output, release, call, ...)                                \
  do {                                                                                       \
    LONGER(type) longer;                                                                     \
    memset(&longer, 0, sizeof longer);                                                       \
    type *options = &longer.known;                                                           \
    FILL(output);                                                                            \
    for (size_t index = 0; index < WRONG_COUNT; index++) {                                   \
      options->struct_size = WRONG_SIZES[index];                                             \
      INVALID("struct_size of " #type " is", call, __VA_ARGS__);                              \
    }                                                                                        \
    options->struct_size = sizeof longer;                                                    \
    longer.tail[1] = UINT64_C(1) << 56;                                                      \
    REFUSED(DEBERTA_STATUS_UNSUPPORTED, "which this version of libdeberta does not know", call, __VA_ARGS__); \
    EXPECT_UNTOUCHED(output);                                                                \
    longer.tail[1] = 0;                                                                      \
    output = NULL;                                                                           \
    ACCEPTED(call, __VA_ARGS__);                                                             \
    release(output);                                                                         \
    /* What a shorter struct does not have is not looked at. */                              \
    memset(&longer, 0xFF, sizeof longer);                                                    \
    options->struct_size = sizeof(size_t);                                                   \
    output = NULL;                                                                           \
    ACCEPTED(call, __VA_ARGS__);                                                             \
    release(output);                                                                         \
  } while (0)

static const uint32_t IDS[] = {5, 6};
static const size_t OFFSETS[] = {0, 2};
static const deberta_text TEXT = {"text", 4, NULL, 0};

static void options_of_other_sizes(const deberta_model *model, const char *folder) {
  deberta_model *opened;
  CHECK_OPTIONS(deberta_open_options, deberta_open_options_init, opened, deberta_model_free, deberta_model_open, folder,
                options, &opened);
  deberta_encoded *encoded;
  CHECK_OPTIONS(deberta_encode_options, deberta_encode_options_init, encoded, deberta_encoded_free,
                deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, options, &encoded);
  const deberta_tokenizer *tokenizer = deberta_model_tokenizer(model);
  deberta_tokenized *tokens;
  CHECK_OPTIONS(deberta_tokenize_options, deberta_tokenize_options_init, tokens, deberta_tokenized_free,
                deberta_tokenizer_encode, tokenizer, &TEXT, options, &tokens);
}

/* A struct for results, filled by `call`: `full` is what it holds with the library's own size. */
#define CHECK_RESULT(type, call, handle)                                                     \
  do {                                                                                       \
    type full;                                                                               \
    LONGER(type) longer;                                                                     \
    full.struct_size = sizeof full;                                                          \
    ACCEPTED(call, handle, &full);                                                           \
    for (size_t index = 0; index < WRONG_COUNT; index++) {                                   \
      FILL(longer);                                                                          \
      longer.known.struct_size = WRONG_SIZES[index];                                         \
      INVALID("struct_size of " #type " is", call, handle, &longer.known);                   \
      EXPECT_EQUAL(longer.known.struct_size, WRONG_SIZES[index]);                            \
      expect_untouched((char *)&longer + sizeof(size_t), sizeof longer - sizeof(size_t), #type, PLACE); \
    }                                                                                        \
    FILL(longer);                                                                            \
    longer.known.struct_size = 2 * sizeof(size_t);                                           \
    ACCEPTED(call, handle, &longer.known);                                                   \
    EXPECT_SAME_BYTES((char *)&longer + sizeof(size_t), (char *)&full + sizeof(size_t), sizeof(size_t), #type); \
    expect_untouched((char *)&longer + 2 * sizeof(size_t), sizeof longer - 2 * sizeof(size_t), #type, PLACE); \
    FILL(longer);                                                                            \
    longer.known.struct_size = sizeof(type) + sizeof(uint64_t);                              \
    ACCEPTED(call, handle, &longer.known);                                                   \
    EXPECT_EQUAL(longer.known.struct_size, sizeof(type) + sizeof(uint64_t));                 \
    EXPECT_SAME_BYTES((char *)&longer + sizeof(size_t), (char *)&full + sizeof(size_t),      \
                      sizeof full - sizeof(size_t), #type);                                  \
    EXPECT_EQUAL(longer.tail[0], 0);                                                         \
    EXPECT_UNTOUCHED(longer.tail[1]);                                                        \
  } while (0)

static deberta_status first_truncation(const deberta_classifications *answers, deberta_truncated_text *truncated,
                                       deberta_error **error) {
  return deberta_classifications_truncation(answers, 0, truncated, error);
}

static void results_of_other_sizes(const deberta_model *model) {
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, NULL, &encoded);
  deberta_tokenized *tokens = NULL;
  ACCEPTED(deberta_tokenizer_encode, deberta_model_tokenizer(model), &TEXT, NULL, &tokens);
  deberta_classifications *answers = NULL;
  ACCEPTED(deberta_model_classify, model, &TEXT, 1, NULL, &answers);
  CHECK_RESULT(deberta_model_info, deberta_model_get_info, model);
  CHECK_RESULT(deberta_encoded_info, deberta_encoded_get_info, encoded);
  CHECK_RESULT(deberta_special_tokens, deberta_tokenizer_special_tokens, deberta_model_tokenizer(model));
  CHECK_RESULT(deberta_truncated_text, deberta_tokenized_truncation, tokens);
  CHECK_RESULT(deberta_truncated_text, first_truncation, answers);
  deberta_classifications_free(answers);
  deberta_tokenized_free(tokens);
  deberta_encoded_free(encoded);
}

static void unknown_choices(const deberta_model *model, const char *folder) {
  static const int32_t UNKNOWN[] = {-1, 100, INT32_MAX, INT32_MIN};
  deberta_model *opened;
  FILL(opened);
  for (size_t index = 0; index < sizeof UNKNOWN / sizeof *UNKNOWN; index++) {
    static const struct {
      size_t offset;
      const char *message;
    } FIELDS[] = {{offsetof(deberta_open_options, precision), "precision is"},
                  {offsetof(deberta_open_options, instruction_set), "instruction_set is"},
                  {offsetof(deberta_open_options, load_mode), "load_mode is"}};
    for (size_t field = 0; field < sizeof FIELDS / sizeof *FIELDS; field++) {
      deberta_open_options options;
      ACCEPTED(deberta_open_options_init, &options, sizeof options);
      memcpy((char *)&options + FIELDS[field].offset, &UNKNOWN[index], sizeof(int32_t));
      INVALID(FIELDS[field].message, deberta_model_open, folder, &options, &opened);
    }
    INVALID("level is", deberta_set_log_callback, NULL, NULL, UNKNOWN[index]);
    EXPECT_TEXT(deberta_instruction_set_name(UNKNOWN[index]), "");
    EXPECT_TEXT(deberta_status_name(UNKNOWN[index]), "");
  }
  deberta_open_options options;
  ACCEPTED(deberta_open_options_init, &options, sizeof options);
  options.threads = 5000;
  INVALID("threads is 5000", deberta_model_open, folder, &options, &opened);
  options.threads = 1;
  options.tensor_prefix = "elsewhere.";
  options.tensor_prefix_length = 10;
  REFUSED(DEBERTA_STATUS_INVALID_CHECKPOINT, "elsewhere.", deberta_model_open, folder, &options, &opened);
  options.tensor_prefix = NULL;
  INVALID("tensor_prefix is NULL", deberta_model_open, folder, &options, &opened);
  EXPECT_UNTOUCHED(opened);

  const deberta_tokenizer *tokenizer = deberta_model_tokenizer(model);
  deberta_tokenize_options tokenize;
  deberta_tokenized *tokens;
  FILL(tokens);
  ACCEPTED(deberta_tokenize_options_init, &tokenize, sizeof tokenize);
  tokenize.truncation = 6;
  INVALID("truncation is 6", deberta_tokenizer_encode, tokenizer, &TEXT, &tokenize, &tokens);
  tokenize.truncation = 0;
  tokenize.omit_special_tokens = 2;
  INVALID("omit_special_tokens is 2", deberta_tokenizer_encode, tokenizer, &TEXT, &tokenize, &tokens);
  EXPECT_UNTOUCHED(tokens);

  deberta_encode_options encode;
  deberta_encoded *encoded;
  FILL(encoded);
  ACCEPTED(deberta_encode_options_init, &encode, sizeof encode);
  encode.outputs = 8;
  INVALID("outputs is 0x8", deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, &encode, &encoded);
  encode.outputs = -1;
  INVALID("outputs is 0xffffffff", deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, &encode, &encoded);
  encode.outputs = 0;
  encode.reserved = 7;
  INVALID("reserved is 7", deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, &encode, &encoded);
  EXPECT_UNTOUCHED(encoded);

  char text[8];
  size_t length;
  FILL(text);
  FILL(length);
  INVALID("skip_special_tokens is 2", deberta_tokenizer_decode, tokenizer, IDS, 2, 2, text, sizeof text, &length);
  EXPECT_UNTOUCHED(text);
  EXPECT_UNTOUCHED(length);
}

static void names(void) {
  EXPECT_EQUAL(deberta_abi_version(), DEBERTA_ABI_VERSION);
  EXPECT_TEXT(deberta_status_name(DEBERTA_STATUS_OK), "OK");
  EXPECT_TEXT(deberta_status_name(DEBERTA_STATUS_BUFFER_TOO_SMALL), "BUFFER_TOO_SMALL");
  EXPECT_TEXT(deberta_instruction_set_name(DEBERTA_INSTRUCTION_SET_PORTABLE), "portable");
}

int main(void) {
  char folder[PATH_LENGTH];
  repository_path(folder, "models/code-language");
  deberta_model *model = open_bundled(1);
  setting_up();
  options_of_other_sizes(model, folder);
  results_of_other_sizes(model);
  unknown_choices(model, folder);
  names();
  deberta_model_free(model);
  return finish();
}
