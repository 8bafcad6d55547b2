/* NULL wherever it is not allowed: an error that names the argument, nothing written, never a crash. */

#include <string.h>

#include "expect.h"
#include "models.h"
#include "refused_null.h"

static const uint32_t IDS[] = {5, 6};
static const size_t OFFSETS[] = {0, 2};
static const int64_t PADDED[] = {5, 6};
static const deberta_text TEXT = {"text", 4, NULL, 0};

static void opening_and_asking(const deberta_model *model) {
  char folder[PATH_LENGTH];
  repository_path(folder, "models/code-language");
  deberta_model *opened;
  FILL(opened);
  REFUSED_NULL("folder", deberta_model_open, NULL, NULL, &opened);
  REFUSED_NULL("model", deberta_model_open, folder, NULL, NULL);
  REFUSED_NULL("name", deberta_model_from_preset, NULL, 3, NULL, &opened);
  REFUSED_NULL("model", deberta_model_from_preset, folder, strlen(folder), NULL, NULL);
  deberta_backbone_config config;
  ACCEPTED(deberta_backbone_config_init, &config, sizeof config);
  REFUSED_NULL("config", deberta_model_from_backbone, NULL, NULL, &opened);
  REFUSED_NULL("model", deberta_model_from_backbone, &config, NULL, NULL);
  EXPECT_UNTOUCHED(opened);

  REFUSED_NULL("config", deberta_backbone_config_init, NULL, sizeof(deberta_backbone_config));
  REFUSED_NULL("options", deberta_open_options_init, NULL, sizeof(deberta_open_options));
  REFUSED_NULL("options", deberta_encode_options_init, NULL, sizeof(deberta_encode_options));
  REFUSED_NULL("options", deberta_run_options_init, NULL, sizeof(deberta_run_options));
  REFUSED_NULL("cancellation", deberta_cancellation_new, NULL);
  REFUSED_NULL("cancellation", deberta_cancellation_cancel, NULL);
  REFUSED_NULL("options", deberta_tokenize_options_init, NULL, sizeof(deberta_tokenize_options));
  REFUSED_NULL("info", deberta_model_info_init, NULL, sizeof(deberta_model_info));
  REFUSED_NULL("info", deberta_encoded_info_init, NULL, sizeof(deberta_encoded_info));
  REFUSED_NULL("special_tokens", deberta_special_tokens_init, NULL, sizeof(deberta_special_tokens));
  REFUSED_NULL("truncated", deberta_truncated_text_init, NULL, sizeof(deberta_truncated_text));

  deberta_model_info info;
  FILL(info);
  REFUSED_NULL("model", deberta_model_get_info, NULL, &info);
  EXPECT_UNTOUCHED(info);
  REFUSED_NULL("info", deberta_model_get_info, model, NULL);

  deberta_string label;
  FILL(label);
  REFUSED_NULL("model", deberta_model_label, NULL, 0, &label);
  REFUSED_NULL("label", deberta_model_label, model, 0, NULL);
  EXPECT_UNTOUCHED(label);

  const char *path;
  uint64_t bytes;
  FILL(path);
  FILL(bytes);
  REFUSED_NULL("model", deberta_model_file, NULL, 0, &path, &bytes);
  REFUSED_NULL("path", deberta_model_file, model, 0, NULL, &bytes);
  REFUSED_NULL("bytes", deberta_model_file, model, 0, &path, NULL);
  EXPECT_UNTOUCHED(path);
  EXPECT_UNTOUCHED(bytes);

  size_t length;
  FILL(length);
  REFUSED_NULL("instruction_sets", deberta_instruction_sets, NULL, 1, &length);
  EXPECT_UNTOUCHED(length);
}

