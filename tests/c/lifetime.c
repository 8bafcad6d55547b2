/* What lives how long: results, tokens, answers and errors without the model, arrays as long as their handle; and nothing
   is left when all is freed, which the tools that this test runs under see. */

#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "models.h"
#include "task_list.h"

static const deberta_text TEXTS[] = {{"fn main() {}", 12, NULL, 0}, {"first", 5, "second", 6}};

/* Reads every array of a result to its end, twice: before and after the model is freed. */
static uint64_t read_encoded(const deberta_encoded *encoded) {
  uint64_t sum = 0;
  size_t length = 0;
  deberta_encoded_info info;
  ACCEPTED(deberta_encoded_info_init, &info, sizeof info);
  ACCEPTED(deberta_encoded_get_info, encoded, &info);
  EXPECT_EQUAL(info.rows, 2);
  const float *values = NULL;
  ACCEPTED(deberta_encoded_last_hidden_state, encoded, &values, &length);
  EXPECT_EQUAL(length, info.tokens * info.hidden_size);
  sum = sum_of(sum, values, length * sizeof *values);
  for (size_t layer = 0; layer < info.hidden_states; layer++) {
    ACCEPTED(deberta_encoded_hidden_states, encoded, layer, &values, &length);
    sum = sum_of(sum, values, length * sizeof *values);
  }
  for (size_t layer = 0; layer < info.attentions; layer++) {
    ACCEPTED(deberta_encoded_attentions, encoded, layer, &values, &length);
    sum = sum_of(sum, values, length * sizeof *values);
  }
  ACCEPTED(deberta_encoded_logits, encoded, &values, &length);
  EXPECT_EQUAL(length, info.rows * info.num_labels);
  sum = sum_of(sum, values, length * sizeof *values);
  for (size_t row = 0; row < info.rows; row++) {
    const deberta_tokenized *tokens = NULL;
    ACCEPTED(deberta_encoded_tokenized, encoded, row, &tokens);
    const uint32_t *ids = NULL;
    ACCEPTED(deberta_tokenized_ids, tokens, &ids, &length);
    EXPECT_EQUAL(length, deberta_tokenized_length(tokens));
    sum = sum_of(sum, ids, length * sizeof *ids);
    for (size_t token = 0; token < length; token++) {
      deberta_string spelling;
      ACCEPTED(deberta_tokenized_token, tokens, token, &spelling);
      sum = sum_of(sum, spelling.data, spelling.length);
    }
  }
  return sum;
}

static uint64_t read_answers(const deberta_classifications *answers) {
  uint64_t sum = 0;
  for (size_t row = 0; row < deberta_classifications_rows(answers); row++) {
    const float *scores = NULL;
    const size_t *ranking = NULL;
    size_t length = 0;
    ACCEPTED(deberta_classifications_scores, answers, row, &scores, &length);
    sum = sum_of(sum, scores, length * sizeof *scores);
    ACCEPTED(deberta_classifications_ranking, answers, row, &ranking, &length);
    sum = sum_of(sum, ranking, length * sizeof *ranking);
    for (size_t label = 0; label < length; label++) {
      deberta_string name;
      ACCEPTED(deberta_classifications_label, answers, label, &name);
      sum = sum_of(sum, name.data, name.length);
    }
  }
  return sum;
}

static uint64_t read_error(const deberta_error *error) {
  deberta_string message = deberta_error_message(error), cause = deberta_error_cause(error);
  return sum_of(sum_of(0, message.data, message.length + 1), cause.data, cause.length + 1);
}

static void results_outlive_the_model(void) {
  deberta_model *model = open_bundled(2);
  deberta_encode_options options;
  ACCEPTED(deberta_encode_options_init, &options, sizeof options);
  options.outputs = DEBERTA_OUTPUT_HIDDEN_STATES | DEBERTA_OUTPUT_ATTENTIONS | DEBERTA_OUTPUT_LOGITS;
  deberta_encoded *encoded = NULL;
  deberta_classifications *answers = NULL;
  deberta_tokenized *tokens = NULL;
  deberta_error *error = NULL;
  ACCEPTED(deberta_model_encode_texts, model, TEXTS, 2, NULL, &options, &encoded);
  ACCEPTED(deberta_model_classify, model, TEXTS, 2, NULL, &answers);
  ACCEPTED(deberta_tokenizer_encode, deberta_model_tokenizer(model), &TEXTS[1], NULL, &tokens);
  EXPECT_EQUAL(deberta_model_label(model, 1000, NULL, &error), DEBERTA_STATUS_INVALID_ARGUMENT);
  REQUIRE(encoded != NULL && answers != NULL && tokens != NULL && error != NULL);

  uint64_t before[] = {read_encoded(encoded), read_answers(answers), read_error(error)};
  size_t length = deberta_tokenized_length(tokens);
  deberta_model_free(model);
  EXPECT(before[0] == read_encoded(encoded));
  EXPECT(before[1] == read_answers(answers));
  EXPECT(before[2] == read_error(error));
  EXPECT_EQUAL(deberta_tokenized_length(tokens), length);
  deberta_encoded_free(encoded);
  deberta_classifications_free(answers);
  deberta_tokenized_free(tokens);
  deberta_error_free(error);
}

