// Matrix products x [rows, inputs] x weight [inputs, outputs] with what follows them done while the result is still in
// registers or cache.
#pragma once

#include <cstdint>

#include "vector.h"

namespace layerscope {

// Columns of a weight are stored in panels of this width, each [inputs, kPanel] in one piece, the last one padded with
// zeros.
constexpr int kPanel = 2 * kLanes;

// Rows that one thread carries through all columns: their inputs stay in its second-level cache.
constexpr int64_t kRowBlock = 48;

inline int64_t Panels(int64_t outputs) { return (outputs + kPanel - 1) / kPanel; }

// weight [inputs, outputs] -> panels [Panels(outputs), inputs, kPanel]
void PackPanels(const float* weight, int64_t inputs, int64_t outputs, float* panels);

// The same for numbers of 16 bits.
void PackPanels(const Half* weight, int64_t inputs, int64_t outputs, Half* panels);
void PackPanels(const Brain* weight, int64_t inputs, int64_t outputs, Brain* panels);

// weight [outputs, inputs] -> the same panels, on all threads.
void PackTransposedParallel(const Half* weight, int64_t inputs, int64_t outputs, Half* panels);
void PackTransposedParallel(const Brain* weight, int64_t inputs, int64_t outputs, Brain* panels);

// weight [outputs, inputs], rows `stride` apart -> the same panels
void PackTransposedPanels(const float* weight, int64_t stride, int64_t inputs, int64_t outputs, float* panels);

// The same on all threads.
void PackTransposedParallel(const float* weight, int64_t inputs, int64_t outputs, float* panels);

// How the numbers of a weight are stored; products widen them in registers, and compute in float.
enum class Stored { kFloat, kHalf, kBrain };

// The panels of a weight.
struct PackedWeight {
  PackedWeight(const float* panels) : numbers(panels) {}
  PackedWeight(const void* panels, Stored how) : numbers(panels), stored(how) {}

  template <class Number>
  const Number* as() const {
    return static_cast<const Number*>(numbers);
  }

  // From the given number on.
  PackedWeight from(int64_t first) const {
    return {static_cast<const char*>(numbers) + first * (stored == Stored::kFloat ? sizeof(float) : sizeof(uint16_t)),
            stored};
  }

  const void* numbers;
  Stored stored = Stored::kFloat;
};

// The first `count` numbers of a table, however many, widened exactly.
void WidenRow(const PackedWeight& row, int64_t count, float* to);

struct Product {
  const float* x;
  int64_t rows;
  int64_t x_stride;
  PackedWeight panels;
  int64_t inputs;
  int64_t outputs;
  const float* bias;  // null: none
  Activation activation;
  float* y;
  int64_t y_stride;
  // Multiplied into the result, rows as in y; null: nothing. What a gate opens (Shazeer 2020, equation 6).
  const float* times = nullptr;
  int64_t times_stride = 0;
};

// activation(x panels + bias), times `times`, for the columns of panels first ... last - 1, on the calling thread.
void Multiply(const Product& product, int64_t first_panel, int64_t last_panel);

// The same for all columns, on all threads.
void MultiplyParallel(const Product& product);

// Rows of one register tile, and most that MultiplyStrip takes. 8 x 2 accumulators leave room for the panel's row and
// the broadcast factor on every instruction set with 32 registers; with the 16 of AVX2, 6 rows do.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kTileRows = 8;
#else
constexpr int kTileRows = 6;
#endif

// Where tile i of `tiles` begins: rows are shared out evenly, because a tile of few rows keeps no processor busy.
inline int64_t TileCount(int64_t rows) { return (rows + kTileRows - 1) / kTileRows; }
inline int64_t TileStart(int64_t rows, int64_t tiles, int64_t i) { return rows * i / tiles; }

// The product for `count` panels from `first` on as a product of its own, whose y, times and outputs begin there.
Product PartOfPanels(const Product& product, int64_t first, int64_t count);

// x [rows, inputs] x one panel [inputs, kPanel] -> y [rows, kPanel]: the building block of products whose weight is
// made on the spot.
void MultiplyStrip(const float* x, int64_t x_stride, int rows, const float* panel, int64_t inputs, float* y,
                   int64_t y_stride);

// The same for the first `columns` columns of x, at most kTileRows of them, as rows: x' [columns, inputs] x one panel.
void MultiplyColumns(const float* x, int64_t x_stride, int columns, const float* panel, int64_t inputs, float* y,
                     int64_t y_stride);

// x' y, both with `rows` rows.
struct TransposedProduct {
  const float* x;  // [rows, x_columns]
  int64_t x_columns;
  const float* y;  // [rows, y_columns]
  int64_t y_columns;
  int64_t rows;
  float* result;  // [x_columns, y_columns]
  float* sums;    // [x_columns]: sums of x's columns; null: not wanted
};

// On all threads; every number is summed in the same order however many there are.
void MultiplyTransposed(const TransposedProduct& product);

}  // namespace layerscope