static void encoding(const deberta_model *model) {
  deberta_encoded *encoded;
  float values[4096];
  size_t length;
  FILL(encoded);
  FILL(values);
  FILL(length);
  size_t capacity = sizeof values / sizeof *values;

  REFUSED_NULL("model", deberta_model_encode_ids, NULL, IDS, NULL, 2, OFFSETS, 1, NULL, &encoded);
  REFUSED_NULL("ids", deberta_model_encode_ids, model, NULL, NULL, 2, OFFSETS, 1, NULL, &encoded);
  REFUSED_NULL("row_offsets", deberta_model_encode_ids, model, IDS, NULL, 2, NULL, 1, NULL, &encoded);
  REFUSED_NULL("row_offsets", deberta_model_encode_ids, model, IDS, NULL, 2, NULL, 0, NULL, &encoded);
  REFUSED_NULL("encoded", deberta_model_encode_ids, model, IDS, NULL, 2, OFFSETS, 1, NULL, NULL);

  REFUSED_NULL("model", deberta_model_encode_ids_into, NULL, IDS, NULL, 2, OFFSETS, 1, NULL, values, capacity, &length);
  REFUSED_NULL("ids", deberta_model_encode_ids_into, model, NULL, NULL, 2, OFFSETS, 1, NULL, values, capacity, &length);
  REFUSED_NULL("row_offsets", deberta_model_encode_ids_into, model, IDS, NULL, 2, NULL, 1, NULL, values, capacity, &length);
  REFUSED_NULL("values", deberta_model_encode_ids_into, model, IDS, NULL, 2, OFFSETS, 1, NULL, NULL, capacity, &length);

  REFUSED_NULL("model", deberta_model_encode_padded, NULL, PADDED, NULL, NULL, 1, 2, NULL, &encoded);
  REFUSED_NULL("input_ids", deberta_model_encode_padded, model, NULL, NULL, NULL, 1, 2, NULL, &encoded);
  REFUSED_NULL("encoded", deberta_model_encode_padded, model, PADDED, NULL, NULL, 1, 2, NULL, NULL);

  REFUSED_NULL("model", deberta_model_encode_padded_into, NULL, PADDED, NULL, NULL, 1, 2, NULL, values, capacity, &length);
  REFUSED_NULL("input_ids", deberta_model_encode_padded_into, model, NULL, NULL, NULL, 1, 2, NULL, values, capacity, &length);
  REFUSED_NULL("values", deberta_model_encode_padded_into, model, PADDED, NULL, NULL, 1, 2, NULL, NULL, capacity, &length);

  static const float EMBEDDINGS[8] = {0};
  float *no_values = NULL;
  REFUSED_NULL("model", deberta_model_encode_embeddings, NULL, EMBEDDINGS, 4, NULL, NULL, 1, 2, NULL, &encoded);
  REFUSED_NULL("embeddings", deberta_model_encode_embeddings, model, NULL, 4, NULL, NULL, 1, 2, NULL, &encoded);
  REFUSED_NULL("encoded", deberta_model_encode_embeddings, model, EMBEDDINGS, 4, NULL, NULL, 1, 2, NULL, NULL);
  REFUSED_NULL("model", deberta_model_encode_embeddings_into, NULL, EMBEDDINGS, 4, NULL, NULL, 1, 2, NULL, values,
               capacity, &length);
  REFUSED_NULL("embeddings", deberta_model_encode_embeddings_into, model, NULL, 4, NULL, NULL, 1, 2, NULL, values,
               capacity, &length);
  REFUSED_NULL("values", deberta_model_encode_embeddings_into, model, EMBEDDINGS, 4, NULL, NULL, 1, 2, NULL, no_values,
               capacity, &length);

  REFUSED_NULL("model", deberta_model_token_embeddings, NULL, IDS, 2, values, capacity, &length);
  REFUSED_NULL("ids", deberta_model_token_embeddings, model, NULL, 2, values, capacity, &length);
  REFUSED_NULL("values", deberta_model_token_embeddings, model, IDS, 2, NULL, capacity, &length);

  REFUSED_NULL("model", deberta_model_encode_texts, NULL, &TEXT, 1, NULL, NULL, &encoded);
  REFUSED_NULL("texts", deberta_model_encode_texts, model, NULL, 1, NULL, NULL, &encoded);
  REFUSED_NULL("encoded", deberta_model_encode_texts, model, &TEXT, 1, NULL, NULL, NULL);

  EXPECT_UNTOUCHED(encoded);
  EXPECT_UNTOUCHED(values);
  EXPECT_UNTOUCHED(length);
}

