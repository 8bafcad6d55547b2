#include "task_list.h"

#include <math.h>
#include <string.h>

#include "expect.h"
#include "models.h"

#define SINGLE(literal) {literal, sizeof literal - 1, NULL, 0}
#define PAIR(first, second) {first, sizeof first - 1, second, sizeof second - 1}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const deberta_text TEXTS[] = {SINGLE("the cat sleeps in the garden because it rains"), SINGLE("a dog runs"),
                                     SINGLE("every morning she opens the window and the small red bird sings")};
static const deberta_text MASKED[] = {SINGLE("the [MASK] sleeps in the [MASK]"), SINGLE("[MASK] runs")};
static const deberta_text QUESTIONS[] = {PAIR("is the cat in the garden?", "the old cat sleeps in the small garden."),
                                         PAIR("was it a fox?", "a red fox jumps over the dog.")};
static const deberta_text LABELS[] = {SINGLE("city"), SINGLE("garden"), SINGLE("river")};

/* Sets up the options of a task and lets them point to the limits. */
#define OPTIONS(type, init)                  \
  type options;                              \
  ACCEPTED(init, &options, sizeof options);  \
  options.run = run

/* Calls the function, all but its result and error given, and hands its result over. */
#define ASK(type, function, ...)                                               \
  do {                                                                         \
    type *answered = NULL;                                                     \
    deberta_status status = function(model, __VA_ARGS__, &options, &answered, error); \
    if (status == DEBERTA_STATUS_OK) *result = answered;                       \
    return status;                                                             \
  } while (0)

static void expect_probabilities(const float *values, size_t count, bool sum_to_1) {
  double sum = 0;
  for (size_t index = 0; index < count; index++) {
    EXPECT(values[index] >= 0 && values[index] <= 1.0001f);
    sum += values[index];
  }
  if (sum_to_1) EXPECT(fabs(sum - 1) < 1e-4);
}

static void expect_in(deberta_range bytes, deberta_range chars, deberta_string text) {
  EXPECT(bytes.start < bytes.end && bytes.end <= text.length);
  /* All texts here are ASCII. */
  EXPECT(chars.start == bytes.start && chars.end == bytes.end);
}

static deberta_string text_of(const deberta_text *text) { return (deberta_string){text->text, text->text_length}; }
static deberta_string pair_of(const deberta_text *text) { return (deberta_string){text->pair, text->pair_length}; }

/* What all results tell of each row: nothing was cut off, and one window was enough. */
#define READ_LENGTHS(result, rows, windows_of, truncation_of)       \
  for (size_t row = 0; row < (rows); row++) {                       \
    size_t windows = 0;                                             \
    ACCEPTED(windows_of, (result), row, &windows);                  \
    EXPECT_EQUAL(windows, 1);                                       \
    deberta_truncated_text truncated;                               \
    ACCEPTED(deberta_truncated_text_init, &truncated, sizeof truncated); \
    ACCEPTED(truncation_of, (result), row, &truncated);             \
    EXPECT_EQUAL(truncated.total_tokens, 0);                        \
  }

static deberta_status classify(const deberta_model *model, const deberta_run_options *run, void **result,
                               deberta_error **error) {
  OPTIONS(deberta_classify_options, deberta_classify_options_init);
  ASK(deberta_classifications, deberta_model_classify, TEXTS, COUNT(TEXTS));
}

static deberta_status zero_shot(const deberta_model *model, const deberta_run_options *run, void **result,
                                deberta_error **error) {
  OPTIONS(deberta_zero_shot_options, deberta_zero_shot_options_init);
  ASK(deberta_classifications, deberta_model_zero_shot, TEXTS, COUNT(TEXTS), LABELS, COUNT(LABELS));
}

static deberta_status choose(const deberta_model *model, const deberta_run_options *run, void **result,
                             deberta_error **error) {
  OPTIONS(deberta_choose_options, deberta_choose_options_init);
  ASK(deberta_classifications, deberta_model_choose, "the bird sings in", 17, LABELS, COUNT(LABELS));
}

