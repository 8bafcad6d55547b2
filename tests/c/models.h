/* The models that the tests open, and how much of a test to run. */

#ifndef MODELS_H
#define MODELS_H

#include <stddef.h>
#include <stdint.h>

#include <deberta.h>

enum { PATH_LENGTH = 4096 };

/* Writes the path of a file of the repository. */
void repository_path(char path[PATH_LENGTH], const char *format, ...);

/* The bundled model: a sequence classifier with tokenizer. Ends the test if it cannot be opened. */
deberta_model *open_bundled(uint32_t threads);

/* A checkpoint of tests/goldens. `tensor_prefix` may be NULL. Ends the test if it cannot be opened. */
deberta_model *open_golden(const char *checkpoint, const char *tensor_prefix, int32_t instruction_set);

/* A checkpoint of tests/goldens with the small tokenizer that the goldens of tasks were made with. Ends the test if it
   cannot be opened. */
deberta_model *open_for_task(const char *checkpoint);

/* `whole`, or `reduced` where the environment variable DEBERTA_TEST_REDUCED is set: under tools that are slow. */
size_t amount(size_t whole, size_t reduced);

#endif
