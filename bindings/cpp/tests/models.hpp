// The models that tests open: those of the repository, and the bundled one with other heads and labels.
#pragma once

#include <deberta.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "files.hpp"

// With two threads, which is what most tests use.
deberta::model open_model(const std::filesystem::path& folder, deberta::open_options options = {});
deberta::model open_bundled(deberta::open_options options = {});
deberta::model open_golden(const std::string& checkpoint, deberta::open_options options = {});

// The bundled model with the label of this index called "Entailment".
temporary_folder with_entailment(std::size_t entailment);
// The bundled model with its first label only.
temporary_folder with_one_label();
// The bundled model with its outputs taken for labels of tokens.
temporary_folder with_token_labels(const std::vector<std::string>& labels);
// The bundled model's encoder under the question answering head of the goldens, with a tokenizer.
temporary_folder with_answers_head(const std::filesystem::path& tokenizer);
// A golden checkpoint with the tokenizer that the goldens of tasks were made with.
temporary_folder with_task_tokenizer(const std::string& checkpoint);