static uint64_t read_classifications(const void *result) {
  const deberta_classifications *answers = result;
  size_t rows = deberta_classifications_rows(answers);
  uint64_t sum = rows;
  EXPECT(rows > 0);
  READ_LENGTHS(answers, rows, deberta_classifications_windows, deberta_classifications_truncation);
  for (size_t row = 0; row < rows; row++) {
    const float *logits = NULL, *scores = NULL;
    const size_t *ranking = NULL;
    size_t labels = 0;
    ACCEPTED(deberta_classifications_logits, answers, row, &logits, &labels);
    sum = sum_of(sum, logits, labels * sizeof *logits);
    ACCEPTED(deberta_classifications_scores, answers, row, &scores, &labels);
    sum = sum_of(sum, scores, labels * sizeof *scores);
    expect_probabilities(scores, labels, true);
    ACCEPTED(deberta_classifications_ranking, answers, row, &ranking, &labels);
    sum = sum_of(sum, ranking, labels * sizeof *ranking);
    EXPECT_EQUAL(labels, 3);
    for (size_t place = 1; place < labels; place++) EXPECT(scores[ranking[place - 1]] >= scores[ranking[place]]);
  }
  return sum;
}

static void release_classifications(void *result) { deberta_classifications_free(result); }

static deberta_status rank_documents(const deberta_model *model, const deberta_run_options *run, void **result,
                                     deberta_error **error) {
  OPTIONS(deberta_rank_options, deberta_rank_options_init);
  ASK(deberta_ranking, deberta_model_rank, "the cat", 7, TEXTS, COUNT(TEXTS));
}

static uint64_t read_ranking(const void *result) {
  const deberta_ranking *ranking = result;
  const size_t *documents = NULL;
  const float *scores = NULL, *logits = NULL;
  size_t places = 0;
  ACCEPTED(deberta_ranking_documents, ranking, &documents, &places);
  uint64_t sum = sum_of(0, documents, places * sizeof *documents);
  ACCEPTED(deberta_ranking_logits, ranking, &logits, &places);
  sum = sum_of(sum, logits, places * sizeof *logits);
  ACCEPTED(deberta_ranking_scores, ranking, &scores, &places);
  sum = sum_of(sum, scores, places * sizeof *scores);
  EXPECT_EQUAL(places, COUNT(TEXTS));
  unsigned seen = 0;
  for (size_t place = 0; place < places; place++) {
    seen |= 1u << documents[place];
    EXPECT(place == 0 || scores[place - 1] >= scores[place]);
  }
  EXPECT_EQUAL(seen, (1u << COUNT(TEXTS)) - 1);
  READ_LENGTHS(ranking, places, deberta_ranking_windows, deberta_ranking_truncation);
  return sum;
}

static void release_ranking(void *result) { deberta_ranking_free(result); }

static deberta_status answer(const deberta_model *model, const deberta_run_options *run, void **result,
                             deberta_error **error) {
  OPTIONS(deberta_answer_options, deberta_answer_options_init);
  options.top_k = 3;
  ASK(deberta_answers, deberta_model_answer, QUESTIONS, COUNT(QUESTIONS));
}

static uint64_t read_answers(const void *result) {
  const deberta_answers *answers = result;
  uint64_t sum = 0;
  EXPECT_EQUAL(deberta_answers_rows(answers), COUNT(QUESTIONS));
  READ_LENGTHS(answers, COUNT(QUESTIONS), deberta_answers_windows, deberta_answers_truncation);
  for (size_t row = 0; row < COUNT(QUESTIONS); row++) {
    size_t count = 0;
    ACCEPTED(deberta_answers_count, answers, row, &count);
    EXPECT(count > 0 && count <= 3);
    float last = INFINITY;
    for (size_t index = 0; index < count; index++) {
      deberta_answer found;
      ACCEPTED(deberta_answer_init, &found, sizeof found);
      ACCEPTED(deberta_answers_answer, answers, row, index, &found);
      deberta_string context = pair_of(&QUESTIONS[row]);
      expect_in(found.byte_range, found.char_range, context);
      EXPECT_EQUAL(found.text.length, found.byte_range.end - found.byte_range.start);
      EXPECT_SAME_BYTES(found.text.data, context.data + found.byte_range.start, found.text.length, "an answer");
      EXPECT(found.score > 0 && found.score <= last && found.is_impossible == 0);
      last = found.score;
      sum = sum_of(sum, found.text.data, found.text.length);
      sum = sum_of(sum, &found.score, sizeof found.score);
    }
  }
  return sum;
}

static void release_answers(void *result) { deberta_answers_free(result); }

static deberta_status tag(const deberta_model *model, const deberta_run_options *run, void **result,
                          deberta_error **error) {
  OPTIONS(deberta_tag_options, deberta_tag_options_init);
  /* The list with no names leaves out nothing, not even "O". */
  options.ignored_labels = LABELS;
  options.aggregation = DEBERTA_AGGREGATION_FIRST;
  ASK(deberta_tagged, deberta_model_tag, TEXTS, COUNT(TEXTS));
}

