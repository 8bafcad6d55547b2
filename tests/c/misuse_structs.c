/* Structs of other sizes than the library's, and choices that it does not know. */

#include <string.h>

#include "expect.h"
#include "models.h"
#include "struct_sizes.h"

static void setting_up(void) {
  CHECK_INIT(deberta_backbone_config, deberta_backbone_config_init);
  CHECK_INIT(deberta_open_options, deberta_open_options_init);
  CHECK_INIT(deberta_tokenize_options, deberta_tokenize_options_init);
  CHECK_INIT(deberta_encode_options, deberta_encode_options_init);
  CHECK_INIT(deberta_model_info, deberta_model_info_init);
  CHECK_INIT(deberta_encoded_info, deberta_encoded_info_init);
  CHECK_INIT(deberta_special_tokens, deberta_special_tokens_init);
  CHECK_INIT(deberta_truncated_text, deberta_truncated_text_init);
}

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

static void results_of_other_sizes(const deberta_model *model) {
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, NULL, &encoded);
  deberta_tokenized *tokens = NULL;
  ACCEPTED(deberta_tokenizer_encode, deberta_model_tokenizer(model), &TEXT, NULL, &tokens);
  CHECK_RESULT(deberta_model_info, deberta_model_get_info, model);
  CHECK_RESULT(deberta_encoded_info, deberta_encoded_get_info, encoded);
  CHECK_RESULT(deberta_special_tokens, deberta_tokenizer_special_tokens, deberta_model_tokenizer(model));
  CHECK_RESULT(deberta_truncated_text, deberta_tokenized_truncation, tokens);
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
  EXPECT(deberta_version().length > 0);
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
