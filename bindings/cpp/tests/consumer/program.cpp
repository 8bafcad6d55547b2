// Prints the label that a model gives to a text: program MODEL TEXT.

#include <deberta.hpp>

#include <iostream>

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: program MODEL TEXT\n";
    return 2;
  }
  try {
    const auto model = deberta::model::open(arguments[1]);
    std::cout << model.classify(arguments[2]).front().best().label << '\n';
  } catch (const deberta::error& error) {
    std::cerr << name(error.code()) << ": " << error.what() << '\n';
    return 1;
  }
  return 0;
}
