/* The list of misuse that all languages share: each call is refused with its status and a message that says why, and
   nothing is written. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "models.h"
#include "tensor_file.h"

enum { MOST = 32, LEAST_CASES = 65 };

struct numbers {
  size_t count;
  bool given;
  int64_t wide[MOST];
  uint32_t narrow[MOST];
  size_t sizes[MOST];
};

struct texts {
  size_t count;
  deberta_text values[MOST];
};

static const char *text_or_null(const cJSON *entry, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, name));
}

static const char *text(const cJSON *entry, const char *name) {
  const char *value = text_or_null(entry, name);
  if (value == NULL) fprintf(stderr, "no \"%s\" in %s\n", name, cJSON_PrintUnformatted(entry));
  REQUIRE(value != NULL);
  return value;
}

static size_t size(const cJSON *entry, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, name);
  return item == NULL ? 0 : (size_t)item->valuedouble;
}

static bool has(const cJSON *entry, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(entry, name) != NULL;
}

static struct numbers numbers(const cJSON *entry, const char *name) {
  struct numbers all = {.given = has(entry, name)};
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(entry, name)) {
    REQUIRE(all.count < MOST);
    all.wide[all.count] = (int64_t)item->valuedouble;
    all.narrow[all.count] = (uint32_t)all.wide[all.count];
    all.sizes[all.count] = (size_t)all.wide[all.count];
    all.count++;
  }
  return all;
}

static const int64_t *wide_or_null(const struct numbers *all) { return all->given ? all->wide : NULL; }

static deberta_text single(const char *value) { return (deberta_text){value, strlen(value), NULL, 0}; }

/* A text is a list of one string, or of two. */
static deberta_text text_of(const cJSON *item) {
  if (!cJSON_IsArray(item)) return single(cJSON_GetStringValue(item));
  deberta_text value = single(cJSON_GetStringValue(cJSON_GetArrayItem(item, 0)));
  value.pair = cJSON_GetStringValue(cJSON_GetArrayItem(item, 1));
  value.pair_length = value.pair == NULL ? 0 : strlen(value.pair);
  return value;
}

static struct texts texts(const cJSON *entry, const char *name) {
  struct texts all = {.count = 0};
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(entry, name)) {
    REQUIRE(all.count < MOST);
    all.values[all.count++] = text_of(item);
  }
  return all;
}

static deberta_open_options open_options(const cJSON *entry) {
  deberta_open_options options;
  ACCEPTED(deberta_open_options_init, &options, sizeof options);
  options.threads = has(entry, "threads") ? (uint32_t)size(entry, "threads") : 1;
  options.tensor_prefix = text_or_null(entry, "tensor_prefix");
  options.tensor_prefix_length = options.tensor_prefix == NULL ? 0 : strlen(options.tensor_prefix);
  return options;
}

static deberta_tokenize_options tokenize_options(const cJSON *entry) {
  deberta_tokenize_options options;
  ACCEPTED(deberta_tokenize_options_init, &options, sizeof options);
  options.max_length = size(entry, "max_length");
  options.windows = has(entry, "window_stride");
  options.stride = size(entry, "window_stride");
  options.omit_special_tokens = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(entry, "add_special_tokens"));
  const char *truncation = text_or_null(entry, "truncation");
  if (truncation != NULL) {
    bool second = strcmp(truncation, "only_second") == 0;
    REQUIRE(second || strcmp(truncation, "longest_first") == 0);
    options.truncation = second ? DEBERTA_TRUNCATION_ONLY_SECOND : DEBERTA_TRUNCATION_LONGEST_FIRST;
  }
  return options;
}

static deberta_model *opened_for(const cJSON *entry) {
  const char *path = text(entry, "model");
  if (has(entry, "with_task_tokenizer")) return open_for_task(strrchr(path, '/') + 1);
  char folder[PATH_LENGTH];
  repository_path(folder, "%s", path);
  deberta_open_options options = open_options(entry);
  deberta_model *model = NULL;
  ACCEPTED(deberta_model_open, folder, &options, &model);
  REQUIRE(model != NULL);
  return model;
}

