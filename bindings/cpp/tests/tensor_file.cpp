#include "tensor_file.hpp"

#include <cstring>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "files.hpp"

namespace {

template <typename Value>
std::vector<Value> values_of(const tensor& source, const char* dtype) {
  if (source.dtype != dtype) throw std::runtime_error("a tensor is " + source.dtype + ", not " + dtype);
  std::vector<Value> values(source.bytes.size() / sizeof(Value));
  std::memcpy(values.data(), source.bytes.data(), values.size() * sizeof(Value));
  return values;
}

}  // namespace

std::vector<float> tensor::floats() const { return values_of<float>(*this, "F32"); }
std::vector<double> tensor::doubles() const { return values_of<double>(*this, "F64"); }
std::vector<std::int64_t> tensor::integers() const { return values_of<std::int64_t>(*this, "I64"); }

tensor_file read_tensors(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  std::uint64_t header_length = 0;
  if (bytes.size() < sizeof header_length) throw std::runtime_error(path.string() + " is too short");
  std::memcpy(&header_length, bytes.data(), sizeof header_length);
  const std::size_t start = sizeof header_length + header_length;
  tensor_file tensors;
  const auto header = nlohmann::json::parse(bytes.substr(sizeof header_length, header_length));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto offsets = entry.at("data_offsets").get<std::vector<std::size_t>>();
    tensors[name] = {entry.at("dtype"), entry.at("shape"),
                     bytes.substr(start + offsets.at(0), offsets.at(1) - offsets.at(0))};
  }
  return tensors;
}

void write_tensors(const std::filesystem::path& path, const tensor_file& tensors) {
  nlohmann::json header;
  std::string values;
  for (const auto& [name, source] : tensors) {
    const std::size_t start = values.size();
    values += source.bytes;
    header[name] = {{"dtype", source.dtype}, {"shape", source.shape}, {"data_offsets", {start, values.size()}}};
  }
  std::string text = header.dump();
  // Values are aligned, which the format asks of writers.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t header_length = text.size();
  std::string bytes(sizeof header_length, '\0');
  std::memcpy(bytes.data(), &header_length, sizeof header_length);
  write_file(path, bytes + text + values);
}
