/* NULL wherever it is not allowed: an error that names the argument, nothing written, never a crash. */

#include <string.h>

#include "expect.h"
#include "models.h"

#define REFUSED_NULL(name, ...) REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, name " is NULL", __VA_ARGS__)

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
  REFUSED_NULL("options", deberta_classify_options_init, NULL, sizeof(deberta_classify_options));
  REFUSED_NULL("options", deberta_zero_shot_options_init, NULL, sizeof(deberta_zero_shot_options));
  REFUSED_NULL("options", deberta_rank_options_init, NULL, sizeof(deberta_rank_options));
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

  deberta_classifications *answers;
  FILL(answers);
  REFUSED_NULL("model", deberta_model_classify, NULL, &TEXT, 1, NULL, &answers);
  REFUSED_NULL("texts", deberta_model_classify, model, NULL, 1, NULL, &answers);
  REFUSED_NULL("classifications", deberta_model_classify, model, &TEXT, 1, NULL, NULL);

  EXPECT_UNTOUCHED(answers);
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

/* A function that gives out an array: without handle, without place for the address, without place for the length. */
#define ARRAY_REFUSES_NULL(type, handle_name, values_name, function, ...)                        \
  do {                                                                                           \
    const type *array;                                                                           \
    size_t array_length;                                                                         \
    FILL(array);                                                                                 \
    FILL(array_length);                                                                          \
    REFUSED_NULL(handle_name, function, NULL ARGUMENT_OF(__VA_ARGS__), &array, &array_length);    \
    REFUSED_NULL(values_name, function, __VA_ARGS__, NULL, &array_length);                        \
    REFUSED_NULL("length", function, __VA_ARGS__, &array, NULL);                                  \
    EXPECT_UNTOUCHED(array);                                                                     \
    EXPECT_UNTOUCHED(array_length);                                                              \
  } while (0)
/* What follows the handle: nothing, or an index. */
#define ARGUMENT_OF(...) ARGUMENT_CHOSEN(__VA_ARGS__, WITH_INDEX, WITHOUT_INDEX, none)(__VA_ARGS__)
#define ARGUMENT_CHOSEN(first, second, chosen, ...) chosen
#define WITH_INDEX(handle, index) , index
#define WITHOUT_INDEX(handle)

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

static void reading_answers(const deberta_model *model) {
  deberta_classifications *answers = NULL;
  ACCEPTED(deberta_model_classify, model, &TEXT, 1, NULL, &answers);
  REQUIRE(answers != NULL);
  ARRAY_REFUSES_NULL(float, "classifications", "logits", deberta_classifications_logits, answers, 0);
  ARRAY_REFUSES_NULL(float, "classifications", "scores", deberta_classifications_scores, answers, 0);
  ARRAY_REFUSES_NULL(size_t, "classifications", "ranking", deberta_classifications_ranking, answers, 0);
  deberta_string label;
  deberta_truncated_text truncated;
  FILL(label);
  FILL(truncated);
  REFUSED_NULL("classifications", deberta_classifications_label, NULL, 0, &label);
  REFUSED_NULL("label", deberta_classifications_label, answers, 0, NULL);
  REFUSED_NULL("classifications", deberta_classifications_truncation, NULL, 0, &truncated);
  REFUSED_NULL("truncated", deberta_classifications_truncation, answers, 0, NULL);
  EXPECT_UNTOUCHED(label);
  EXPECT_UNTOUCHED(truncated);
  deberta_classifications_free(answers);
}

