// Classifies lines: reads them from stdin, scores those that are there together, and writes an answer for each to
// stdout, in their order.
//
//   batch_scorer MODEL [THREADS]
//
// A line that starts with { is a JSON object with "text" and perhaps "pair" and "id"; any other line is a text. An
// answer is a JSON object with "line" (from 1), the "id" if there was one, and "label" and "score", or "error". SIGTERM
// and SIGINT end reading; lines that were read are still answered, unless a second signal comes.

#include <deberta.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "line_reader.hpp"
#include "termination.hpp"

using nlohmann::json;

namespace {

constexpr std::size_t lines_together = 256;

// A line on its way: what it asks, and what is answered.
struct request {
  std::string text;
  std::optional<std::string> pair;
  json answer;
  bool is_answered = false;

  deberta::text input() const { return pair ? deberta::text(text, *pair) : deberta::text(text); }

  void fail(const std::string& message) {
    answer["error"] = message;
    is_answered = true;
  }
  void succeed(const deberta::classification& classified) {
    answer["label"] = classified.best().label;
    answer["score"] = classified.best().score;
    if (classified.truncated) answer["truncated"] = true;
    is_answered = true;
  }
};

request parse(std::string line, std::size_t number) {
  request parsed;
  parsed.answer["line"] = number;
  if (line.empty() || line.front() != '{') {
    parsed.text = std::move(line);
    return parsed;
  }
  try {
    const json object = json::parse(line);
    if (object.contains("id")) parsed.answer["id"] = object["id"];
    parsed.text = object.at("text").get<std::string>();
    if (object.contains("pair")) parsed.pair = object["pair"].get<std::string>();
  } catch (const json::exception& error) {
    parsed.fail(error.what());
  }
  return parsed;
}

// Answers requests together, or one by one if one of them spoils the batch.
void score(const deberta::model& model, const std::vector<request*>& requests,
           const deberta::classify_options& options) {
  std::vector<deberta::text> texts;
  texts.reserve(requests.size());
  for (const request* waiting : requests) texts.push_back(waiting->input());
  const auto answers = model.try_classify(texts, options);
  if (answers) {
    for (std::size_t index = 0; index < requests.size(); ++index) requests[index]->succeed((*answers)[index]);
  } else if (requests.size() == 1 || answers.error().code() == deberta::status::cancelled) {
    for (request* waiting : requests) waiting->fail(answers.error().what());
  } else {
    for (request* waiting : requests) score(model, {waiting}, options);
  }
}

void write(const std::vector<request>& requests) {
  std::string lines;
  for (const request& answered : requests) {
    lines += answered.answer.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
  }
  if (std::fwrite(lines.data(), 1, lines.size(), stdout) != lines.size() || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(), "stdout");
  }
}

void run(const std::string& folder, std::uint32_t threads) {
  const termination termination;
  deberta::open_options open;
  open.threads = threads;
  const auto model = deberta::model::open(folder, open);
  if (model.info().head != deberta::head::sequence_classification)
    throw std::runtime_error(folder + " is no classifier");

  deberta::classify_options options;
  options.tokenize.max_length = 512;
  options.tokenize.truncation = deberta::truncation::longest_first;
  options.run.cancellation = termination.cancellation();

  line_reader reader(STDIN_FILENO, termination.descriptor());
  std::size_t number = 0;
  for (auto lines = reader.next(lines_together); !lines.empty(); lines = reader.next(lines_together)) {
    std::vector<request> requests;
    requests.reserve(lines.size());
    for (std::string& line : lines) requests.push_back(parse(std::move(line), ++number));
    std::vector<request*> waiting;
    for (request& parsed : requests) {
      if (!parsed.is_answered) waiting.push_back(&parsed);
    }
    if (!waiting.empty()) score(model, waiting, options);
    write(requests);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "usage: batch_scorer MODEL [THREADS]\n");
    return 2;
  }
  try {
    run(arguments[1], count > 2 ? static_cast<std::uint32_t>(std::strtoul(arguments[2], nullptr, 10)) : 0);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "batch_scorer: %s\n", error.what());
    return 1;
  }
}
