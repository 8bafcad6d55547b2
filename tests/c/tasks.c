/* Every task: plausible results, the same again and in batches of any size, and limits that end a call. */

#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "models.h"
#include "task_list.h"

static deberta_run_options no_limits(void) {
  deberta_run_options run;
  ACCEPTED(deberta_run_options_init, &run, sizeof run);
  return run;
}

static void results_are_always_the_same(const struct task *task, const deberta_model *model) {
  void *result = answer_of(task, model);
  uint64_t expected = task->read(result);
  task->release(result);
  static const size_t BATCH_TOKENS[] = {0, 1, 13, SIZE_MAX};
  for (size_t index = 0; index < sizeof BATCH_TOKENS / sizeof *BATCH_TOKENS; index++) {
    deberta_run_options run = no_limits();
    run.batch_tokens = BATCH_TOKENS[index];
    result = NULL;
    ACCEPTED(task->ask, model, &run, &result);
    REQUIRE(result != NULL);
    if (task->read(result) != expected) failed(PLACE, "%s: other results for other batches", task->name);
    task->release(result);
  }
}

static void a_cancelled_call_returns_nothing(const struct task *task, const deberta_model *model) {
  deberta_cancellation *cancellation = NULL;
  ACCEPTED(deberta_cancellation_new, &cancellation);
  deberta_run_options run = no_limits();
  run.cancellation = cancellation;
  void *result = NULL;
  ACCEPTED(task->ask, model, &run, &result);
  REQUIRE(result != NULL);
  task->release(result);

  EXPECT_EQUAL(deberta_cancellation_is_cancelled(cancellation), 0);
  ACCEPTED(deberta_cancellation_cancel, cancellation);
  EXPECT_EQUAL(deberta_cancellation_is_cancelled(cancellation), 1);
  FILL(result);
  REFUSED(DEBERTA_STATUS_CANCELLED, "", task->ask, model, &run, &result);
  EXPECT_UNTOUCHED(result);
  deberta_cancellation_free(cancellation);
}

/* What a callback saw, and the report at which it ends the call. */
struct reports {
  size_t count, last, texts, total_texts;
};

static int32_t receive(void *user_data, size_t texts, size_t total_texts) {
  struct reports *reports = user_data;
  EXPECT(texts >= reports->texts && texts <= total_texts);
  reports->texts = texts;
  reports->total_texts = total_texts;
  reports->count++;
  return reports->count == reports->last;
}

static void a_callback_is_told_and_ends_the_call(const struct task *task, const deberta_model *model) {
  struct reports reports = {0};
  deberta_run_options run = no_limits();
  run.run_callback = receive;
  run.run_callback_data = &reports;
  run.batch_tokens = 1;
  void *result = NULL;
  ACCEPTED(task->ask, model, &run, &result);
  REQUIRE(result != NULL);
  task->release(result);
  EXPECT(reports.count > 1 && reports.texts == reports.total_texts);

  size_t all = reports.count;
  for (size_t last = 1; last <= all; last++) {
    reports = (struct reports){.last = last};
    FILL(result);
    deberta_error *error = NULL;
    EXPECT_EQUAL(task->ask(model, &run, &result, &error), DEBERTA_STATUS_CANCELLED);
    EXPECT_EQUAL(deberta_error_status(error), DEBERTA_STATUS_CANCELLED);
    EXPECT_EQUAL(reports.count, last);
    EXPECT_UNTOUCHED(result);
    deberta_error_free(error);
  }
}

/* Far more texts than can be read in a millisecond. */
static void a_call_ends_when_its_time_is_over(void) {
  enum { MANY = 20000 };
  deberta_model *model = open_bundled(2);
  deberta_text *texts = malloc(MANY * sizeof *texts);
  REQUIRE(texts != NULL);
  for (size_t index = 0; index < MANY; index++) texts[index] = (deberta_text){"fn main() { println!(\"hi\"); }", 29, NULL, 0};
  deberta_run_options run = no_limits();
  run.timeout_milliseconds = 1;
  deberta_classify_options options;
  ACCEPTED(deberta_classify_options_init, &options, sizeof options);
  options.run = &run;
  deberta_classifications *answers;
  FILL(answers);
  REFUSED(DEBERTA_STATUS_DEADLINE_EXCEEDED, "", deberta_model_classify, model, texts, MANY, &options, &answers);
  EXPECT_UNTOUCHED(answers);

  run.timeout_milliseconds = UINT64_MAX;
  ACCEPTED(deberta_model_classify, model, texts, 3, &options, &answers);
  EXPECT_EQUAL(deberta_classifications_rows(answers), 3);
  deberta_classifications_free(answers);
  free(texts);
  deberta_model_free(model);
}

/* All but embedding need their head. */
static void a_model_with_another_head_is_refused(void) {
  deberta_model *models[] = {open_for_task("masked_lm"), open_for_task("token_classification")};
  for (size_t index = 0; index < TASK_COUNT; index++) {
    const struct task *task = &TASKS[index];
    if (strcmp(task->name, "embed") == 0) continue;
    const deberta_model *other = models[strcmp(task->checkpoint, "masked_lm") == 0];
    void *result;
    FILL(result);
    REFUSED(DEBERTA_STATUS_UNSUPPORTED, "head", task->ask, other, NULL, &result);
    EXPECT_UNTOUCHED(result);
  }
  deberta_model_free(models[0]);
  deberta_model_free(models[1]);
}

int main(void) {
  for (size_t index = 0; index < TASK_COUNT; index++) {
    deberta_model *model = open_for_task(TASKS[index].checkpoint);
    results_are_always_the_same(&TASKS[index], model);
    a_cancelled_call_returns_nothing(&TASKS[index], model);
    a_callback_is_told_and_ends_the_call(&TASKS[index], model);
    deberta_model_free(model);
  }
  a_call_ends_when_its_time_is_over();
  a_model_with_another_head_is_refused();
  return finish();
}