static void filling_masks_and_choosing(const deberta_model *model) {
  deberta_filled_masks *filled_masks;
  deberta_classifications *answers;
  FILL(filled_masks);
  FILL(answers);
  REFUSED_NULL("options", deberta_fill_mask_options_init, NULL, sizeof(deberta_fill_mask_options));
  REFUSED_NULL("filled_mask", deberta_filled_mask_init, NULL, sizeof(deberta_filled_mask));
  REFUSED_NULL("fill", deberta_fill_init, NULL, sizeof(deberta_fill));
  REFUSED_NULL("model", deberta_model_fill_mask, NULL, &TEXT, 1, NULL, &filled_masks);
  REFUSED_NULL("texts", deberta_model_fill_mask, model, NULL, 1, NULL, &filled_masks);
  REFUSED_NULL("filled_masks", deberta_model_fill_mask, model, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("options", deberta_choose_options_init, NULL, sizeof(deberta_choose_options));
  REFUSED_NULL("model", deberta_model_choose, NULL, "text", 4, &TEXT, 1, NULL, &answers);
  REFUSED_NULL("prompt", deberta_model_choose, model, NULL, 4, &TEXT, 1, NULL, &answers);
  REFUSED_NULL("choices", deberta_model_choose, model, "text", 4, NULL, 1, NULL, &answers);
  REFUSED_NULL("classifications", deberta_model_choose, model, "text", 4, &TEXT, 1, NULL, NULL);
  EXPECT_UNTOUCHED(filled_masks);
  EXPECT_UNTOUCHED(answers);

  size_t count;
  deberta_filled_mask mask;
  deberta_fill found;
  deberta_truncated_text truncated;
  FILL(count);
  FILL(mask);
  FILL(found);
  FILL(truncated);
  REFUSED_NULL("filled_masks", deberta_filled_masks_count, NULL, 0, &count);
  REFUSED_NULL("filled_masks", deberta_filled_masks_mask, NULL, 0, 0, &mask);
  REFUSED_NULL("filled_masks", deberta_filled_masks_fill, NULL, 0, 0, 0, &found);
  REFUSED_NULL("filled_masks", deberta_filled_masks_truncation, NULL, 0, &truncated);
  REFUSED_NULL("filled_masks", deberta_filled_masks_windows, NULL, 0, &count);
  EXPECT_UNTOUCHED(count);
  EXPECT_UNTOUCHED(mask);
  EXPECT_UNTOUCHED(found);
  EXPECT_UNTOUCHED(truncated);
}

static void embedding(const deberta_model *model) {
  deberta_embeddings *embeddings;
  float values[512];
  size_t length;
  FILL(embeddings);
  FILL(values);
  FILL(length);
  REFUSED_NULL("options", deberta_embed_options_init, NULL, sizeof(deberta_embed_options));
  REFUSED_NULL("model", deberta_model_embed, NULL, &TEXT, 1, NULL, &embeddings);
  REFUSED_NULL("texts", deberta_model_embed, model, NULL, 1, NULL, &embeddings);
  REFUSED_NULL("embeddings", deberta_model_embed, model, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_embed_into, NULL, &TEXT, 1, NULL, values, 512, &length);
  REFUSED_NULL("texts", deberta_model_embed_into, model, NULL, 1, NULL, values, 512, &length);
  REFUSED_NULL("values", deberta_model_embed_into, model, &TEXT, 1, NULL, NULL, 512, &length);
  EXPECT_UNTOUCHED(embeddings);
  EXPECT_UNTOUCHED(values);
  EXPECT_UNTOUCHED(length);

  ACCEPTED(deberta_model_embed, model, &TEXT, 1, NULL, &embeddings);
  const float *vectors;
  deberta_truncated_text truncated;
  FILL(vectors);
  FILL(truncated);
  REFUSED_NULL("embeddings", deberta_embeddings_vectors, NULL, &vectors, &length);
  REFUSED_NULL("values", deberta_embeddings_vectors, embeddings, NULL, &length);
  REFUSED_NULL("length", deberta_embeddings_vectors, embeddings, &vectors, NULL);
  REFUSED_NULL("embeddings", deberta_embeddings_truncation, NULL, 0, &truncated);
  REFUSED_NULL("truncated", deberta_embeddings_truncation, embeddings, 0, NULL);
  REFUSED_NULL("embeddings", deberta_embeddings_windows, NULL, 0, &length);
  REFUSED_NULL("windows", deberta_embeddings_windows, embeddings, 0, NULL);
  EXPECT_UNTOUCHED(vectors);
  EXPECT_UNTOUCHED(length);
  EXPECT_UNTOUCHED(truncated);
  deberta_embeddings_free(embeddings);
}

/* Functions without a status take NULL for an empty handle. */
static void empty_handles(void) {
  EXPECT(deberta_model_tokenizer(NULL) == NULL);
  EXPECT_TEXT(deberta_model_tensor_prefix(NULL), "");
  EXPECT_EQUAL(deberta_tokenizer_vocabulary_size(NULL), 0);
  EXPECT_EQUAL(deberta_tokenized_length(NULL), 0);
  EXPECT_EQUAL(deberta_classifications_rows(NULL), 0);
  EXPECT_EQUAL(deberta_filled_masks_rows(NULL), 0);
  EXPECT_EQUAL(deberta_embeddings_rows(NULL), 0);
  EXPECT_EQUAL(deberta_error_status(NULL), DEBERTA_STATUS_OK);
  EXPECT_TEXT(deberta_error_message(NULL), "");
  EXPECT_TEXT(deberta_error_cause(NULL), "");
  deberta_model_free(NULL);
  deberta_encoded_free(NULL);
  deberta_tokenizer_free(NULL);
  deberta_tokenized_free(NULL);
  deberta_classifications_free(NULL);
  deberta_filled_masks_free(NULL);
  deberta_embeddings_free(NULL);
  deberta_error_free(NULL);
}

int main(void) {
  deberta_model *model = open_bundled(1);
  opening_and_asking(model);
  encoding(model);
  tokenizing(model);
  reading_results(model);
  reading_answers(model);
  filling_masks_and_choosing(model);
  embedding(model);
  empty_handles();
  deberta_model_free(model);
  return finish();
}
