/* The golden list through the C functions, on every instruction set: the bits of Rust, as the command line wrote them, and
   the reference's float64 values. The argument is the folder that rust_bits.cmake has filled. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "models.h"
#include "tensor_file.h"

/* How often the error of PyTorch float32 is allowed; tests/goldens.rs has the strict rule. */
static const double TOLERANCE = 3.0;

enum { ALL = DEBERTA_OUTPUT_HIDDEN_STATES | DEBERTA_OUTPUT_ATTENTIONS | DEBERTA_OUTPUT_LOGITS, LARGEST_NAME = 512 };

static size_t compared_with_rust, compared_with_reference, ragged_rows;

struct batch {
  size_t rows, length;
  const int64_t *ids, *mask, *types;
};

static struct batch read_batch(const struct tensor_file *golden) {
  const struct tensor *ids = tensor_file_find(golden, "input_ids", INT64);
  const struct tensor *mask = tensor_file_find(golden, "attention_mask", INT64);
  const struct tensor *types = tensor_file_find(golden, "token_type_ids", INT64);
  REQUIRE(ids != NULL && ids->dimensions == 2);
  return (struct batch){ids->shape[0], ids->shape[1], ids->values, mask == NULL ? NULL : mask->values,
                        types == NULL ? NULL : types->values};
}

static deberta_status copy_output(const deberta_encoded *encoded, const char *name, float *values, size_t capacity,
                                  size_t *length, deberta_error **error) {
  size_t layer;
  if (sscanf(name, "hidden_states.%zu", &layer) == 1) {
    return deberta_encoded_hidden_states_padded(encoded, layer, values, capacity, length, error);
  }
  if (sscanf(name, "attentions.%zu", &layer) == 1) {
    return deberta_encoded_attentions_padded(encoded, layer, values, capacity, length, error);
  }
  if (strcmp(name, "logits") == 0) return deberta_encoded_logits_padded(encoded, values, capacity, length, error);
  REQUIRE(strcmp(name, "last_hidden_state") == 0);
  return deberta_encoded_last_hidden_state_padded(encoded, values, capacity, length, error);
}

/* An output in its padded shape, to be freed. */
static float *output(const deberta_encoded *encoded, const char *name, size_t *length) {
  *length = 0;
  EXPECT_EQUAL(copy_output(encoded, name, NULL, 0, length, NULL), DEBERTA_STATUS_BUFFER_TOO_SMALL);
  float *values = malloc((*length + 1) * sizeof *values);
  REQUIRE(values != NULL);
  ACCEPTED(copy_output, encoded, name, values, *length, length);
  return values;
}

static void compare_with_rust(const deberta_encoded *encoded, const struct tensor_file *rust, const char *where) {
  deberta_encoded_info info;
  ACCEPTED(deberta_encoded_info_init, &info, sizeof info);
  ACCEPTED(deberta_encoded_get_info, encoded, &info);
  size_t logits = info.logits_head == DEBERTA_HEAD_NONE ? 0 : 1;
  if (rust->count != 1 + info.hidden_states + info.attentions + logits) {
    failed(PLACE, "%s: Rust has %zu outputs, C has %zu hidden states, %zu attentions, %zu logits", where, rust->count,
           info.hidden_states, info.attentions, logits);
  }
  for (size_t index = 0; index < rust->count; index++) {
    const char *name = rust->tensors[index].name;
    const struct tensor *expected = tensor_file_find(rust, name, FLOAT32);
    char what[2 * LARGEST_NAME];
    snprintf(what, sizeof what, "%s %s", where, name);
    size_t length;
    float *found = output(encoded, name, &length);
    EXPECT_EQUAL(length, expected->count);
    if (length == expected->count) EXPECT_SAME_BYTES(found, expected->values, length * sizeof *found, what);
    compared_with_rust++;
    free(found);
  }
}

static double error_of(const struct tensor_file *golden, const char *measure, const char *name) {
  char full[LARGEST_NAME];
  snprintf(full, sizeof full, "%s.%s", measure, name);
  const struct tensor *error = tensor_file_find(golden, full, FLOAT64);
  REQUIRE(error != NULL && error->count == 1);
  return *(const double *)error->values;
}

