/* Buffers of the caller: too small by one writes nothing but the length that is needed; enough writes no more than that. */

#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "models.h"

/* A function that fills a buffer of elements of `size` bytes, with everything else bound to `context`. */
typedef deberta_status (*filler)(const void *context, void *values, size_t capacity, size_t *length,
                                 deberta_error **error);

static void check_buffer(filler fill_buffer, const void *context, size_t size, const char *name, const char *what) {
  size_t needed;
  FILL(needed);
  REFUSED(DEBERTA_STATUS_BUFFER_TOO_SMALL, name, fill_buffer, context, NULL, 0, &needed);
  EXPECT_EQUAL(fill_buffer(context, NULL, 0, NULL, NULL), DEBERTA_STATUS_BUFFER_TOO_SMALL);
  REQUIRE(needed > 0 && needed < 1 << 24);

  char *values = malloc((needed + 1) * size), *again = malloc(needed * size);
  REQUIRE(values != NULL && again != NULL);
  fill(values, (needed + 1) * size);
  size_t length;
  FILL(length);
  REFUSED(DEBERTA_STATUS_BUFFER_TOO_SMALL, name, fill_buffer, context, values, needed - 1, &length);
  EXPECT_EQUAL(length, needed);
  expect_untouched(values, (needed + 1) * size, what, PLACE);

  FILL(length);
  ACCEPTED(fill_buffer, context, values, needed, &length);
  EXPECT_EQUAL(length, needed);
  expect_untouched(values + needed * size, size, what, PLACE);

  /* The last element was written, too, and the length is not needed. */
  memset(again, 0, needed * size);
  ACCEPTED(fill_buffer, context, again, needed, NULL);
  EXPECT_SAME_BYTES(again, values, needed * size, what);
  fill(again, size);
  EXPECT(memcmp(values + (needed - 1) * size, again, size) != 0);
  free(again);
  free(values);
}

static const uint32_t IDS[] = {5, 6, 7};
static const size_t OFFSETS[] = {0, 1, 3};
static const int64_t PADDED[] = {5, 6, 7, 8};
static const int64_t MASK[] = {1, 0, 1, 1};
static size_t embedding_size;
static float *embeddings;

static deberta_status sets(const void *none, void *values, size_t capacity, size_t *length, deberta_error **error) {
  (void)none;
  return deberta_instruction_sets(values, capacity, length, error);
}

static deberta_status token_embeddings(const void *model, void *values, size_t capacity, size_t *length,
                                       deberta_error **error) {
  return deberta_model_token_embeddings(model, IDS, 3, values, capacity, length, error);
}

static deberta_status ids_into(const void *model, void *values, size_t capacity, size_t *length, deberta_error **error) {
  return deberta_model_encode_ids_into(model, IDS, NULL, 3, OFFSETS, 2, NULL, values, capacity, length, error);
}

static deberta_status padded_into(const void *model, void *values, size_t capacity, size_t *length,
                                  deberta_error **error) {
  return deberta_model_encode_padded_into(model, PADDED, NULL, NULL, 2, 2, NULL, values, capacity, length, error);
}

static deberta_status embeddings_into(const void *model, void *values, size_t capacity, size_t *length,
                                      deberta_error **error) {
  return deberta_model_encode_embeddings_into(model, embeddings, embedding_size, NULL, NULL, 2, 2, NULL, values,
                                              capacity, length, error);
}

static deberta_status embedded(const void *model, void *values, size_t capacity, size_t *length, deberta_error **error) {
  static const deberta_text TEXTS[] = {{"text", 4, NULL, 0}, {"first", 5, "second", 6}};
  return deberta_model_embed_into(model, TEXTS, 2, NULL, values, capacity, length, error);
}

static deberta_status decoded(const void *tokenizer, void *values, size_t capacity, size_t *length,
                              deberta_error **error) {
  static const uint32_t WORDS[] = {100, 200, 300};
  return deberta_tokenizer_decode(tokenizer, WORDS, 3, 0, values, capacity, length, error);
}

static deberta_status token(const void *tokenizer, void *values, size_t capacity, size_t *length,
                            deberta_error **error) {
  return deberta_tokenizer_token(tokenizer, 100, values, capacity, length, error);
}

static deberta_status last(const void *encoded, void *values, size_t capacity, size_t *length, deberta_error **error) {
  return deberta_encoded_last_hidden_state_padded(encoded, values, capacity, length, error);
}

static deberta_status hidden(const void *encoded, void *values, size_t capacity, size_t *length,
                             deberta_error **error) {
  return deberta_encoded_hidden_states_padded(encoded, 0, values, capacity, length, error);
}

