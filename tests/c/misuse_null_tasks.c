/* NULL in requests to tasks and in what reads their results: an error that names the argument, nothing written. */

#include "expect.h"
#include "models.h"
#include "refused_null.h"
#include "task_list.h"

static const deberta_text TEXT = {"the [MASK] runs", 15, NULL, 0};

static void setting_up(void) {
  REFUSED_NULL("options", deberta_classify_options_init, NULL, sizeof(deberta_classify_options));
  REFUSED_NULL("options", deberta_zero_shot_options_init, NULL, sizeof(deberta_zero_shot_options));
  REFUSED_NULL("options", deberta_choose_options_init, NULL, sizeof(deberta_choose_options));
  REFUSED_NULL("options", deberta_rank_options_init, NULL, sizeof(deberta_rank_options));
  REFUSED_NULL("options", deberta_answer_options_init, NULL, sizeof(deberta_answer_options));
  REFUSED_NULL("answer", deberta_answer_init, NULL, sizeof(deberta_answer));
  REFUSED_NULL("options", deberta_tag_options_init, NULL, sizeof(deberta_tag_options));
  REFUSED_NULL("entity", deberta_entity_init, NULL, sizeof(deberta_entity));
  REFUSED_NULL("options", deberta_fill_mask_options_init, NULL, sizeof(deberta_fill_mask_options));
  REFUSED_NULL("filled_mask", deberta_filled_mask_init, NULL, sizeof(deberta_filled_mask));
  REFUSED_NULL("fill", deberta_fill_init, NULL, sizeof(deberta_fill));
  REFUSED_NULL("options", deberta_embed_options_init, NULL, sizeof(deberta_embed_options));
  REFUSED_NULL("options", deberta_explain_options_init, NULL, sizeof(deberta_explain_options));
  REFUSED_NULL("info", deberta_explanation_info_init, NULL, sizeof(deberta_explanation_info));
}

/* The arguments are looked at before the model's head is. */
static void asking(const deberta_model *model) {
  deberta_classifications *classifications;
  deberta_ranking *ranking;
  deberta_answers *answers;
  deberta_tagged *tagged;
  deberta_filled_masks *filled;
  FILL(classifications);
  FILL(ranking);
  FILL(answers);
  FILL(tagged);
  FILL(filled);
  REFUSED_NULL("model", deberta_model_classify, NULL, &TEXT, 1, NULL, &classifications);
  REFUSED_NULL("texts", deberta_model_classify, model, NULL, 1, NULL, &classifications);
  REFUSED_NULL("classifications", deberta_model_classify, model, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_zero_shot, NULL, &TEXT, 1, &TEXT, 1, NULL, &classifications);
  REFUSED_NULL("texts", deberta_model_zero_shot, model, NULL, 1, &TEXT, 1, NULL, &classifications);
  REFUSED_NULL("labels", deberta_model_zero_shot, model, &TEXT, 1, NULL, 1, NULL, &classifications);
  REFUSED_NULL("classifications", deberta_model_zero_shot, model, &TEXT, 1, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_choose, NULL, "text", 4, &TEXT, 1, NULL, &classifications);
  REFUSED_NULL("prompt", deberta_model_choose, model, NULL, 4, &TEXT, 1, NULL, &classifications);
  REFUSED_NULL("choices", deberta_model_choose, model, "text", 4, NULL, 1, NULL, &classifications);
  REFUSED_NULL("classifications", deberta_model_choose, model, "text", 4, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_rank, NULL, "text", 4, &TEXT, 1, NULL, &ranking);
  REFUSED_NULL("query", deberta_model_rank, model, NULL, 4, &TEXT, 1, NULL, &ranking);
  REFUSED_NULL("documents", deberta_model_rank, model, "text", 4, NULL, 1, NULL, &ranking);
  REFUSED_NULL("ranking", deberta_model_rank, model, "text", 4, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_answer, NULL, &TEXT, 1, NULL, &answers);
  REFUSED_NULL("texts", deberta_model_answer, model, NULL, 1, NULL, &answers);
  REFUSED_NULL("answers", deberta_model_answer, model, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_tag, NULL, &TEXT, 1, NULL, &tagged);
  REFUSED_NULL("texts", deberta_model_tag, model, NULL, 1, NULL, &tagged);
  REFUSED_NULL("tagged", deberta_model_tag, model, &TEXT, 1, NULL, NULL);
  REFUSED_NULL("model", deberta_model_fill_mask, NULL, &TEXT, 1, NULL, &filled);
  REFUSED_NULL("texts", deberta_model_fill_mask, model, NULL, 1, NULL, &filled);
  REFUSED_NULL("filled_masks", deberta_model_fill_mask, model, &TEXT, 1, NULL, NULL);
  EXPECT_UNTOUCHED(classifications);
  EXPECT_UNTOUCHED(ranking);
  EXPECT_UNTOUCHED(answers);
  EXPECT_UNTOUCHED(tagged);
  EXPECT_UNTOUCHED(filled);

  /* In the options: lists of which there is only the length. */
  deberta_fill_mask_options fill_options;
  ACCEPTED(deberta_fill_mask_options_init, &fill_options, sizeof fill_options);
  fill_options.candidate_count = 1;
  REFUSED_NULL("candidates", deberta_model_fill_mask, model, &TEXT, 1, &fill_options, &filled);
  deberta_tag_options tag_options;
  ACCEPTED(deberta_tag_options_init, &tag_options, sizeof tag_options);
  tag_options.ignored_label_count = 1;
  REFUSED_NULL("ignored_labels", deberta_model_tag, model, &TEXT, 1, &tag_options, &tagged);
  deberta_zero_shot_options zero_shot_options;
  ACCEPTED(deberta_zero_shot_options_init, &zero_shot_options, sizeof zero_shot_options);
  zero_shot_options.hypothesis_template_length = 1;
  REFUSED_NULL("hypothesis_template", deberta_model_zero_shot, model, &TEXT, 1, &TEXT, 1, &zero_shot_options,
               &classifications);
  EXPECT_UNTOUCHED(classifications);
  EXPECT_UNTOUCHED(tagged);
  EXPECT_UNTOUCHED(filled);
}

