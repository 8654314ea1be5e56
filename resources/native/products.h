// Products of the form A'B, both row-major, in register tiles: the inner loops of the probes' kernels.
#pragma once

#include <cstdint>

#include "vector.h"

namespace layerscope {

// Columns of A in a tile, by two vectors of B's; fewer where there are only the 16 registers of AVX2.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kProductRows = 8;
#else
constexpr int kProductRows = 6;
#endif

// Calls tile(from, count) for the fewest tiles of at most `most`, of nearly equal size, that make up `size`.
template <class Tile>
void ForTiles(int64_t size, int64_t most, const Tile& tile) {
  const int64_t tiles = (size + most - 1) / most;
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t from = size * t / tiles, to = size * (t + 1) / tiles;
    tile(from, static_cast<int>(to - from));
  }
}

// Columns [from, to) of result [kRows, width] += a [rows, kRows]' b [rows, width]
template <int kRows>
void Products(const float* a, int64_t a_stride, const float* b, int64_t rows, int64_t width, int64_t from, int64_t to,
              float* result) {
  int64_t j = from;
  for (; j + 2 * kLanes <= to; j += 2 * kLanes) {
    Vec sum[kRows][2];
    for (int c = 0; c < kRows; c++) {
      for (int h = 0; h < 2; h++) sum[c][h] = Load(result + c * width + j + h * kLanes);
    }
    for (int64_t r = 0; r < rows; r++) {
      const Vec left = Held(Load(b + r * width + j)), right = Held(Load(b + r * width + j + kLanes));
      for (int c = 0; c < kRows; c++) {
        const Vec factor = Splat(a[r * a_stride + c]);
        sum[c][0] += factor * left;
        sum[c][1] += factor * right;
      }
    }
    for (int c = 0; c < kRows; c++) {
      for (int h = 0; h < 2; h++) Store(result + c * width + j + h * kLanes, sum[c][h]);
    }
  }
  for (; j < to; j++) {
    for (int c = 0; c < kRows; c++) {
      float sum = result[c * width + j];
      for (int64_t r = 0; r < rows; r++) sum += a[r * a_stride + c] * b[r * width + j];
      result[c * width + j] = sum;
    }
  }
}

inline void ProductsOf(int count, const float* a, int64_t a_stride, const float* b, int64_t rows, int64_t width,
                       int64_t from, int64_t to, float* result) {
  switch (count) {
    case 1:
      return Products<1>(a, a_stride, b, rows, width, from, to, result);
    case 2:
      return Products<2>(a, a_stride, b, rows, width, from, to, result);
    case 3:
      return Products<3>(a, a_stride, b, rows, width, from, to, result);
    case 4:
      return Products<4>(a, a_stride, b, rows, width, from, to, result);
    case 5:
      return Products<5>(a, a_stride, b, rows, width, from, to, result);
    case 6:
      return Products<6>(a, a_stride, b, rows, width, from, to, result);
    case 7:
      return Products<7>(a, a_stride, b, rows, width, from, to, result);
    default:
      return Products<8>(a, a_stride, b, rows, width, from, to, result);
  }
}

}  // namespace layerscope