static deberta_status attentions(const void *encoded, void *values, size_t capacity, size_t *length,
                                 deberta_error **error) {
  return deberta_encoded_attentions_padded(encoded, 0, values, capacity, length, error);
}

static deberta_status logits(const void *encoded, void *values, size_t capacity, size_t *length,
                             deberta_error **error) {
  return deberta_encoded_logits_padded(encoded, values, capacity, length, error);
}

/* What fails for another reason leaves the buffer and the length alone. */
static void other_failures(const deberta_model *model, const deberta_tokenizer *tokenizer) {
  char text[64];
  size_t length;
  FILL(text);
  FILL(length);
  static const uint32_t UNKNOWN[] = {UINT32_MAX};
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "not in the vocabulary", deberta_tokenizer_decode, tokenizer, UNKNOWN, 1, 0,
          text, sizeof text, &length);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "vocabulary", deberta_tokenizer_token, tokenizer, UINT32_MAX, text,
          sizeof text, &length);
  uint32_t id;
  FILL(id);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "no such token", deberta_tokenizer_id, tokenizer, "no such token", 13, &id);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "", deberta_tokenizer_id, tokenizer, NULL, 0, &id);
  float value;
  FILL(value);
  static const deberta_text BROKEN = {"\xff", 1, NULL, 0};
  REFUSED(DEBERTA_STATUS_INVALID_UTF8, "not UTF-8", deberta_model_embed_into, model, &BROKEN, 1, NULL, &value, 1, &length);
  EXPECT_UNTOUCHED(value);
  EXPECT_UNTOUCHED(id);
  EXPECT_UNTOUCHED(text);
  EXPECT_UNTOUCHED(length);
  /* Nothing needs no room. */
  ACCEPTED(deberta_tokenizer_decode, tokenizer, NULL, 0, 0, NULL, 0, &length);
  EXPECT_EQUAL(length, 0);
  FILL(length);
  ACCEPTED(deberta_model_token_embeddings, model, NULL, 0, NULL, 0, &length);
  EXPECT_EQUAL(length, 0);
  FILL(length);
  ACCEPTED(deberta_model_embed_into, model, NULL, 0, NULL, NULL, 0, &length);
  EXPECT_EQUAL(length, 0);
}

int main(void) {
  deberta_model *model = open_bundled(1);
  const deberta_tokenizer *tokenizer = deberta_model_tokenizer(model);
  deberta_model_info info;
  ACCEPTED(deberta_model_info_init, &info, sizeof info);
  ACCEPTED(deberta_model_get_info, model, &info);
  embedding_size = info.embedding_size;
  embeddings = calloc(4 * embedding_size, sizeof *embeddings);
  REQUIRE(embeddings != NULL);
  ACCEPTED(deberta_model_token_embeddings, model, ((const uint32_t[]){5, 6, 7, 8}), 4, embeddings, 4 * embedding_size,
           NULL);

  check_buffer(sets, NULL, sizeof(int32_t), "instruction_sets", "deberta_instruction_sets");
  check_buffer(token_embeddings, model, sizeof(float), "values", "deberta_model_token_embeddings");
  check_buffer(ids_into, model, sizeof(float), "values", "deberta_model_encode_ids_into");
  check_buffer(padded_into, model, sizeof(float), "values", "deberta_model_encode_padded_into");
  check_buffer(embeddings_into, model, sizeof(float), "values", "deberta_model_encode_embeddings_into");
  check_buffer(embedded, model, sizeof(float), "values", "deberta_model_embed_into");
  check_buffer(decoded, tokenizer, 1, "text", "deberta_tokenizer_decode");
  check_buffer(token, tokenizer, 1, "token", "deberta_tokenizer_token");

  deberta_encode_options options;
  ACCEPTED(deberta_encode_options_init, &options, sizeof options);
  options.outputs = DEBERTA_OUTPUT_HIDDEN_STATES | DEBERTA_OUTPUT_ATTENTIONS | DEBERTA_OUTPUT_LOGITS;
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_padded, model, PADDED, MASK, NULL, 2, 2, &options, &encoded);
  REQUIRE(encoded != NULL);
  check_buffer(last, encoded, sizeof(float), "values", "deberta_encoded_last_hidden_state_padded");
  check_buffer(hidden, encoded, sizeof(float), "values", "deberta_encoded_hidden_states_padded");
  check_buffer(attentions, encoded, sizeof(float), "values", "deberta_encoded_attentions_padded");
  check_buffer(logits, encoded, sizeof(float), "values", "deberta_encoded_logits_padded");
  deberta_encoded_free(encoded);

  other_failures(model, tokenizer);
  free(embeddings);
  deberta_model_free(model);
  return finish();
}