static uint64_t read_entities(const void *result) {
  const deberta_tagged *tagged = result;
  uint64_t sum = 0;
  EXPECT_EQUAL(deberta_tagged_rows(tagged), COUNT(TEXTS));
  READ_LENGTHS(tagged, COUNT(TEXTS), deberta_tagged_windows, deberta_tagged_truncation);
  for (size_t row = 0; row < COUNT(TEXTS); row++) {
    size_t count = 0, end = 0;
    ACCEPTED(deberta_tagged_entity_count, tagged, row, &count);
    EXPECT(count > 0);
    for (size_t index = 0; index < count; index++) {
      deberta_entity entity;
      ACCEPTED(deberta_entity_init, &entity, sizeof entity);
      ACCEPTED(deberta_tagged_entity, tagged, row, index, &entity);
      expect_in(entity.byte_range, entity.char_range, text_of(&TEXTS[row]));
      expect_probabilities(&entity.score, 1, false);
      EXPECT(entity.tokens.start >= end && entity.tokens.start < entity.tokens.end);
      EXPECT(entity.label.length > 0 && entity.word.length > 0);
      end = entity.tokens.end;
      sum = sum_of(sum, entity.label.data, entity.label.length);
      sum = sum_of(sum, entity.word.data, entity.word.length);
      sum = sum_of(sum, &entity.score, sizeof entity.score);
      sum = sum_of(sum, &entity.tokens, sizeof entity.tokens);
    }
  }
  return sum;
}

static void release_entities(void *result) { deberta_tagged_free(result); }

static deberta_status fill_mask(const deberta_model *model, const deberta_run_options *run, void **result,
                                deberta_error **error) {
  OPTIONS(deberta_fill_mask_options, deberta_fill_mask_options_init);
  ASK(deberta_filled_masks, deberta_model_fill_mask, MASKED, COUNT(MASKED));
}

static uint64_t read_masks(const void *result) {
  static const size_t MASKS[] = {2, 1};
  const deberta_filled_masks *filled = result;
  uint64_t sum = 0;
  EXPECT_EQUAL(deberta_filled_masks_rows(filled), COUNT(MASKED));
  READ_LENGTHS(filled, COUNT(MASKED), deberta_filled_masks_windows, deberta_filled_masks_truncation);
  for (size_t row = 0; row < COUNT(MASKED); row++) {
    size_t masks = 0;
    ACCEPTED(deberta_filled_masks_count, filled, row, &masks);
    EXPECT_EQUAL(masks, MASKS[row]);
    for (size_t index = 0; index < masks; index++) {
      deberta_filled_mask mask;
      ACCEPTED(deberta_filled_mask_init, &mask, sizeof mask);
      ACCEPTED(deberta_filled_masks_mask, filled, row, index, &mask);
      expect_in(mask.byte_range, mask.char_range, text_of(&MASKED[row]));
      EXPECT_EQUAL(mask.byte_range.end - mask.byte_range.start, 6);
      EXPECT_EQUAL(mask.fills, 5);
      float last = 1;
      for (size_t place = 0; place < mask.fills; place++) {
        deberta_fill found;
        ACCEPTED(deberta_fill_init, &found, sizeof found);
        ACCEPTED(deberta_filled_masks_fill, filled, row, index, place, &found);
        EXPECT(found.score > 0 && found.score <= last && found.id < 120 && isfinite(found.logit));
        last = found.score;
        sum = sum_of(sum, found.token.data, found.token.length);
        sum = sum_of(sum, &found.id, sizeof found.id);
        sum = sum_of(sum, &found.logit, sizeof found.logit);
      }
    }
  }
  return sum;
}

static void release_masks(void *result) { deberta_filled_masks_free(result); }

static deberta_status embed(const deberta_model *model, const deberta_run_options *run, void **result,
                            deberta_error **error) {
  OPTIONS(deberta_embed_options, deberta_embed_options_init);
  options.normalize = 1;
  ASK(deberta_embeddings, deberta_model_embed, TEXTS, COUNT(TEXTS));
}

static uint64_t read_embeddings(const void *result) {
  const deberta_embeddings *embeddings = result;
  const float *values = NULL;
  size_t length = 0;
  EXPECT_EQUAL(deberta_embeddings_rows(embeddings), COUNT(TEXTS));
  READ_LENGTHS(embeddings, COUNT(TEXTS), deberta_embeddings_windows, deberta_embeddings_truncation);
  ACCEPTED(deberta_embeddings_vectors, embeddings, &values, &length);
  EXPECT(length > 0 && length % COUNT(TEXTS) == 0);
  size_t size = length / COUNT(TEXTS);
  for (size_t row = 0; row < COUNT(TEXTS); row++) {
    double square = 0;
    for (size_t index = 0; index < size; index++) square += (double)values[row * size + index] * values[row * size + index];
    EXPECT(fabs(square - 1) < 1e-4);
  }
  return sum_of(0, values, length * sizeof *values);
}