/* `rust` tells which of the golden's outputs this version computes. */
static void compare_with_reference(const deberta_encoded *encoded, const struct golden_case *item,
                                   const struct tensor_file *golden, const struct tensor_file *rust, const char *where) {
  for (size_t index = 0; index < item->output_count; index++) {
    const char *name = item->outputs[index];
    if (tensor_file_find(rust, name, FLOAT32) == NULL) {
      EXPECT(strcmp(name, "logits") == 0);
      continue;
    }
    const struct tensor *expected = tensor_file_find(golden, name, FLOAT64);
    REQUIRE(expected != NULL);
    size_t length;
    float *found = output(encoded, name, &length);
    EXPECT_EQUAL(length, expected->count);
    double largest = 0;
    for (size_t value = 0; value < length && value < expected->count; value++) {
      double difference = fabs((double)found[value] - ((const double *)expected->values)[value]);
      if (!(difference <= largest)) largest = difference;
    }
    double allowed = TOLERANCE * fmax(error_of(golden, "pytorch_float32_error", name),
                                      error_of(golden, "pytorch_float32_error_reordered", name));
    EXPECT(allowed > 0);
    if (!(largest <= allowed)) {
      failed(PLACE, "%s %s: the largest difference to float64 is %g, allowed is %g", where, name, largest, allowed);
    }
    compared_with_reference++;
    free(found);
  }
}

/* Those rows of a padded batch whose valid tokens are at its start, ragged: other rows are not the same without padding. */
struct ragged {
  size_t rows, tokens;
  size_t *source_rows, *row_offsets;
  uint32_t *ids, *types;
};

static struct ragged make_ragged(const struct batch *batch) {
  struct ragged ragged = {0};
  size_t most = batch->rows * batch->length + 1;
  ragged.source_rows = calloc(batch->rows + 1, sizeof(size_t));
  ragged.row_offsets = calloc(batch->rows + 1, sizeof(size_t));
  ragged.ids = calloc(most, sizeof(uint32_t));
  ragged.types = calloc(most, sizeof(uint32_t));
  REQUIRE(ragged.source_rows != NULL && ragged.row_offsets != NULL && ragged.ids != NULL && ragged.types != NULL);
  for (size_t row = 0; row < batch->rows; row++) {
    size_t valid = 0, end = 0;
    for (size_t column = 0; column < batch->length; column++) {
      if (batch->mask != NULL && batch->mask[row * batch->length + column] == 0) continue;
      valid++;
      end = column + 1;
    }
    if (valid != end) continue;
    for (size_t column = 0; column < end; column++) {
      size_t index = row * batch->length + column;
      ragged.ids[ragged.tokens] = (uint32_t)batch->ids[index];
      ragged.types[ragged.tokens++] = batch->types == NULL ? 0 : (uint32_t)batch->types[index];
    }
    ragged.source_rows[ragged.rows++] = row;
    ragged.row_offsets[ragged.rows] = ragged.tokens;
  }
  return ragged;
}

static void free_ragged(struct ragged *ragged) {
  free(ragged->source_rows);
  free(ragged->row_offsets);
  free(ragged->ids);
  free(ragged->types);
}

static void compare_ragged(const deberta_model *model, const struct batch *batch, const deberta_encoded *padded,
                           const deberta_encode_options *options, const char *where) {
  struct ragged ragged = make_ragged(batch);
  if (ragged.rows == 0) {
    free_ragged(&ragged);
    return;
  }
  const uint32_t *types = batch->types == NULL ? NULL : ragged.types;
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_ids, model, ragged.ids, types, ragged.tokens, ragged.row_offsets, ragged.rows, options,
           &encoded);
  const float *found = NULL, *expected = NULL;
  size_t length = 0, padded_length = 0, offsets_length = 0, needed = 0;
  const size_t *padded_offsets = NULL;
  ACCEPTED(deberta_encoded_last_hidden_state, encoded, &found, &length);
  ACCEPTED(deberta_encoded_last_hidden_state, padded, &expected, &padded_length);
  ACCEPTED(deberta_encoded_row_offsets, padded, &padded_offsets, &offsets_length);
  REQUIRE(offsets_length == batch->rows + 1 && length % ragged.tokens == 0);
  size_t width = length / ragged.tokens;
  for (size_t row = 0; row < ragged.rows; row++) {
    size_t start = ragged.row_offsets[row], tokens = ragged.row_offsets[row + 1] - start;
    size_t source = padded_offsets[ragged.source_rows[row]];
    EXPECT_SAME_BYTES(found + start * width, expected + source * width, tokens * width * sizeof *found, where);
    ragged_rows++;
  }

  float *into = malloc((length + 1) * sizeof *into);
  REQUIRE(into != NULL);
  fill(into, (length + 1) * sizeof *into);
  ACCEPTED(deberta_model_encode_ids_into, model, ragged.ids, types, ragged.tokens, ragged.row_offsets, ragged.rows, NULL,
           into, length, &needed);
  EXPECT_EQUAL(needed, length);
  EXPECT_SAME_BYTES(into, found, length * sizeof *into, where);
  EXPECT_UNTOUCHED(into[length]);
  free(into);
  deberta_encoded_free(encoded);
  free_ragged(&ragged);
}