/* Models that were opened, with what says how: opening takes longest. */
static struct {
  char how[2 * PATH_LENGTH];
  deberta_model *model;
} opened[MOST];
static size_t opened_count;

static const deberta_model *open_model(const cJSON *entry) {
  const char *prefix = text_or_null(entry, "tensor_prefix");
  char how[2 * PATH_LENGTH];
  snprintf(how, sizeof how, "%s|%s|%zu|%d", text(entry, "model"), prefix == NULL ? "" : prefix, size(entry, "threads"),
           has(entry, "with_task_tokenizer"));
  size_t index = 0;
  while (index < opened_count && strcmp(opened[index].how, how) != 0) index++;
  if (index == opened_count) {
    REQUIRE(opened_count < MOST);
    memcpy(opened[index].how, how, sizeof how);
    opened[index].model = opened_for(entry);
    opened_count++;
  }
  return opened[index].model;
}

static deberta_status status_of(const cJSON *entry) {
  const char *name = text(entry, "status");
  int32_t status = 1;
  while (deberta_status_name(status).length > 0 && strcmp(deberta_status_name(status).data, name) != 0) status++;
  REQUIRE(deberta_status_name(status).length > 0);
  return (deberta_status)status;
}

/* Calls that open a model. */
static bool opening(const cJSON *entry, const char *call, deberta_status status, const char *part) {
  deberta_model *model;
  FILL(model);
  deberta_open_options options = open_options(entry);
  if (strcmp(call, "open") == 0) {
    char folder[PATH_LENGTH];
    repository_path(folder, "%s", text(entry, "model"));
    REFUSED(status, part, deberta_model_open, folder, &options, &model);
  } else if (strcmp(call, "from_preset") == 0) {
    const char *name = text(entry, "name");
    REFUSED(status, part, deberta_model_from_preset, name, strlen(name), &options, &model);
  } else {
    return false;
  }
  EXPECT_UNTOUCHED(model);
  return true;
}

/* Calls on batches of numbers. */
static bool batches(const deberta_model *model, const cJSON *entry, const char *call, deberta_status status,
                    const char *part) {
  struct numbers ids = numbers(entry, "ids"), offsets = numbers(entry, "row_offsets");
  struct numbers mask = numbers(entry, "attention_mask"), types = numbers(entry, "token_type_ids");
  size_t rows = size(entry, "rows"), length = size(entry, "length"), written;
  deberta_encoded *encoded;
  FILL(encoded);
  FILL(written);
  if (strcmp(call, "encode_ragged") == 0) {
    REFUSED(status, part, deberta_model_encode_ids, model, ids.narrow, types.given ? types.narrow : NULL, ids.count,
            offsets.sizes, offsets.count - 1, NULL, &encoded);
  } else if (strcmp(call, "encode_padded") == 0) {
    struct numbers input_ids = numbers(entry, "input_ids");
    REFUSED(status, part, deberta_model_encode_padded, model, input_ids.wide, wide_or_null(&mask), wide_or_null(&types),
            rows, length, NULL, &encoded);
  } else if (strcmp(call, "encode_embeddings") == 0) {
    size_t embedding_size = size(entry, "embedding_size");
    float *values = calloc(rows * length * embedding_size + 1, sizeof *values);
    REQUIRE(values != NULL);
    REFUSED(status, part, deberta_model_encode_embeddings, model, values, embedding_size, wide_or_null(&mask), NULL, rows,
            length, NULL, &encoded);
    free(values);
  } else if (strcmp(call, "token_embeddings") == 0) {
    float values[4096];
    FILL(values);
    REFUSED(status, part, deberta_model_token_embeddings, model, ids.narrow, ids.count, values,
            sizeof values / sizeof *values, &written);
    EXPECT_UNTOUCHED(values);
  } else if (strcmp(call, "decode") == 0) {
    REFUSED(status, part, deberta_tokenizer_decode, deberta_model_tokenizer(model), ids.narrow, ids.count, 0, NULL, 0,
            &written);
  } else {
    return false;
  }
  EXPECT_UNTOUCHED(encoded);
  EXPECT_UNTOUCHED(written);
  return true;
}