static void tokenizing(const deberta_model *model) {
  const deberta_tokenizer *tokenizer = deberta_model_tokenizer(model);
  REQUIRE(tokenizer != NULL);
  char path[PATH_LENGTH], bytes[64];
  repository_path(path, "models/code-language");
  deberta_tokenizer *opened;
  deberta_tokenized *tokens;
  deberta_special_tokens special;
  size_t length;
  uint32_t id;
  FILL(bytes);
  FILL(opened);
  FILL(tokens);
  FILL(special);
  FILL(length);
  FILL(id);
  REFUSED_NULL("path", deberta_tokenizer_open, NULL, &opened);
  REFUSED_NULL("tokenizer", deberta_tokenizer_open, path, NULL);
  REFUSED_NULL("tokenizer", deberta_tokenizer_encode, NULL, &TEXT, NULL, &tokens);
  REFUSED_NULL("text", deberta_tokenizer_encode, tokenizer, NULL, NULL, &tokens);
  REFUSED_NULL("tokenized", deberta_tokenizer_encode, tokenizer, &TEXT, NULL, NULL);
  REFUSED_NULL("tokenizer", deberta_tokenizer_decode, NULL, IDS, 2, 0, bytes, sizeof bytes, &length);
  REFUSED_NULL("ids", deberta_tokenizer_decode, tokenizer, NULL, 2, 0, bytes, sizeof bytes, &length);
  REFUSED_NULL("text", deberta_tokenizer_decode, tokenizer, IDS, 2, 0, NULL, sizeof bytes, &length);
  REFUSED_NULL("tokenizer", deberta_tokenizer_token, NULL, 5, bytes, sizeof bytes, &length);
  REFUSED_NULL("token", deberta_tokenizer_token, tokenizer, 5, NULL, sizeof bytes, &length);
  REFUSED_NULL("tokenizer", deberta_tokenizer_id, NULL, "a", 1, &id);
  REFUSED_NULL("token", deberta_tokenizer_id, tokenizer, NULL, 1, &id);
  REFUSED_NULL("id", deberta_tokenizer_id, tokenizer, "a", 1, NULL);
  REFUSED_NULL("tokenizer", deberta_tokenizer_special_tokens, NULL, &special);
  REFUSED_NULL("special_tokens", deberta_tokenizer_special_tokens, tokenizer, NULL);
  EXPECT_UNTOUCHED(bytes);
  EXPECT_UNTOUCHED(opened);
  EXPECT_UNTOUCHED(tokens);
  EXPECT_UNTOUCHED(special);
  EXPECT_UNTOUCHED(length);
  EXPECT_UNTOUCHED(id);
}

static void reading_tokens(const deberta_tokenized *tokens) {
  ARRAY_REFUSES_NULL(uint32_t, "tokenized", "ids", deberta_tokenized_ids, tokens);
  ARRAY_REFUSES_NULL(uint32_t, "tokenized", "token_type_ids", deberta_tokenized_token_type_ids, tokens);
  ARRAY_REFUSES_NULL(deberta_range, "tokenized", "byte_offsets", deberta_tokenized_byte_offsets, tokens);
  ARRAY_REFUSES_NULL(deberta_range, "tokenized", "char_offsets", deberta_tokenized_char_offsets, tokens);
  ARRAY_REFUSES_NULL(uint8_t, "tokenized", "mask", deberta_tokenized_special_tokens_mask, tokens);
  ARRAY_REFUSES_NULL(int32_t, "tokenized", "sequence_ids", deberta_tokenized_sequence_ids, tokens);
  ARRAY_REFUSES_NULL(int64_t, "tokenized", "word_ids", deberta_tokenized_word_ids, tokens);
  deberta_string token;
  deberta_truncated_text truncated;
  FILL(token);
  FILL(truncated);
  REFUSED_NULL("tokenized", deberta_tokenized_token, NULL, 0, &token);
  REFUSED_NULL("token", deberta_tokenized_token, tokens, 0, NULL);
  REFUSED_NULL("tokenized", deberta_tokenized_truncation, NULL, &truncated);
  REFUSED_NULL("truncated", deberta_tokenized_truncation, tokens, NULL);
  EXPECT_UNTOUCHED(token);
  EXPECT_UNTOUCHED(truncated);
}

