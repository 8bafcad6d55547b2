/* Batches that are wrong: lengths, ids, masks, token types, offsets. Each is refused and nothing is written. */

#include <stdlib.h>

#include "expect.h"
#include "models.h"

#define INVALID(part, ...) REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, part, __VA_ARGS__)

/* Literals for one call. */
#define IDS(...) ((const uint32_t[]){__VA_ARGS__})
#define PADDED(...) ((const int64_t[]){__VA_ARGS__})
#define OFFSETS(...) ((const size_t[]){__VA_ARGS__})

static float values[4096];
enum { CAPACITY = sizeof values / sizeof *values };
static deberta_encoded *encoded;
static size_t length;

/* Both functions for ragged rows give the same answer. */
#define RAGGED_INVALID(part, ids, types, tokens, offsets, rows)                                            \
  do {                                                                                                     \
    INVALID(part, deberta_model_encode_ids, model, ids, types, tokens, offsets, rows, NULL, &encoded);      \
    INVALID(part, deberta_model_encode_ids_into, model, ids, types, tokens, offsets, rows, NULL, values, CAPACITY, &length); \
  } while (0)

#define PADDED_INVALID(part, ids, mask, types, rows, columns)                                              \
  do {                                                                                                     \
    INVALID(part, deberta_model_encode_padded, model, ids, mask, types, rows, columns, NULL, &encoded);     \
    INVALID(part, deberta_model_encode_padded_into, model, ids, mask, types, rows, columns, NULL, values, CAPACITY, &length); \
  } while (0)

static void ragged_rows(const deberta_model *model, uint32_t vocabulary) {
  RAGGED_INVALID("has no rows", NULL, NULL, 0, OFFSETS(0), 0);
  RAGGED_INVALID("row 1 of the batch has no valid token", IDS(5), NULL, 1, OFFSETS(0, 1, 1), 2);
  RAGGED_INVALID("row 0 of the batch has no valid token", NULL, NULL, 0, OFFSETS(0, 0), 1);
  RAGGED_INVALID("row_offsets goes from 0 to 1", IDS(5, 6), NULL, 2, OFFSETS(0, 1), 1);
  RAGGED_INVALID("row_offsets goes from 0 to 3", IDS(5, 6), NULL, 2, OFFSETS(0, 3), 1);
  RAGGED_INVALID("row_offsets goes from 1 to 2", IDS(5, 6), NULL, 2, OFFSETS(1, 2), 1);
  RAGGED_INVALID("row_offsets[1] is 9", IDS(5, 6), NULL, 2, OFFSETS(0, 9, 2), 2);
  RAGGED_INVALID("row_offsets[2] is 1 after 2", IDS(5, 6), NULL, 2, OFFSETS(0, 2, 1, 2), 3);
  RAGGED_INVALID("row_offsets", IDS(5, 6), NULL, 2, OFFSETS(0, SIZE_MAX, 2), 2);
  RAGGED_INVALID("the vocabulary has", IDS(5, vocabulary), NULL, 2, OFFSETS(0, 2), 1);
  RAGGED_INVALID("the vocabulary has", IDS(UINT32_MAX, 5), NULL, 2, OFFSETS(0, 2), 1);
  RAGGED_INVALID("token types", IDS(5, 6), IDS(0, 99), 2, OFFSETS(0, 2), 1);
}

static void padded_rows(const deberta_model *model, int64_t vocabulary) {
  PADDED_INVALID("has no rows", PADDED(5, 6), NULL, NULL, 0, 2);
  PADDED_INVALID("row 0 of the batch has no valid token", PADDED(5, 6), NULL, NULL, 2, 0);
  PADDED_INVALID("has no rows", PADDED(5, 6), NULL, NULL, 0, 0);
  PADDED_INVALID("input_ids[0, 1] is -1", PADDED(5, -1), NULL, NULL, 1, 2);
  PADDED_INVALID("input_ids[1, 0]", PADDED(5, INT64_MIN), NULL, NULL, 2, 1);
  PADDED_INVALID("input_ids[0, 1]", PADDED(5, INT64_MAX), NULL, NULL, 1, 2);
  /* An id that 32 bits would make valid. */
  PADDED_INVALID("input_ids[0, 0]", PADDED((INT64_C(1) << 32) + 5, 5), NULL, NULL, 1, 2);
  PADDED_INVALID("the vocabulary has", PADDED(5, vocabulary), NULL, NULL, 1, 2);
  PADDED_INVALID("row 1 of the batch has no valid token", PADDED(5, 6, 7, 8), PADDED(1, 1, 0, 0), NULL, 2, 2);
  PADDED_INVALID("attention_mask[0, 1] is 2", PADDED(5, 6), PADDED(1, 2), NULL, 1, 2);
  PADDED_INVALID("attention_mask[0, 1] is -1", PADDED(5, 6), PADDED(1, -1), NULL, 1, 2);
  PADDED_INVALID("token_type_ids[0, 1] is -1", PADDED(5, 6), NULL, PADDED(0, -1), 1, 2);
  PADDED_INVALID("token types", PADDED(5, 6), NULL, PADDED(0, 99), 1, 2);
}

