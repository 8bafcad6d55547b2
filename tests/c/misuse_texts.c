/* Texts that are wrong or strange: not UTF-8, with NUL inside, missing; and texts for models that cannot take them. */

#include <stdio.h>

#include "expect.h"
#include "models.h"

static const deberta_text GOOD = {"good", 4, NULL, 0};

/* The wrong text stands second in a batch, and alone. */
static void refused_text(const deberta_model *model, deberta_text wrong, deberta_status status, const char *in_batch,
                         const char *alone) {
  const deberta_text texts[] = {GOOD, wrong};
  deberta_encoded *encoded;
  deberta_classifications *answers;
  deberta_tokenized *tokens;
  FILL(encoded);
  FILL(answers);
  FILL(tokens);
  REFUSED(status, in_batch, deberta_model_encode_texts, model, texts, 2, NULL, NULL, &encoded);
  REFUSED(status, in_batch, deberta_model_classify, model, texts, 2, NULL, &answers);
  REFUSED(status, alone, deberta_tokenizer_encode, deberta_model_tokenizer(model), &wrong, NULL, &tokens);
  EXPECT_UNTOUCHED(encoded);
  EXPECT_UNTOUCHED(answers);
  EXPECT_UNTOUCHED(tokens);
}

static void not_utf8(const deberta_model *model) {
  /* A lone continuation byte, a cut sequence, an overlong NUL, a surrogate, beyond U+10FFFF, Latin-1. */
  static const struct {
    const char *bytes;
    size_t length, valid;
  } WRONG[] = {{"ab\xff", 3, 2},        {"\x80", 1, 0},         {"a\xe2\x82", 3, 1},        {"\xc0\x80", 2, 0},
               {"xy\xed\xa0\x80", 5, 2}, {"\xf4\x90\x80\x80", 4, 0}, {"na\xefve", 5, 2}};
  for (size_t index = 0; index < sizeof WRONG / sizeof *WRONG; index++) {
    char in_batch[80], message[64];
    snprintf(message, sizeof message, "text is not UTF-8 from byte %zu on", WRONG[index].valid);
    snprintf(in_batch, sizeof in_batch, "texts[1]: %s", message);
    refused_text(model, (deberta_text){WRONG[index].bytes, WRONG[index].length, NULL, 0}, DEBERTA_STATUS_INVALID_UTF8,
                 in_batch, message);
  }
  refused_text(model, (deberta_text){"good", 4, "ab\xff", 3}, DEBERTA_STATUS_INVALID_UTF8,
               "texts[1]: pair is not UTF-8 from byte 2 on", "pair is not UTF-8 from byte 2 on");

  uint32_t id;
  FILL(id);
  REFUSED(DEBERTA_STATUS_INVALID_UTF8, "token is not UTF-8", deberta_tokenizer_id, deberta_model_tokenizer(model),
          "ab\xff", 3, &id);
  EXPECT_UNTOUCHED(id);

  deberta_open_options options;
  ACCEPTED(deberta_open_options_init, &options, sizeof options);
  options.tensor_prefix = "ab\xff";
  options.tensor_prefix_length = 3;
  char folder[PATH_LENGTH];
  repository_path(folder, "models/code-language");
  deberta_model *opened;
  FILL(opened);
  REFUSED(DEBERTA_STATUS_INVALID_UTF8, "tensor_prefix is not UTF-8", deberta_model_open, folder, &options, &opened);
  EXPECT_UNTOUCHED(opened);
}

static void null_with_length(const deberta_model *model) {
  refused_text(model, (deberta_text){NULL, 3, NULL, 0}, DEBERTA_STATUS_INVALID_ARGUMENT, "texts[1]: text is NULL",
               "text is NULL");
  refused_text(model, (deberta_text){"good", 4, NULL, 3}, DEBERTA_STATUS_INVALID_ARGUMENT, "texts[1]: pair is NULL",
               "pair is NULL");
}