static void reading_results(const deberta_model *model) {
  deberta_encode_options options;
  ACCEPTED(deberta_encode_options_init, &options, sizeof options);
  options.outputs = DEBERTA_OUTPUT_HIDDEN_STATES | DEBERTA_OUTPUT_ATTENTIONS | DEBERTA_OUTPUT_LOGITS;
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_texts, model, &TEXT, 1, NULL, &options, &encoded);
  REQUIRE(encoded != NULL);
  ARRAY_REFUSES_NULL(size_t, "encoded", "row_offsets", deberta_encoded_row_offsets, encoded);
  ARRAY_REFUSES_NULL(uint32_t, "encoded", "positions", deberta_encoded_positions, encoded);
  ARRAY_REFUSES_NULL(float, "encoded", "values", deberta_encoded_last_hidden_state, encoded);
  ARRAY_REFUSES_NULL(float, "encoded", "values", deberta_encoded_hidden_states, encoded, 0);
  ARRAY_REFUSES_NULL(float, "encoded", "values", deberta_encoded_attentions, encoded, 0);
  ARRAY_REFUSES_NULL(float, "encoded", "values", deberta_encoded_logits, encoded);

  float value;
  size_t length;
  deberta_encoded_info info;
  const deberta_tokenized *tokens;
  FILL(value);
  FILL(length);
  FILL(info);
  FILL(tokens);
  REFUSED_NULL("encoded", deberta_encoded_last_hidden_state_padded, NULL, &value, 1, &length);
  REFUSED_NULL("values", deberta_encoded_last_hidden_state_padded, encoded, NULL, 1, &length);
  REFUSED_NULL("encoded", deberta_encoded_hidden_states_padded, NULL, 0, &value, 1, &length);
  REFUSED_NULL("values", deberta_encoded_hidden_states_padded, encoded, 0, NULL, 1, &length);
  REFUSED_NULL("encoded", deberta_encoded_attentions_padded, NULL, 0, &value, 1, &length);
  REFUSED_NULL("values", deberta_encoded_attentions_padded, encoded, 0, NULL, 1, &length);
  REFUSED_NULL("encoded", deberta_encoded_logits_padded, NULL, &value, 1, &length);
  REFUSED_NULL("values", deberta_encoded_logits_padded, encoded, NULL, 1, &length);
  REFUSED_NULL("encoded", deberta_encoded_get_info, NULL, &info);
  REFUSED_NULL("info", deberta_encoded_get_info, encoded, NULL);
  REFUSED_NULL("encoded", deberta_encoded_tokenized, NULL, 0, &tokens);
  REFUSED_NULL("tokenized", deberta_encoded_tokenized, encoded, 0, NULL);
  EXPECT_UNTOUCHED(value);
  EXPECT_UNTOUCHED(length);
  EXPECT_UNTOUCHED(info);
  EXPECT_UNTOUCHED(tokens);

  ACCEPTED(deberta_encoded_tokenized, encoded, 0, &tokens);
  reading_tokens(tokens);
  deberta_encoded_free(encoded);
}

/* Functions without a status take NULL for an empty handle. */
static void empty_handles(void) {
  EXPECT(deberta_model_tokenizer(NULL) == NULL);
  EXPECT_TEXT(deberta_model_tensor_prefix(NULL), "");
  EXPECT_EQUAL(deberta_tokenizer_vocabulary_size(NULL), 0);
  EXPECT_EQUAL(deberta_tokenized_length(NULL), 0);
  EXPECT_EQUAL(deberta_error_status(NULL), DEBERTA_STATUS_OK);
  EXPECT_TEXT(deberta_error_message(NULL), "");
  EXPECT_TEXT(deberta_error_cause(NULL), "");
  deberta_model_free(NULL);
  deberta_encoded_free(NULL);
  deberta_tokenizer_free(NULL);
  deberta_tokenized_free(NULL);
  deberta_error_free(NULL);
}

int main(void) {
  deberta_model *model = open_bundled(1);
  opening_and_asking(model);
  encoding(model);
  tokenizing(model);
  reading_results(model);
  empty_handles();
  deberta_model_free(model);
  return finish();
}
