#include "command.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "files.hpp"

using nlohmann::json;

std::vector<json> texts_as_json(const std::vector<std::string>& texts) {
  std::vector<json> lines;
  for (const std::string& text : texts) lines.push_back({{"text", text}});
  return lines;
}

std::vector<json> rust_answers(const std::string& command, const std::filesystem::path& model,
                               const std::vector<json>& lines) {
  const temporary_folder folder;
  const auto input = folder.path() / "input.jsonl";
  const auto output = folder.path() / "output.jsonl";
  std::string text;
  for (const json& line : lines) text += line.dump() + '\n';
  write_file(input, text);
  const std::string whole = std::string(std::getenv("DEBERTA_COMMAND")) + ' ' + command + " --model '" +
                            model.string() + "' --threads 2 --file " + input.string() + " --output " + output.string();
  if (std::system((whole + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error(whole + " failed");
  std::vector<json> answers;
  std::istringstream stream(read_file(output));
  for (std::string line; std::getline(stream, line);) answers.push_back(json::parse(line));
  return answers;
}