/* Legal: NUL inside of a text, an empty text, an empty second text; no text without batch. */
static void strange_but_legal(const deberta_model *model) {
  static const char WITH_NUL[] = "a\0b";
  const deberta_text texts[] = {{WITH_NUL, 3, NULL, 0}, {"a", 1, NULL, 0}, {NULL, 0, NULL, 0}, {"a", 1, "", 0}};
  deberta_tokenized *tokens[4] = {NULL};
  for (size_t index = 0; index < 4; index++) {
    ACCEPTED(deberta_tokenizer_encode, deberta_model_tokenizer(model), &texts[index], NULL, &tokens[index]);
    REQUIRE(tokens[index] != NULL);
  }
  /* What stands behind the NUL is read. */
  const deberta_range *ranges = NULL;
  size_t length = 0;
  ACCEPTED(deberta_tokenized_byte_offsets, tokens[0], &ranges, &length);
  REQUIRE(length > 2);
  EXPECT_EQUAL(ranges[length - 2].end, 3);
  EXPECT_EQUAL(deberta_tokenized_length(tokens[2]), 2);
  EXPECT_EQUAL(deberta_tokenized_length(tokens[3]), deberta_tokenized_length(tokens[1]) + 1);

  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_encode_texts, model, texts, 4, NULL, NULL, &encoded);
  const size_t *offsets = NULL;
  ACCEPTED(deberta_encoded_row_offsets, encoded, &offsets, &length);
  REQUIRE(length == 5);
  for (size_t index = 0; index < 4; index++) {
    EXPECT_EQUAL(offsets[index + 1] - offsets[index], deberta_tokenized_length(tokens[index]));
    deberta_tokenized_free(tokens[index]);
  }
  deberta_encoded_free(encoded);

  deberta_classifications *answers = NULL;
  ACCEPTED(deberta_model_classify, model, texts, 4, NULL, &answers);
  EXPECT_EQUAL(deberta_classifications_rows(answers), 4);
  deberta_classifications_free(answers);
  answers = NULL;
  ACCEPTED(deberta_model_classify, model, NULL, 0, NULL, &answers);
  EXPECT(answers != NULL);
  EXPECT_EQUAL(deberta_classifications_rows(answers), 0);
  deberta_classifications_free(answers);
}

static void nothing_to_encode(const deberta_model *model) {
  deberta_encoded *encoded;
  FILL(encoded);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "has no rows", deberta_model_encode_texts, model, NULL, 0, NULL, NULL,
          &encoded);
  deberta_tokenize_options bare;
  ACCEPTED(deberta_tokenize_options_init, &bare, sizeof bare);
  bare.omit_special_tokens = 1;
  static const deberta_text EMPTY = {NULL, 0, NULL, 0};
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "row 0 of the batch has no valid token", deberta_model_encode_texts, model,
          &EMPTY, 1, &bare, NULL, &encoded);
  EXPECT_UNTOUCHED(encoded);
}

static void too_long(const deberta_model *model) {
  deberta_tokenize_options tokenize;
  ACCEPTED(deberta_tokenize_options_init, &tokenize, sizeof tokenize);
  tokenize.max_length = 4;
  deberta_classify_options options;
  ACCEPTED(deberta_classify_options_init, &options, sizeof options);
  options.tokenize = &tokenize;
  static const deberta_text LONG_TEXT = {"one two three four five six", 27, NULL, 0};
  deberta_tokenized *tokens;
  deberta_classifications *answers;
  FILL(tokens);
  FILL(answers);
  const deberta_tokenizer *tokenizer = deberta_model_tokenizer(model);
  REFUSED(DEBERTA_STATUS_TOO_LONG, "4", deberta_tokenizer_encode, tokenizer, &LONG_TEXT, &tokenize, &tokens);
  REFUSED(DEBERTA_STATUS_TOO_LONG, "input 0", deberta_model_classify, model, &LONG_TEXT, 1, &options, &answers);
  tokenize.truncation = DEBERTA_TRUNCATION_ONLY_SECOND;
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "second", deberta_tokenizer_encode, tokenizer, &LONG_TEXT, &tokenize, &tokens);
  EXPECT_UNTOUCHED(tokens);
  EXPECT_UNTOUCHED(answers);
}

