/* Every task as one request, so that tests can ask of each what holds for all. */

#ifndef TASK_LIST_H
#define TASK_LIST_H

#include <stddef.h>
#include <stdint.h>

#include <deberta.h>

struct task {
  const char *name;
  /* The checkpoint with the head that it needs; see open_for_task() in models.h. */
  const char *checkpoint;
  /* Makes the request, of several texts, with these limits. */
  deberta_status (*ask)(const deberta_model *model, const deberta_run_options *run, void **result,
                        deberta_error **error);
  /* Reads all that the result tells, checks that it can be, and returns a number that stands for it. */
  uint64_t (*read)(const void *result);
  void (*release)(void *result);
};

extern const struct task TASKS[];
extern const size_t TASK_COUNT;

/* The result of a task without limits. Ends the test if there is none. */
void *answer_of(const struct task *task, const deberta_model *model);

/* The result of the task of that name, on a model that is freed. */
void *result_of_task(const char *name);

#endif
