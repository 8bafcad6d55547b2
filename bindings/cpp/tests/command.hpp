// The command line, which is Rust: what it answers to texts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// The texts as lines of JSON objects, which the command line reads.
std::vector<nlohmann::json> texts_as_json(const std::vector<std::string>& texts);

// Its answers to lines of JSON, one object for each line.
std::vector<nlohmann::json> rust_answers(const std::string& command, const std::filesystem::path& model,
                                         const std::vector<nlohmann::json>& lines);