static void embeddings(const deberta_model *model, size_t size) {
  float *rows = calloc(4 * size, sizeof *rows);
  REQUIRE(rows != NULL);
  INVALID("embeddings have size", deberta_model_encode_embeddings, model, rows, size + 1, NULL, NULL, 1, 2, NULL,
          &encoded);
  INVALID("embedding size is 0", deberta_model_encode_embeddings, model, rows, 0, NULL, NULL, 1, 2, NULL, &encoded);
  INVALID("has no rows", deberta_model_encode_embeddings, model, rows, size, NULL, NULL, 0, 2, NULL, &encoded);
  INVALID("no valid token", deberta_model_encode_embeddings, model, rows, size, PADDED(0, 0), NULL, 1, 2, NULL, &encoded);
  INVALID("embeddings have size", deberta_model_encode_embeddings_into, model, rows, size + 1, NULL, NULL, 1, 2, NULL, values,
          CAPACITY, &length);
  INVALID("attention_mask[0, 0] is 7", deberta_model_encode_embeddings_into, model, rows, size, PADDED(7, 1), NULL, 1, 2, NULL,
          values, CAPACITY, &length);
  free(rows);
}

/* What the lengths claim is refused before anything is read. */
static void lengths_beyond_memory(const deberta_model *model) {
  static const size_t HUGE_LENGTHS[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 8, PTRDIFF_MAX};
  static const deberta_text TEXT = {"", 0, NULL, 0};
  static const float EMBEDDING[1] = {0};
  for (size_t index = 0; index < sizeof HUGE_LENGTHS / sizeof *HUGE_LENGTHS; index++) {
    size_t huge = HUGE_LENGTHS[index];
    RAGGED_INVALID("", IDS(5), NULL, huge, OFFSETS(0, 1), 1);
    RAGGED_INVALID("", IDS(5), NULL, 1, OFFSETS(0, 1), huge);
    PADDED_INVALID("", PADDED(5), NULL, NULL, 2, huge);
    PADDED_INVALID("", PADDED(5), NULL, NULL, huge, huge);
    INVALID("", deberta_model_encode_embeddings, model, EMBEDDING, huge, NULL, NULL, 2, 3, NULL, &encoded);
    INVALID("", deberta_model_encode_texts, model, &TEXT, huge, NULL, NULL, &encoded);
    INVALID("", deberta_model_token_embeddings, model, IDS(5), huge, values, CAPACITY, &length);
  }
}

static void unaligned(const deberta_model *model) {
  union {
    int64_t numbers[4];
    char bytes[32];
  } memory = {{5, 5, 5, 5}};
  const void *odd = memory.bytes + 1;
  INVALID("input_ids is not aligned", deberta_model_encode_padded, model, odd, NULL, NULL, 1, 1, NULL, &encoded);
  INVALID("ids is not aligned", deberta_model_encode_ids, model, odd, NULL, 1, OFFSETS(0, 1), 1, NULL, &encoded);
  INVALID("row_offsets is not aligned", deberta_model_encode_ids, model, IDS(5), NULL, 1, odd, 1, NULL, &encoded);
}

static void more_tokens_than_positions(void) {
  deberta_model *model = open_golden("absolute_positions", NULL, DEBERTA_INSTRUCTION_SET_AUTO);
  deberta_model_info info;
  ACCEPTED(deberta_model_info_init, &info, sizeof info);
  ACCEPTED(deberta_model_get_info, model, &info);
  size_t tokens = info.max_position_embeddings + 1;
  uint32_t *ids = malloc(tokens * sizeof *ids);
  REQUIRE(ids != NULL);
  for (size_t index = 0; index < tokens; index++) ids[index] = 5;
  REFUSED(DEBERTA_STATUS_TOO_LONG, "absolute positions", deberta_model_encode_ids, model, ids, NULL, tokens,
          OFFSETS(0, tokens), 1, NULL, &encoded);
  deberta_encoded *fitting = NULL;
  ACCEPTED(deberta_model_encode_ids, model, ids, NULL, tokens - 1, OFFSETS(0, tokens - 1), 1, NULL, &fitting);
  deberta_encoded_free(fitting);
  free(ids);
  deberta_model_free(model);
}

int main(void) {
  FILL(encoded);
  FILL(length);
  FILL(values);
  deberta_model *model = open_golden("token_types", NULL, DEBERTA_INSTRUCTION_SET_AUTO);
  deberta_model_info info;
  ACCEPTED(deberta_model_info_init, &info, sizeof info);
  ACCEPTED(deberta_model_get_info, model, &info);
  ragged_rows(model, (uint32_t)info.vocab_size);
  padded_rows(model, (int64_t)info.vocab_size);
  embeddings(model, info.embedding_size);
  lengths_beyond_memory(model);
  unaligned(model);
  INVALID("ids[1]", deberta_model_token_embeddings, model, IDS(0, (uint32_t)info.vocab_size), 2, values, CAPACITY,
          &length);
  more_tokens_than_positions();
  EXPECT_UNTOUCHED(encoded);
  EXPECT_UNTOUCHED(length);
  EXPECT_UNTOUCHED(values);

  /* After all of that the model still answers. */
  ACCEPTED(deberta_model_encode_ids_into, model, IDS(5, 6), NULL, 2, OFFSETS(0, 2), 1, NULL, values, CAPACITY, &length);
  EXPECT_EQUAL(length, 2 * info.hidden_size);
  deberta_model_free(model);
  return finish();
}