/* A task on texts with its options, of which `settings` are set. */
#define TASK_REFUSED(task, result, settings, ...)                                               \
  do {                                                                                          \
    deberta_##task##_options options;                                                           \
    ACCEPTED(deberta_##task##_options_init, &options, sizeof options);                          \
    options.tokenize = &tokenize;                                                               \
    settings;                                                                                   \
    deberta_##result *answer;                                                                   \
    FILL(answer);                                                                               \
    REFUSED(status, part, deberta_model_##task, model, __VA_ARGS__, &options, &answer);         \
    EXPECT_UNTOUCHED(answer);                                                                   \
  } while (0)

/* Calls on texts. */
static bool on_texts(const deberta_model *model, const cJSON *entry, const char *call, deberta_status status,
                     const char *part) {
  struct texts all = texts(entry, "texts"), labels = texts(entry, "labels");
  struct texts choices = texts(entry, "choices"), documents = texts(entry, "documents");
  deberta_text one = has(entry, "text") ? text_of(cJSON_GetObjectItemCaseSensitive(entry, "text")) : single("");
  deberta_tokenize_options tokenize = tokenize_options(entry);
  if (strcmp(call, "encode_texts") == 0) {
    deberta_encoded *encoded;
    FILL(encoded);
    REFUSED(status, part, deberta_model_encode_texts, model, all.values, all.count, &tokenize, NULL, &encoded);
    EXPECT_UNTOUCHED(encoded);
  } else if (strcmp(call, "tokenize") == 0) {
    deberta_tokenized *tokens;
    FILL(tokens);
    REFUSED(status, part, deberta_tokenizer_encode, deberta_model_tokenizer(model), &one, &tokenize, &tokens);
    EXPECT_UNTOUCHED(tokens);
  } else if (strcmp(call, "classify") == 0) {
    TASK_REFUSED(classify, classifications, , all.values, all.count);
  } else if (strcmp(call, "zero_shot") == 0) {
    const char *template = text_or_null(entry, "hypothesis_template");
    TASK_REFUSED(zero_shot, classifications,
                 (options.hypothesis_template = template,
                  options.hypothesis_template_length = template == NULL ? 0 : strlen(template)),
                 all.values, all.count, labels.values, labels.count);
  } else if (strcmp(call, "rank") == 0) {
    const char *query = text(entry, "query");
    TASK_REFUSED(rank, ranking, , query, strlen(query), documents.values, documents.count);
  } else if (strcmp(call, "tag") == 0) {
    TASK_REFUSED(tag, tagged, , all.values, all.count);
  } else if (strcmp(call, "fill_mask") == 0) {
    TASK_REFUSED(fill_mask, filled_masks, , all.values, all.count);
  } else if (strcmp(call, "answer") == 0) {
    TASK_REFUSED(answer, answers, , all.values, all.count);
  } else if (strcmp(call, "choose") == 0) {
    TASK_REFUSED(choose, classifications, , one.text, one.text_length, choices.values, choices.count);
  } else if (strcmp(call, "embed") == 0) {
    TASK_REFUSED(embed, embeddings, , all.values, all.count);
  } else if (strcmp(call, "explain") == 0) {
    TASK_REFUSED(explain, explanation,
                 (options.has_label = has(entry, "label"), options.label = size(entry, "label")), &one);
  } else {
    return false;
  }
  return true;
}

static void expect_case(const cJSON *entry) {
  const char *call = text(entry, "call"), *part = text(entry, "message");
  deberta_status status = status_of(entry);
  if (opening(entry, call, status, part)) return;
  const deberta_model *model = open_model(entry);
  if (!batches(model, entry, call, status, part) && !on_texts(model, entry, call, status, part)) {
    failed(PLACE, "nobody knows how to call %s", call);
  }
}

int main(void) {
  cJSON *list = read_list("tests/misuse.json");
  REQUIRE(cJSON_GetArraySize(list) >= LEAST_CASES);
  const cJSON *entry;
  cJSON_ArrayForEach(entry, list) expect_case(entry);
  for (size_t index = 0; index < opened_count; index++) deberta_model_free(opened[index].model);
  cJSON_Delete(list);
  return finish();
}