static void results_of_tasks_outlive_the_model(void) {
  for (size_t index = 0; index < TASK_COUNT; index++) {
    deberta_model *model = open_for_task(TASKS[index].checkpoint);
    void *result = answer_of(&TASKS[index], model);
    uint64_t before = TASKS[index].read(result);
    deberta_model_free(model);
    EXPECT(before == TASKS[index].read(result));
    TASKS[index].release(result);
  }
}

/* The path, the options and the prefix are gone when the model is used. */
static void arguments_are_only_used_during_the_call(void) {
  char *folder = malloc(PATH_LENGTH), *prefix = malloc(8), *text = malloc(4);
  deberta_open_options *options = malloc(sizeof *options);
  REQUIRE(folder != NULL && prefix != NULL && text != NULL && options != NULL);
  repository_path(folder, "models/code-language");
  memcpy(prefix, "deberta.", 8);
  memcpy(text, "text", 4);
  ACCEPTED(deberta_open_options_init, options, sizeof *options);
  options->threads = 1;
  options->tensor_prefix = prefix;
  options->tensor_prefix_length = 8;
  deberta_model *model = NULL;
  ACCEPTED(deberta_model_open, folder, options, &model);
  REQUIRE(model != NULL);
  free(options);
  free(prefix);
  free(folder);
  EXPECT_TEXT(deberta_model_tensor_prefix(model), "deberta.");
  const char *path = NULL;
  uint64_t bytes = 0;
  ACCEPTED(deberta_model_file, model, 0, &path, &bytes);
  EXPECT(strstr(path, "model.safetensors") != NULL && bytes > 0);

  deberta_text borrowed = {text, 4, NULL, 0};
  deberta_tokenized *tokens = NULL;
  ACCEPTED(deberta_tokenizer_encode, deberta_model_tokenizer(model), &borrowed, NULL, &tokens);
  free(text);
  deberta_string token;
  ACCEPTED(deberta_tokenized_token, tokens, 1, &token);
  EXPECT(token.length > 0);
  deberta_tokenized_free(tokens);
  deberta_model_free(model);
}

static void a_tokenizer_lives_alone(void) {
  char path[PATH_LENGTH];
  repository_path(path, "models/code-language/tokenizer.json");
  deberta_tokenizer *tokenizer = NULL;
  deberta_tokenized *tokens = NULL;
  ACCEPTED(deberta_tokenizer_open, path, &tokenizer);
  REQUIRE(tokenizer != NULL);
  ACCEPTED(deberta_tokenizer_encode, tokenizer, &TEXTS[0], NULL, &tokens);
  deberta_tokenizer_free(tokenizer);
  EXPECT(deberta_tokenized_length(tokens) > 2);
  deberta_tokenized_free(tokens);
}

static void opened_and_freed_again_and_again(void) {
  for (size_t repetition = 0; repetition < amount(50, 3); repetition++) {
    deberta_model *model = open_golden("v3_shared", NULL, DEBERTA_INSTRUCTION_SET_AUTO);
    deberta_encoded *encoded = NULL;
    ACCEPTED(deberta_model_encode_ids, model, ((const uint32_t[]){5, 6}), NULL, 2, ((const size_t[]){0, 2}), 1, NULL,
             &encoded);
    deberta_model_free(model);
    deberta_encoded_free(encoded);
  }
}

/* Opening that fails at each stage leaves nothing behind. */
static void failed_opening(void) {
  static const struct {
    const char *folder;
    deberta_status status;
    const char *part;
  } CASES[] = {{"nowhere", DEBERTA_STATUS_NOT_FOUND, "nowhere"},
               {"tests/goldens/cases.json", DEBERTA_STATUS_INVALID_ARGUMENT, "is not a folder"},
               {"tests/goldens/tokenizer", DEBERTA_STATUS_NOT_FOUND, "config.json"}};
  for (size_t index = 0; index < sizeof CASES / sizeof *CASES; index++) {
    char path[PATH_LENGTH];
    repository_path(path, "%s", CASES[index].folder);
    deberta_model *model;
    FILL(model);
    REFUSED(CASES[index].status, CASES[index].part, deberta_model_open, path, NULL, &model);
    EXPECT_UNTOUCHED(model);
  }
  deberta_model *model;
  FILL(model);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "folder is empty", deberta_model_open, "", NULL, &model);
  deberta_tokenizer *tokenizer;
  FILL(tokenizer);
  char path[PATH_LENGTH];
  repository_path(path, "tests/goldens/cases.json");
  REFUSED(DEBERTA_STATUS_INVALID_TOKENIZER, "cases.json", deberta_tokenizer_open, path, &tokenizer);
  EXPECT_UNTOUCHED(model);
  EXPECT_UNTOUCHED(tokenizer);
}

int main(void) {
  results_outlive_the_model();
  results_of_tasks_outlive_the_model();
  arguments_are_only_used_during_the_call();
  a_tokenizer_lives_alone();
  opened_and_freed_again_and_again();
  failed_opening();
  return finish();
}