static void embedding(const deberta_model *model) {
  deberta_embeddings *embeddings;
  float values[512];
  size_t length;
  FILL(embeddings);
  FILL(values);
  FILL(length);
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
  ARRAY_REFUSES_NULL(float, "embeddings", "values", deberta_embeddings_vectors, embeddings);
  LENGTHS_REFUSE_NULL("embeddings", deberta_embeddings_windows, deberta_embeddings_truncation, embeddings);
  deberta_embeddings_free(embeddings);
}

static void reading_classifications(void) {
  deberta_classifications *answers = result_of_task("classify");
  ARRAY_REFUSES_NULL(float, "classifications", "logits", deberta_classifications_logits, answers, 0);
  ARRAY_REFUSES_NULL(float, "classifications", "scores", deberta_classifications_scores, answers, 0);
  ARRAY_REFUSES_NULL(size_t, "classifications", "ranking", deberta_classifications_ranking, answers, 0);
  VALUE_REFUSES_NULL(deberta_string, "classifications", "label", deberta_classifications_label, answers, 0);
  LENGTHS_REFUSE_NULL("classifications", deberta_classifications_windows, deberta_classifications_truncation, answers);
  deberta_classifications_free(answers);
}

static void reading_rankings(void) {
  deberta_ranking *ranking = result_of_task("rank");
  ARRAY_REFUSES_NULL(size_t, "ranking", "documents", deberta_ranking_documents, ranking);
  ARRAY_REFUSES_NULL(float, "ranking", "scores", deberta_ranking_scores, ranking);
  ARRAY_REFUSES_NULL(float, "ranking", "logits", deberta_ranking_logits, ranking);
  LENGTHS_REFUSE_NULL("ranking", deberta_ranking_windows, deberta_ranking_truncation, ranking);
  deberta_ranking_free(ranking);
}

static void reading_answers(void) {
  deberta_answers *answers = result_of_task("answer");
  VALUE_REFUSES_NULL(size_t, "answers", "count", deberta_answers_count, answers, 0);
  VALUE_REFUSES_NULL(deberta_answer, "answers", "answer", deberta_answers_answer, answers, 0, 0);
  LENGTHS_REFUSE_NULL("answers", deberta_answers_windows, deberta_answers_truncation, answers);
  deberta_answers_free(answers);
}