static void models_that_take_no_texts(void) {
  static const struct {
    const char *checkpoint, *part;
    deberta_status status;
  } CASES[] = {{"masked_lm", "a masked language modelling head", DEBERTA_STATUS_UNSUPPORTED},
               {"token_classification", "a token classification head", DEBERTA_STATUS_UNSUPPORTED},
               {"multi_label", "tokenizer.json", DEBERTA_STATUS_NOT_FOUND}};
  deberta_classifications *answers;
  deberta_encoded *encoded;
  FILL(answers);
  FILL(encoded);
  for (size_t index = 0; index < sizeof CASES / sizeof *CASES; index++) {
    deberta_model *model = open_golden(CASES[index].checkpoint, NULL, DEBERTA_INSTRUCTION_SET_AUTO);
    EXPECT(deberta_model_tokenizer(model) == NULL);
    REFUSED(CASES[index].status, CASES[index].part, deberta_model_classify, model, &GOOD, 1, NULL, &answers);
    REFUSED(DEBERTA_STATUS_NOT_FOUND, "tokenizer.json", deberta_model_encode_texts, model, &GOOD, 1, NULL, NULL,
            &encoded);
    deberta_model_free(model);
  }
  EXPECT_UNTOUCHED(answers);
  EXPECT_UNTOUCHED(encoded);
}

static void indices_beyond_the_end(const deberta_model *model) {
  deberta_classifications *answers = NULL;
  deberta_encoded *encoded = NULL;
  ACCEPTED(deberta_model_classify, model, &GOOD, 1, NULL, &answers);
  ACCEPTED(deberta_model_encode_texts, model, &GOOD, 1, NULL, NULL, &encoded);
  const deberta_tokenized *tokens = NULL;
  ACCEPTED(deberta_encoded_tokenized, encoded, 0, &tokens);
  deberta_string text;
  const float *values;
  const size_t *ranking;
  const deberta_tokenized *other;
  const char *path;
  size_t length;
  uint64_t bytes;
  FILL(text);
  FILL(values);
  FILL(ranking);
  FILL(other);
  FILL(path);
  FILL(length);
  FILL(bytes);
  static const size_t BEYOND[] = {1000, SIZE_MAX};
  for (size_t index = 0; index < 2; index++) {
    size_t beyond = BEYOND[index];
    const char *number = index == 0 ? "1000" : "18446744073709551615";
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_tokenized_token, tokens, beyond, &text);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_model_label, model, beyond, &text);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_model_file, model, beyond, &path, &bytes);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_classifications_label, answers, beyond, &text);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_classifications_logits, answers, beyond, &values, &length);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_classifications_scores, answers, beyond, &values, &length);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_classifications_ranking, answers, beyond, &ranking,
            &length);
    REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, number, deberta_encoded_tokenized, encoded, beyond, &other);
  }
  /* Outputs that were not asked for. */
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "not asked for", deberta_encoded_hidden_states, encoded, 0, &values, &length);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "not asked for", deberta_encoded_attentions, encoded, 0, &values, &length);
  REFUSED(DEBERTA_STATUS_INVALID_ARGUMENT, "not asked for", deberta_encoded_logits, encoded, &values, &length);
  EXPECT_UNTOUCHED(text);
  EXPECT_UNTOUCHED(values);
  EXPECT_UNTOUCHED(ranking);
  EXPECT_UNTOUCHED(other);
  EXPECT_UNTOUCHED(path);
  EXPECT_UNTOUCHED(length);
  EXPECT_UNTOUCHED(bytes);
  deberta_encoded_free(encoded);
  deberta_classifications_free(answers);
}

int main(void) {
  deberta_model *model = open_bundled(1);
  not_utf8(model);
  null_with_length(model);
  strange_but_legal(model);
  nothing_to_encode(model);
  too_long(model);
  models_that_take_no_texts();
  indices_beyond_the_end(model);
  deberta_model_free(model);
  return finish();
}
