#include "dense.h"

#include <algorithm>

#include "parallel.h"

namespace layerscope {
namespace {

// Inputs multiplied in one go: a panel of them fits the first-level caches beside the rows.
constexpr int64_t kInputBlock = 384;

struct Tile {
  const float* x;
  int64_t x_stride;
  const float* panel;
  int64_t inputs;
  float* y;
  int64_t y_stride;
  bool accumulate;
};

struct Finish {
  const float* bias;
  Activation activation;
  bool last;
  const float* times;
  int64_t times_stride;
};

template <int kRows>
inline __attribute__((always_inline)) void MultiplyTile(const Tile& t, const Finish& finish) {
  Vec sum[kRows][2];
  for (int r = 0; r < kRows; r++) {
    for (int h = 0; h < 2; h++) sum[r][h] = t.accumulate ? Load(t.y + r * t.y_stride + h * kLanes) : Vec{};
  }
  const float* panel = t.panel;
  for (int64_t i = 0; i < t.inputs; i++, panel += kPanel) {
    const Vec left = Load(panel), right = Load(panel + kLanes);
    for (int r = 0; r < kRows; r++) {
      const Vec factor = Splat(t.x[r * t.x_stride + i]);
      sum[r][0] += factor * left;
      sum[r][1] += factor * right;
    }
  }
  if (finish.last) {
    for (int h = 0; h < 2; h++) {
      const Vec bias = finish.bias ? Load(finish.bias + h * kLanes) : Vec{};
      for (int r = 0; r < kRows; r++) sum[r][h] = Activate(finish.activation, sum[r][h] + bias);
      for (int r = 0; finish.times && r < kRows; r++) sum[r][h] *= Load(finish.times + r * finish.times_stride + h * kLanes);
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int h = 0; h < 2; h++) Store(t.y + r * t.y_stride + h * kLanes, sum[r][h]);
  }
}

void MultiplyRows(const Tile& tile, const Finish& finish, int rows) {
  switch (rows) {
    case 1: return MultiplyTile<1>(tile, finish);
    case 2: return MultiplyTile<2>(tile, finish);
    case 3: return MultiplyTile<3>(tile, finish);
    case 4: return MultiplyTile<4>(tile, finish);
    case 5: return MultiplyTile<5>(tile, finish);
    case 6: return MultiplyTile<6>(tile, finish);
    case 7: return MultiplyTile<7>(tile, finish);
    default: return MultiplyTile<8>(tile, finish);
  }
}

// A panel that is only partly filled: computed beside, then the columns that exist are copied.
void MultiplyPartial(const Product& p, int64_t panel, int64_t row, int rows, int64_t columns) {
  float beside[kTileRows * kPanel];
  float bias[kPanel] = {};
  if (p.bias) std::copy_n(p.bias + panel * kPanel, columns, bias);
  const Tile tile = {p.x + row * p.x_stride, p.x_stride, p.panels + panel * kPanel * p.inputs, p.inputs, beside, kPanel, false};
  MultiplyRows(tile, {bias, p.activation, true, nullptr, 0}, rows);
  for (int r = 0; r < rows; r++) {
    float* to = p.y + (row + r) * p.y_stride + panel * kPanel;
    const float* times = p.times ? p.times + (row + r) * p.times_stride + panel * kPanel : nullptr;
    for (int64_t c = 0; c < columns; c++) to[c] = times ? beside[r * kPanel + c] * times[c] : beside[r * kPanel + c];
  }
}

}  // namespace

void MultiplyStrip(const float* x, int64_t x_stride, int rows, const float* panel, int64_t inputs, float* y, int64_t y_stride) {
  MultiplyRows({x, x_stride, panel, inputs, y, y_stride, false}, {nullptr, Activation::kNone, false, nullptr, 0}, rows);
}

void PackPanels(const float* weight, int64_t inputs, int64_t outputs, float* panels) {
  ParallelFor(Panels(outputs), [&](int64_t p) {
    const int64_t columns = std::min<int64_t>(kPanel, outputs - p * kPanel);
    for (int64_t i = 0; i < inputs; i++) {
      float* to = panels + (p * inputs + i) * kPanel;
      std::copy_n(weight + i * outputs + p * kPanel, columns, to);
      std::fill(to + columns, to + kPanel, 0.0f);
    }
  });
}

void Multiply(const Product& p, int64_t first_panel, int64_t last_panel) {
  const int64_t whole = std::min(last_panel, p.outputs / kPanel), tiles = TileCount(p.rows);
  for (int64_t from = 0; from < p.inputs; from += kInputBlock) {
    const int64_t inputs = std::min(kInputBlock, p.inputs - from);
    const bool last = from + inputs == p.inputs;
    for (int64_t panel = first_panel; panel < whole; panel++) {
      const float* weights = p.panels + (panel * p.inputs + from) * kPanel;
      Finish finish = {p.bias ? p.bias + panel * kPanel : nullptr, p.activation, last, nullptr, p.times_stride};
      for (int64_t i = 0; i < tiles; i++) {
        const int64_t row = TileStart(p.rows, tiles, i), rows = TileStart(p.rows, tiles, i + 1) - row;
        if (p.times) finish.times = p.times + row * p.times_stride + panel * kPanel;
        const Tile tile = {p.x + row * p.x_stride + from, p.x_stride, weights, inputs, p.y + row * p.y_stride + panel * kPanel, p.y_stride, from > 0};
        if (rows == kTileRows) MultiplyTile<kTileRows>(tile, finish);
        else MultiplyRows(tile, finish, static_cast<int>(rows));
      }
    }
  }
  for (int64_t panel = std::max(first_panel, whole); panel < last_panel; panel++) {
    for (int64_t row = 0; row < p.rows; row += kTileRows) {
      MultiplyPartial(p, panel, row, static_cast<int>(std::min<int64_t>(kTileRows, p.rows - row)), p.outputs - panel * kPanel);
    }
  }
}

Product PartOfPanels(const Product& product, int64_t first, int64_t count) {
  Product part = product;
  part.panels += first * kPanel * product.inputs;
  part.outputs = std::min(count * kPanel, product.outputs - first * kPanel);
  if (part.bias) part.bias += first * kPanel;
  return part;
}

void MultiplyParallel(const Product& product) {
  const int64_t panels = Panels(product.outputs);
  const int64_t blocks = (product.rows + kRowBlock - 1) / kRowBlock;
  // Few rows: the columns are shared out as well, so that every thread has several pieces.
  const int64_t wanted = 4 * ThreadCount();
  const int64_t groups = std::min(panels, std::max<int64_t>(1, (wanted + blocks - 1) / blocks));
  ParallelFor(blocks * groups, [&](int64_t piece) {
    const int64_t block = piece / groups, group = piece % groups;
    Product part = product;
    part.x += block * kRowBlock * product.x_stride;
    part.y += block * kRowBlock * product.y_stride;
    if (part.times) part.times += block * kRowBlock * product.times_stride;
    part.rows = std::min(kRowBlock, product.rows - block * kRowBlock);
    Multiply(part, panels * group / groups, panels * (group + 1) / groups);
  });
}

}  // namespace layerscope