static void compare_into(const deberta_model *model, const struct batch *batch, const deberta_encoded *encoded,
                         const char *where) {
  size_t length, needed = 0;
  float *expected = output(encoded, "last_hidden_state", &length);
  float *into = malloc((length + 1) * sizeof *into);
  REQUIRE(into != NULL);
  fill(into, (length + 1) * sizeof *into);
  ACCEPTED(deberta_model_encode_padded_into, model, batch->ids, batch->mask, batch->types, batch->rows, batch->length,
           NULL, into, length, &needed);
  EXPECT_EQUAL(needed, length);
  EXPECT_SAME_BYTES(into, expected, length * sizeof *into, where);
  EXPECT_UNTOUCHED(into[length]);
  free(into);
  free(expected);
}

static void run_case(const struct golden_case *item, int32_t instruction_set, const char *folder) {
  const char *name = deberta_instruction_set_name(instruction_set).data;
  char path[PATH_LENGTH], where[LARGEST_NAME];
  snprintf(where, sizeof where, "%s/%s on %s", item->checkpoint, item->file, name);
  repository_path(path, "tests/goldens/%s/%s", item->checkpoint, item->file);
  struct tensor_file golden = tensor_file_read(path);
  REQUIRE(snprintf(path, sizeof path, "%s/%s/%s.%s", folder, name, item->checkpoint, item->file) < PATH_LENGTH);
  struct tensor_file rust = tensor_file_read(path);

  deberta_model *model = open_golden(item->checkpoint, item->tensor_prefix, instruction_set);
  deberta_model_info info;
  ACCEPTED(deberta_model_info_init, &info, sizeof info);
  ACCEPTED(deberta_model_get_info, model, &info);
  EXPECT_EQUAL(info.instruction_set, instruction_set);
  deberta_encode_options options;
  ACCEPTED(deberta_encode_options_init, &options, sizeof options);
  options.outputs = ALL;
  struct batch batch = read_batch(&golden);
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_padded, model, batch.ids, batch.mask, batch.types, batch.rows, batch.length, &options,
           &encoded);
  REQUIRE(encoded != NULL);
  compare_with_rust(encoded, &rust, where);
  compare_with_reference(encoded, item, &golden, &rust, where);
  compare_into(model, &batch, encoded, where);
  compare_ragged(model, &batch, encoded, &options, where);

  deberta_encoded_free(encoded);
  deberta_model_free(model);
  tensor_file_free(&rust);
  tensor_file_free(&golden);
}

int main(int count, char **arguments) {
  REQUIRE(count == 2);
  /* It would override the instruction set that is asked for. */
  unsetenv("DEBERTA_ISA");
  int32_t sets[16];
  size_t set_count = 0;
  ACCEPTED(deberta_instruction_sets, sets, sizeof sets / sizeof *sets, &set_count);
  EXPECT(set_count > 0);
  struct golden_list list = golden_list_read();
  EXPECT(list.count >= 50);
  size_t step = amount(1, 9);
  for (size_t set = 0; set < set_count; set++) {
    for (size_t index = 0; index < list.count; index += step) run_case(&list.cases[index], sets[set], arguments[1]);
  }
  EXPECT(compared_with_rust > 0 && compared_with_reference > 0 && ragged_rows > 0);
  printf("%zu of %zu cases on %zu instruction sets: %zu outputs have Rust's bits, %zu compared with float64, %zu rows "
         "without padding\n",
         (list.count + step - 1) / step, list.count, set_count, compared_with_rust, compared_with_reference,
         ragged_rows);
  golden_list_free(&list);
  return finish();
}