static void reading_entities(void) {
  deberta_tagged *tagged = result_of_task("tag");
  VALUE_REFUSES_NULL(size_t, "tagged", "count", deberta_tagged_entity_count, tagged, 0);
  VALUE_REFUSES_NULL(deberta_entity, "tagged", "entity", deberta_tagged_entity, tagged, 0, 0);
  LENGTHS_REFUSE_NULL("tagged", deberta_tagged_windows, deberta_tagged_truncation, tagged);
  deberta_tagged_free(tagged);
}

static void reading_masks(void) {
  deberta_filled_masks *filled = result_of_task("fill_mask");
  VALUE_REFUSES_NULL(size_t, "filled_masks", "masks", deberta_filled_masks_count, filled, 0);
  VALUE_REFUSES_NULL(deberta_filled_mask, "filled_masks", "filled_mask", deberta_filled_masks_mask, filled, 0, 0);
  VALUE_REFUSES_NULL(deberta_fill, "filled_masks", "fill", deberta_filled_masks_fill, filled, 0, 0, 0);
  LENGTHS_REFUSE_NULL("filled_masks", deberta_filled_masks_windows, deberta_filled_masks_truncation, filled);
  deberta_filled_masks_free(filled);
}

static void explaining(const deberta_model *model) {
  deberta_explanation *explanation;
  FILL(explanation);
  REFUSED_NULL("model", deberta_model_explain, NULL, &TEXT, NULL, &explanation);
  REFUSED_NULL("text", deberta_model_explain, model, NULL, NULL, &explanation);
  REFUSED_NULL("explanation", deberta_model_explain, model, &TEXT, NULL, NULL);
  EXPECT_UNTOUCHED(explanation);

  explanation = result_of_task("explain");
  deberta_explanation_info info;
  const deberta_tokenized *tokens;
  int32_t bucket, row;
  FILL(info);
  FILL(tokens);
  FILL(bucket);
  FILL(row);
  REFUSED_NULL("explanation", deberta_explanation_get_info, NULL, &info);
  REFUSED_NULL("info", deberta_explanation_get_info, explanation, NULL);
  REFUSED_NULL("explanation", deberta_explanation_tokenized, NULL, &tokens);
  REFUSED_NULL("tokenized", deberta_explanation_tokenized, explanation, NULL);
  REFUSED_NULL("explanation", deberta_explanation_relative_position, NULL, 1, &bucket, &row);
  REFUSED_NULL("bucket", deberta_explanation_relative_position, explanation, 1, NULL, &row);
  REFUSED_NULL("row", deberta_explanation_relative_position, explanation, 1, &bucket, NULL);
  EXPECT_UNTOUCHED(info);
  EXPECT_UNTOUCHED(tokens);
  EXPECT_UNTOUCHED(bucket);
  EXPECT_UNTOUCHED(row);
  ARRAY_REFUSES_NULL(float, "explanation", "relevance", deberta_explanation_relevance, explanation);
  ARRAY_REFUSES_NULL(float, "explanation", "logits", deberta_explanation_logits, explanation);
  ARRAY_REFUSES_NULL(float, "explanation", "scores", deberta_explanation_scores, explanation);
  ARRAY_REFUSES_NULL(float, "explanation", "values", deberta_explanation_attentions, explanation, 0);
  deberta_explanation_free(explanation);
}

static void empty_handles(void) {
  EXPECT_EQUAL(deberta_cancellation_is_cancelled(NULL), 0);
  EXPECT_EQUAL(deberta_classifications_rows(NULL), 0);
  EXPECT_EQUAL(deberta_answers_rows(NULL), 0);
  EXPECT_EQUAL(deberta_tagged_rows(NULL), 0);
  EXPECT_EQUAL(deberta_filled_masks_rows(NULL), 0);
  EXPECT_EQUAL(deberta_embeddings_rows(NULL), 0);
  deberta_cancellation_free(NULL);
  deberta_classifications_free(NULL);
  deberta_ranking_free(NULL);
  deberta_answers_free(NULL);
  deberta_tagged_free(NULL);
  deberta_filled_masks_free(NULL);
  deberta_embeddings_free(NULL);
  deberta_explanation_free(NULL);
}

int main(void) {
  deberta_model *model = open_for_task("v3_shared");
  setting_up();
  asking(model);
  embedding(model);
  explaining(model);
  deberta_model_free(model);
  reading_classifications();
  reading_rankings();
  reading_answers();
  reading_entities();
  reading_masks();
  empty_handles();
  return finish();
}
