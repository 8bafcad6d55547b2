#include <cstdio>

#include "sums.hpp"

int main(int, char** arguments) {
  const double older = sum_in_cpp17(arguments[1]), newer = sum_in_newest(arguments[1]);
  std::printf("%f in C++17, %f in the newest\n", older, newer);
  return older != 0 && older == newer ? 0 : 1;
}
