/* Structs of tasks in other sizes than the library's, and choices that it does not know. */

#include "expect.h"
#include "models.h"
#include "struct_sizes.h"
#include "task_list.h"

static const deberta_text TEXT = {"the cat", 7, NULL, 0};
static const deberta_text MASKED = {"the [MASK]", 10, NULL, 0};
static const deberta_text QUESTION = {"the cat?", 8, "the cat runs", 12};

/* Numbers that are no choice, no flag and not 0. */
static const int32_t UNKNOWN[] = {-1, 100, INT32_MAX, INT32_MIN};

/* A field of options for which each of them is refused by name. */
#define CHECK_FIELD(type, init, field, output, call, ...)                     \
  do {                                                                        \
    type known;                                                               \
    ACCEPTED(init, &known, sizeof known);                                     \
    const type *options = &known;                                             \
    FILL(output);                                                             \
    for (size_t index = 0; index < sizeof UNKNOWN / sizeof *UNKNOWN; index++) { \
      known.field = UNKNOWN[index];                                           \
      INVALID(#field, call, __VA_ARGS__);                                     \
    }                                                                         \
    EXPECT_UNTOUCHED(output);                                                 \
  } while (0)

static void setting_up(void) {
  CHECK_INIT(deberta_run_options, deberta_run_options_init);
  CHECK_INIT(deberta_classify_options, deberta_classify_options_init);
  CHECK_INIT(deberta_zero_shot_options, deberta_zero_shot_options_init);
  CHECK_INIT(deberta_choose_options, deberta_choose_options_init);
  CHECK_INIT(deberta_rank_options, deberta_rank_options_init);
  CHECK_INIT(deberta_answer_options, deberta_answer_options_init);
  CHECK_INIT(deberta_answer, deberta_answer_init);
  CHECK_INIT(deberta_tag_options, deberta_tag_options_init);
  CHECK_INIT(deberta_entity, deberta_entity_init);
  CHECK_INIT(deberta_fill_mask_options, deberta_fill_mask_options_init);
  CHECK_INIT(deberta_filled_mask, deberta_filled_mask_init);
  CHECK_INIT(deberta_fill, deberta_fill_init);
  CHECK_INIT(deberta_embed_options, deberta_embed_options_init);
  CHECK_INIT(deberta_explain_options, deberta_explain_options_init);
  CHECK_INIT(deberta_explanation_info, deberta_explanation_info_init);
}

static deberta_status classify_within(const deberta_model *model, const deberta_run_options *run,
                                      deberta_classifications **answers, deberta_error **error) {
  deberta_classify_options options = {.struct_size = sizeof options, .run = run};
  return deberta_model_classify(model, &TEXT, 1, &options, answers, error);
}

static deberta_status classify_tokenized(const deberta_model *model, const deberta_tokenize_options *tokenize,
                                         deberta_classifications **answers, deberta_error **error) {
  deberta_classify_options options = {.struct_size = sizeof options, .tokenize = tokenize};
  return deberta_model_classify(model, &TEXT, 1, &options, answers, error);
}

static void classifying(void) {
  deberta_model *model = open_for_task("v3_shared");
  deberta_classifications *answers;
  CHECK_OPTIONS(deberta_run_options, deberta_run_options_init, answers, deberta_classifications_free, classify_within,
                model, options, &answers);
  CHECK_OPTIONS(deberta_tokenize_options, deberta_tokenize_options_init, answers, deberta_classifications_free,
                classify_tokenized, model, options, &answers);
  CHECK_OPTIONS(deberta_classify_options, deberta_classify_options_init, answers, deberta_classifications_free,
                deberta_model_classify, model, &TEXT, 1, options, &answers);
  CHECK_FIELD(deberta_classify_options, deberta_classify_options_init, score_function, answers, deberta_model_classify,
              model, &TEXT, 1, options, &answers);
  CHECK_FIELD(deberta_classify_options, deberta_classify_options_init, window_merge, answers, deberta_model_classify,
              model, &TEXT, 1, options, &answers);
  CHECK_OPTIONS(deberta_zero_shot_options, deberta_zero_shot_options_init, answers, deberta_classifications_free,
                deberta_model_zero_shot, model, &TEXT, 1, &TEXT, 1, options, &answers);
  CHECK_FIELD(deberta_zero_shot_options, deberta_zero_shot_options_init, multi_label, answers, deberta_model_zero_shot,
              model, &TEXT, 1, &TEXT, 1, options, &answers);
  CHECK_FIELD(deberta_zero_shot_options, deberta_zero_shot_options_init, window_merge, answers, deberta_model_zero_shot,
              model, &TEXT, 1, &TEXT, 1, options, &answers);

  deberta_embeddings *embeddings;
  CHECK_OPTIONS(deberta_embed_options, deberta_embed_options_init, embeddings, deberta_embeddings_free,
                deberta_model_embed, model, &TEXT, 1, options, &embeddings);
  CHECK_FIELD(deberta_embed_options, deberta_embed_options_init, pooling, embeddings, deberta_model_embed, model, &TEXT,
              1, options, &embeddings);
  CHECK_FIELD(deberta_embed_options, deberta_embed_options_init, normalize, embeddings, deberta_model_embed, model,
              &TEXT, 1, options, &embeddings);
  deberta_embed_options layers = {.struct_size = sizeof layers, .layers_before_last = 3};
  INVALID("layers_before_last is 3", deberta_model_embed, model, &TEXT, 1, &layers, &embeddings);
  EXPECT_UNTOUCHED(embeddings);
  deberta_model_free(model);
}

static void explaining(void) {
  deberta_model *model = open_for_task("v3_shared");
  deberta_explanation *explanation;
  CHECK_OPTIONS(deberta_explain_options, deberta_explain_options_init, explanation, deberta_explanation_free,
                deberta_model_explain, model, &TEXT, options, &explanation);
  CHECK_FIELD(deberta_explain_options, deberta_explain_options_init, method, explanation, deberta_model_explain, model,
              &TEXT, options, &explanation);
  CHECK_FIELD(deberta_explain_options, deberta_explain_options_init, has_label, explanation, deberta_model_explain,
              model, &TEXT, options, &explanation);
  CHECK_FIELD(deberta_explain_options, deberta_explain_options_init, attentions, explanation, deberta_model_explain,
              model, &TEXT, options, &explanation);
  CHECK_FIELD(deberta_explain_options, deberta_explain_options_init, reserved, explanation, deberta_model_explain,
              model, &TEXT, options, &explanation);
  deberta_explain_options options = {.struct_size = sizeof options, .label = 1};
  INVALID("label is 1, but has_label is 0", deberta_model_explain, model, &TEXT, &options, &explanation);
  options.has_label = 1;
  INVALID("label is 1, but rollout", deberta_model_explain, model, &TEXT, &options, &explanation);
  options.method = DEBERTA_RELEVANCE_OCCLUSION;
  options.label = 3;
  INVALID("label is 3", deberta_model_explain, model, &TEXT, &options, &explanation);
  EXPECT_UNTOUCHED(explanation);

  /* Without attentions: none of any layer. */
  ACCEPTED(deberta_model_explain, model, &TEXT, NULL, &explanation);
  const float *values;
  size_t length;
  FILL(values);
  FILL(length);
  INVALID("layer is 0", deberta_explanation_attentions, explanation, 0, &values, &length);
  EXPECT_UNTOUCHED(values);
  EXPECT_UNTOUCHED(length);
  CHECK_RESULT(deberta_explanation_info, deberta_explanation_get_info, explanation);
  deberta_explanation_free(explanation);
  deberta_model_free(model);
}

static void choosing_and_ranking(void) {
  deberta_model *model = open_for_task("multiple_choice");
  deberta_classifications *answers;
  CHECK_OPTIONS(deberta_choose_options, deberta_choose_options_init, answers, deberta_classifications_free,
                deberta_model_choose, model, "a", 1, &TEXT, 1, options, &answers);
  CHECK_FIELD(deberta_choose_options, deberta_choose_options_init, window_merge, answers, deberta_model_choose, model,
              "a", 1, &TEXT, 1, options, &answers);
  CHECK_FIELD(deberta_choose_options, deberta_choose_options_init, reserved, answers, deberta_model_choose, model, "a",
              1, &TEXT, 1, options, &answers);
  deberta_model_free(model);

  model = open_for_task("regression");
  deberta_ranking *ranking;
  CHECK_OPTIONS(deberta_rank_options, deberta_rank_options_init, ranking, deberta_ranking_free, deberta_model_rank,
                model, "a", 1, &TEXT, 1, options, &ranking);
  CHECK_FIELD(deberta_rank_options, deberta_rank_options_init, score_function, ranking, deberta_model_rank, model, "a",
              1, &TEXT, 1, options, &ranking);
  CHECK_FIELD(deberta_rank_options, deberta_rank_options_init, window_merge, ranking, deberta_model_rank, model, "a", 1,
              &TEXT, 1, options, &ranking);
  deberta_model_free(model);
}

static void answering_tagging_and_filling(void) {
  deberta_model *model = open_for_task("question_answering");
  deberta_answers *answers;
  CHECK_OPTIONS(deberta_answer_options, deberta_answer_options_init, answers, deberta_answers_free,
                deberta_model_answer, model, &QUESTION, 1, options, &answers);
  CHECK_FIELD(deberta_answer_options, deberta_answer_options_init, handle_impossible_answer, answers,
              deberta_model_answer, model, &QUESTION, 1, options, &answers);
  CHECK_FIELD(deberta_answer_options, deberta_answer_options_init, omit_word_alignment, answers, deberta_model_answer,
              model, &QUESTION, 1, options, &answers);
  deberta_model_free(model);

  model = open_for_task("token_classification");
  deberta_tagged *tagged;
  CHECK_OPTIONS(deberta_tag_options, deberta_tag_options_init, tagged, deberta_tagged_free, deberta_model_tag, model,
                &TEXT, 1, options, &tagged);
  CHECK_FIELD(deberta_tag_options, deberta_tag_options_init, aggregation, tagged, deberta_model_tag, model, &TEXT, 1,
              options, &tagged);
  CHECK_FIELD(deberta_tag_options, deberta_tag_options_init, reserved, tagged, deberta_model_tag, model, &TEXT, 1,
              options, &tagged);
  deberta_model_free(model);

  model = open_for_task("masked_lm");
  deberta_filled_masks *filled;
  CHECK_OPTIONS(deberta_fill_mask_options, deberta_fill_mask_options_init, filled, deberta_filled_masks_free,
                deberta_model_fill_mask, model, &MASKED, 1, options, &filled);
  deberta_model_free(model);
}

/* The first of each thing in a result, as functions of the result and the struct alone. */
static deberta_status first_truncation(const deberta_classifications *answers, deberta_truncated_text *truncated,
                                       deberta_error **error) {
  return deberta_classifications_truncation(answers, 0, truncated, error);
}

static deberta_status first_answer(const deberta_answers *answers, deberta_answer *answer, deberta_error **error) {
  return deberta_answers_answer(answers, 0, 0, answer, error);
}

static deberta_status first_entity(const deberta_tagged *tagged, deberta_entity *entity, deberta_error **error) {
  return deberta_tagged_entity(tagged, 0, 0, entity, error);
}

static deberta_status first_mask(const deberta_filled_masks *filled, deberta_filled_mask *mask, deberta_error **error) {
  return deberta_filled_masks_mask(filled, 0, 0, mask, error);
}

static deberta_status first_fill(const deberta_filled_masks *filled, deberta_fill *found, deberta_error **error) {
  return deberta_filled_masks_fill(filled, 0, 0, 0, found, error);
}

/* An index that is one too many is refused by name, and writes nothing. */
#define CHECK_BEYOND(type, part, call, ...) \
  do {                                      \
    type beyond;                            \
    FILL(beyond);                           \
    INVALID(part, call, __VA_ARGS__, &beyond); \
    EXPECT_UNTOUCHED(beyond);               \
  } while (0)

static void results_of_other_sizes(void) {
  deberta_classifications *classifications = result_of_task("classify");
  CHECK_RESULT(deberta_truncated_text, first_truncation, classifications);
  CHECK_BEYOND(size_t, "row is 3", deberta_classifications_windows, classifications, 3);
  deberta_classifications_free(classifications);

  deberta_ranking *ranking = result_of_task("rank");
  CHECK_BEYOND(size_t, "place is 3", deberta_ranking_windows, ranking, 3);
  CHECK_BEYOND(deberta_truncated_text, "place is 3", deberta_ranking_truncation, ranking, 3);
  deberta_ranking_free(ranking);

  deberta_answers *answers = result_of_task("answer");
  CHECK_RESULT(deberta_answer, first_answer, answers);
  CHECK_BEYOND(size_t, "row is 2", deberta_answers_count, answers, 2);
  CHECK_BEYOND(size_t, "row is 2", deberta_answers_windows, answers, 2);
  CHECK_BEYOND(deberta_answer, "row is 2", deberta_answers_answer, answers, 2, 0);
  deberta_answers_free(answers);

  deberta_tagged *tagged = result_of_task("tag");
  CHECK_RESULT(deberta_entity, first_entity, tagged);
  CHECK_BEYOND(size_t, "row is 3", deberta_tagged_entity_count, tagged, 3);
  CHECK_BEYOND(size_t, "row is 3", deberta_tagged_windows, tagged, 3);
  CHECK_BEYOND(deberta_entity, "row is 3", deberta_tagged_entity, tagged, 3, 0);
  deberta_tagged_free(tagged);

  deberta_filled_masks *filled = result_of_task("fill_mask");
  CHECK_RESULT(deberta_filled_mask, first_mask, filled);
  CHECK_RESULT(deberta_fill, first_fill, filled);
  CHECK_BEYOND(size_t, "row is 2", deberta_filled_masks_count, filled, 2);
  CHECK_BEYOND(deberta_filled_mask, "mask is 2", deberta_filled_masks_mask, filled, 0, 2);
  CHECK_BEYOND(deberta_fill, "mask is 1", deberta_filled_masks_fill, filled, 1, 1, 0);
  deberta_filled_masks_free(filled);

  deberta_embeddings *embeddings = result_of_task("embed");
  CHECK_BEYOND(size_t, "row is 3", deberta_embeddings_windows, embeddings, 3);
  deberta_embeddings_free(embeddings);
}

/* With the size of the struct set, the index is what is wrong. */
static void items_beyond_the_last(void) {
  deberta_answers *answers = result_of_task("answer");
  deberta_answer answer = {.struct_size = sizeof answer};
  INVALID("index is 3", deberta_answers_answer, answers, 0, 3, &answer);
  deberta_answers_free(answers);

  deberta_tagged *tagged = result_of_task("tag");
  deberta_entity entity = {.struct_size = sizeof entity};
  INVALID("index is 1000", deberta_tagged_entity, tagged, 0, 1000, &entity);
  deberta_tagged_free(tagged);

  deberta_filled_masks *filled = result_of_task("fill_mask");
  deberta_fill found = {.struct_size = sizeof found};
  INVALID("place is 5", deberta_filled_masks_fill, filled, 0, 0, 5, &found);
  deberta_filled_masks_free(filled);
}

int main(void) {
  setting_up();
  classifying();
  explaining();
  choosing_and_ranking();
  answering_tagging_and_filling();
  results_of_other_sizes();
  items_beyond_the_last();
  return finish();
}
