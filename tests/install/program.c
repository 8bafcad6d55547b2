/* Prints the label that a model gives to a text: program MODEL TEXT. Valid as C11 and as C++17. */

#include <stdio.h>
#include <string.h>

#include <deberta.h>

static int fail(deberta_error *error) {
  fprintf(stderr, "%s\n", deberta_error_message(error).data);
  deberta_error_free(error);
  return 1;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: program MODEL TEXT\n");
    return 2;
  }
  deberta_error *error = NULL;
  deberta_model *model = NULL;
  if (deberta_model_open(arguments[1], NULL, &model, &error) != DEBERTA_STATUS_OK) return fail(error);

  deberta_text text = {arguments[2], strlen(arguments[2]), NULL, 0};
  deberta_classifications *answers = NULL;
  const size_t *ranking = NULL;
  size_t labels = 0;
  deberta_string label;
  if (deberta_model_classify(model, &text, 1, NULL, &answers, &error) != DEBERTA_STATUS_OK) return fail(error);
  if (deberta_classifications_ranking(answers, 0, &ranking, &labels, &error) != DEBERTA_STATUS_OK) return fail(error);
  if (deberta_classifications_label(answers, ranking[0], &label, &error) != DEBERTA_STATUS_OK) return fail(error);
  printf("%.*s\n", (int)label.length, label.data);

  deberta_classifications_free(answers);
  deberta_model_free(model);
  return 0;
}