static void release_embeddings(void *result) { deberta_embeddings_free(result); }

static deberta_status explain(const deberta_model *model, const deberta_run_options *run, void **result,
                              deberta_error **error) {
  OPTIONS(deberta_explain_options, deberta_explain_options_init);
  options.method = DEBERTA_RELEVANCE_OCCLUSION;
  options.attentions = 1;
  ASK(deberta_explanation, deberta_model_explain, &TEXTS[0]);
}

static uint64_t read_explanation(const void *result) {
  const deberta_explanation *explanation = result;
  deberta_explanation_info info;
  ACCEPTED(deberta_explanation_info_init, &info, sizeof info);
  ACCEPTED(deberta_explanation_get_info, explanation, &info);
  EXPECT_EQUAL(info.logits_head, DEBERTA_HEAD_SEQUENCE_CLASSIFICATION);
  EXPECT(info.num_labels == 3 && info.has_label == 1 && info.label < 3 && info.attentions > 0);

  const deberta_tokenized *tokens = NULL;
  ACCEPTED(deberta_explanation_tokenized, explanation, &tokens);
  EXPECT_EQUAL(deberta_tokenized_length(tokens), info.tokens);
  const float *values = NULL;
  size_t length = 0;
  ACCEPTED(deberta_explanation_relevance, explanation, &values, &length);
  EXPECT_EQUAL(length, info.tokens);
  uint64_t sum = sum_of(0, values, length * sizeof *values);
  ACCEPTED(deberta_explanation_logits, explanation, &values, &length);
  EXPECT_EQUAL(length, 3);
  sum = sum_of(sum, values, length * sizeof *values);
  ACCEPTED(deberta_explanation_scores, explanation, &values, &length);
  expect_probabilities(values, length, true);
  sum = sum_of(sum, values, length * sizeof *values);
  for (size_t layer = 0; layer < info.attentions; layer++) {
    ACCEPTED(deberta_explanation_attentions, explanation, layer, &values, &length);
    EXPECT_EQUAL(length, info.num_attention_heads * info.tokens * info.tokens);
    for (size_t row = 0; row < length; row += info.tokens) expect_probabilities(values + row, info.tokens, true);
    sum = sum_of(sum, values, length * sizeof *values);
  }
  static const int64_t DISTANCES[] = {INT64_MIN, -300, -1, 0, 1, 300, INT64_MAX};
  int32_t last = INT32_MIN;
  EXPECT_EQUAL(info.has_relative_positions, 1);
  for (size_t index = 0; index < COUNT(DISTANCES); index++) {
    int32_t bucket = 0, row = 0;
    ACCEPTED(deberta_explanation_relative_position, explanation, DISTANCES[index], &bucket, &row);
    EXPECT(bucket >= last && (bucket > 0) == (DISTANCES[index] > 0) && (bucket < 0) == (DISTANCES[index] < 0));
    EXPECT(row >= 0);
    last = bucket;
    sum = sum_of(sum, &row, sizeof row);
  }
  return sum;
}

static void release_explanation(void *result) { deberta_explanation_free(result); }

const struct task TASKS[] = {
    {"classify", "v3_shared", classify, read_classifications, release_classifications},
    {"zero_shot", "v3_shared", zero_shot, read_classifications, release_classifications},
    {"choose", "multiple_choice", choose, read_classifications, release_classifications},
    {"rank", "regression", rank_documents, read_ranking, release_ranking},
    {"answer", "question_answering", answer, read_answers, release_answers},
    {"tag", "token_classification", tag, read_entities, release_entities},
    {"fill_mask", "masked_lm", fill_mask, read_masks, release_masks},
    {"embed", "v3_shared", embed, read_embeddings, release_embeddings},
    {"explain", "v3_shared", explain, read_explanation, release_explanation},
};
const size_t TASK_COUNT = COUNT(TASKS);

void *answer_of(const struct task *task, const deberta_model *model) {
  void *result = NULL;
  ACCEPTED(task->ask, model, NULL, &result);
  REQUIRE(result != NULL);
  return result;
}

void *result_of_task(const char *name) {
  size_t index = 0;
  while (index < TASK_COUNT && strcmp(TASKS[index].name, name) != 0) index++;
  REQUIRE(index < TASK_COUNT);
  deberta_model *model = open_for_task(TASKS[index].checkpoint);
  void *result = answer_of(&TASKS[index], model);
  deberta_model_free(model);
  return result;
}
