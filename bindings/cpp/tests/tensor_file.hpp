// Reads and writes safetensors files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

struct tensor {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::string bytes;

  std::vector<float> floats() const;
  std::vector<double> doubles() const;
  std::vector<std::int64_t> integers() const;
};

using tensor_file = std::map<std::string, tensor>;

// Both throw std::runtime_error for a file that is not as it should be.
tensor_file read_tensors(const std::filesystem::path& path);
void write_tensors(const std::filesystem::path& path, const tensor_file& tensors);
