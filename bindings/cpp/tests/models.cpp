#include "models.hpp"

#include <utility>

#include "tensor_file.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

deberta::model open_model(const fs::path& folder, deberta::open_options options) {
  if (options.threads == 0) options.threads = 2;
  return deberta::model::open(folder, options);
}

deberta::model open_bundled(deberta::open_options options) { return open_model(bundled_model(), std::move(options)); }

deberta::model open_golden(const std::string& checkpoint, deberta::open_options options) {
  return open_model(golden(checkpoint), std::move(options));
}

namespace {

void copy_files(const fs::path& source, const fs::path& target, const std::vector<std::string>& names) {
  for (const std::string& name : names) fs::copy_file(source / name, target / name);
}

json bundled_config() { return read_json(bundled_model() / "config.json"); }

json labels_of(const std::vector<std::string>& names) {
  json labels = json::object();
  for (std::size_t index = 0; index < names.size(); ++index) labels[std::to_string(index)] = names[index];
  return labels;
}

}  // namespace

temporary_folder with_entailment(std::size_t entailment) {
  temporary_folder folder;
  copy_files(bundled_model(), folder.path(), {"model.safetensors", "tokenizer.json"});
  json config = bundled_config();
  std::vector<std::string> names(config["id2label"].size());
  for (std::size_t index = 0; index < names.size(); ++index) {
    names[index] = index == entailment ? "Entailment" : "label " + std::to_string(index);
  }
  config["id2label"] = labels_of(names);
  config.erase("label2id");
  write_file(folder.path() / "config.json", config.dump());
  return folder;
}

temporary_folder with_one_label() {
  temporary_folder folder;
  copy_files(bundled_model(), folder.path(), {"tokenizer.json"});
  json config = bundled_config();
  config["id2label"] = labels_of({"relevant"});
  config.erase("label2id");
  config.erase("num_labels");
  write_file(folder.path() / "config.json", config.dump());
  tensor_file tensors = read_tensors(bundled_model() / "model.safetensors");
  for (auto& [name, tensor] : tensors) {
    if (name.rfind("classifier.", 0) != 0) continue;
    tensor.bytes.resize(tensor.bytes.size() / tensor.shape[0]);
    tensor.shape[0] = 1;
  }
  write_tensors(folder.path() / "model.safetensors", tensors);
  return folder;
}

temporary_folder with_token_labels(const std::vector<std::string>& labels) {
  temporary_folder folder;
  copy_files(bundled_model(), folder.path(), {"model.safetensors", "tokenizer.json"});
  json config = bundled_config();
  std::vector<std::string> names = labels;
  for (std::size_t label = names.size(); label < config["id2label"].size(); ++label) {
    names.push_back("LABEL_" + std::to_string(label));
  }
  config["architectures"] = {"DebertaV2ForTokenClassification"};
  config.erase("label2id");
  config["id2label"] = labels_of(names);
  write_file(folder.path() / "config.json", config.dump());
  return folder;
}

temporary_folder with_answers_head(const fs::path& tokenizer) {
  temporary_folder folder;
  copy_files(tokenizer, folder.path(), {"tokenizer.json"});
  json config = bundled_config();
  config["architectures"] = {"DebertaV2ForQuestionAnswering"};
  write_file(folder.path() / "config.json", config.dump());
  tensor_file tensors = read_tensors(bundled_model() / "model.safetensors");
  tensors.merge(read_tensors(golden("answers_head.safetensors")));
  write_tensors(folder.path() / "model.safetensors", tensors);
  return folder;
}

temporary_folder with_task_tokenizer(const std::string& checkpoint) {
  temporary_folder folder;
  copy_files(golden(checkpoint), folder.path(), {"config.json", "model.safetensors"});
  fs::copy_file(golden("task_tokenizer.json"), folder.path() / "tokenizer.json");
  return folder;
}
