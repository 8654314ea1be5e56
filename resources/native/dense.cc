#include "dense.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "parallel.h"

namespace layerscope {
namespace {

// Inputs multiplied in one go: a panel of them fits the first-level caches beside the rows.
constexpr int64_t kInputBlock = 384;

template <class Number>
struct Tile {
  const float* x;
  int64_t x_stride;
  const Number* panel;
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

// A panel's row of kPanel numbers as two vectors.
template <class Number>
inline void LoadPanelRow(const Number* row, Vec& left, Vec& right) {
  left = Load(row);
  right = Load(row + kLanes);
}

// A number of the left half lies beside one of the right half: widening both takes no more than a shift and a mask.
inline void LoadPanelRow(const Brain* row, Vec& left, Vec& right) {
  IntVec both;
  std::memcpy(&both, row, sizeof both);
  left = AsFloats(both << 16);
  right = AsFloats(both & static_cast<int32_t>(0xffff0000));
}

// Where column o of a panel lies in its row.
template <class Number>
inline int64_t PlaceInRow(int64_t o) {
  return std::is_same_v<Number, Brain> ? o % kLanes * 2 + o / kLanes : o;
}

// kColumns: the rows of the tile are columns of x.
template <int kRows, bool kColumns = false, class Number>
inline __attribute__((always_inline)) void MultiplyTile(const Tile<Number>& t, const Finish& finish) {
  Vec sum[kRows][2];
  for (int r = 0; r < kRows; r++) {
    for (int h = 0; h < 2; h++) sum[r][h] = t.accumulate ? Load(t.y + r * t.y_stride + h * kLanes) : Vec{};
  }
  const Number* panel = t.panel;
  for (int64_t i = 0; i < t.inputs; i++, panel += kPanel) {
    Vec left, right;
    LoadPanelRow(panel, left, right);
    for (int r = 0; r < kRows; r++) {
      const Vec factor = Splat(t.x[kColumns ? i * t.x_stride + r : r * t.x_stride + i]);
      sum[r][0] += factor * left;
      sum[r][1] += factor * right;
    }
  }
  if (finish.last) {
    for (int h = 0; h < 2; h++) {
      const Vec bias = finish.bias ? Load(finish.bias + h * kLanes) : Vec{};
      for (int r = 0; r < kRows; r++) sum[r][h] = Activate(finish.activation, sum[r][h] + bias);
      for (int r = 0; finish.times && r < kRows; r++)
        sum[r][h] *= Load(finish.times + r * finish.times_stride + h * kLanes);
    }
  }
  for (int r = 0; r < kRows; r++) {
    for (int h = 0; h < 2; h++) Store(t.y + r * t.y_stride + h * kLanes, sum[r][h]);
  }
}

template <bool kColumns = false, class Number>
void MultiplyRows(const Tile<Number>& tile, const Finish& finish, int rows) {
  switch (rows) {
    case 1:
      return MultiplyTile<1, kColumns>(tile, finish);
    case 2:
      return MultiplyTile<2, kColumns>(tile, finish);
    case 3:
      return MultiplyTile<3, kColumns>(tile, finish);
    case 4:
      return MultiplyTile<4, kColumns>(tile, finish);
    case 5:
      return MultiplyTile<5, kColumns>(tile, finish);
    case 6:
      return MultiplyTile<6, kColumns>(tile, finish);
    case 7:
      return MultiplyTile<7, kColumns>(tile, finish);
    default:
      return MultiplyTile<8, kColumns>(tile, finish);
  }
}

// A panel that is only partly filled: computed beside, then the columns that exist are copied.
template <class Number>
void MultiplyPartial(const Product& p, int64_t panel, int64_t row, int rows, int64_t columns) {
  float beside[kTileRows * kPanel];
  float bias[kPanel] = {};
  if (p.bias) std::copy_n(p.bias + panel * kPanel, columns, bias);
  const Tile<Number> tile = {p.x + row * p.x_stride,
                             p.x_stride,
                             p.panels.as<Number>() + panel * kPanel * p.inputs,
                             p.inputs,
                             beside,
                             kPanel,
                             false};
  MultiplyRows(tile, {bias, p.activation, true, nullptr, 0}, rows);
  for (int r = 0; r < rows; r++) {
    float* to = p.y + (row + r) * p.y_stride + panel * kPanel;
    const float* times = p.times ? p.times + (row + r) * p.times_stride + panel * kPanel : nullptr;
    for (int64_t c = 0; c < columns; c++) to[c] = times ? beside[r * kPanel + c] * times[c] : beside[r * kPanel + c];
  }
}

typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourInts __attribute__((vector_size(16)));

#if defined(__clang__)
#define LAYERSCOPE_PICK(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define LAYERSCOPE_PICK(a, b, i, j, k, l) __builtin_shuffle(a, b, FourInts{i, j, k, l})
#endif

// from [4 rows, stride] -> to [4 rows, kPanel], transposed.
inline void Transpose4(const float* from, int64_t stride, float* to) {
  Four a, b, c, d;
  std::memcpy(&a, from, sizeof a);
  std::memcpy(&b, from + stride, sizeof b);
  std::memcpy(&c, from + 2 * stride, sizeof c);
  std::memcpy(&d, from + 3 * stride, sizeof d);
  const Four ab_low = LAYERSCOPE_PICK(a, b, 0, 4, 1, 5), ab_high = LAYERSCOPE_PICK(a, b, 2, 6, 3, 7);
  const Four cd_low = LAYERSCOPE_PICK(c, d, 0, 4, 1, 5), cd_high = LAYERSCOPE_PICK(c, d, 2, 6, 3, 7);
  const Four rows[4] = {LAYERSCOPE_PICK(ab_low, cd_low, 0, 1, 4, 5), LAYERSCOPE_PICK(ab_low, cd_low, 2, 3, 6, 7),
                        LAYERSCOPE_PICK(ab_high, cd_high, 0, 1, 4, 5), LAYERSCOPE_PICK(ab_high, cd_high, 2, 3, 6, 7)};
  for (int i = 0; i < 4; i++) std::memcpy(to + i * kPanel, &rows[i], sizeof(Four));
}

// Columns [first, first + kPanel) of the panels' weight; those past the last output are zero.
void PackTransposedPanel(const float* weight, int64_t stride, int64_t inputs, int64_t outputs, int64_t first,
                         float* panel) {
  const int64_t count = std::min<int64_t>(kPanel, outputs - first);
  if (count < kPanel) std::fill_n(panel, inputs * kPanel, 0.0f);
  const int64_t blocked = count - count % 4, whole = inputs - inputs % 4;
  const float* from = weight + first * stride;
  for (int64_t i = 0; i < whole; i += 4) {
    for (int64_t o = 0; o < blocked; o += 4) Transpose4(from + o * stride + i, stride, panel + i * kPanel + o);
  }
  for (int64_t o = 0; o < count; o++) {
    for (int64_t i = o < blocked ? whole : 0; i < inputs; i++) panel[i * kPanel + o] = from[o * stride + i];
  }
}

// weight [inputs, outputs] -> panels, on all threads
template <class Number>
void PackRows(const Number* weight, int64_t inputs, int64_t outputs, Number* panels) {
  ParallelFor(Panels(outputs), [&](int64_t p) {
    const int64_t columns = std::min<int64_t>(kPanel, outputs - p * kPanel);
    for (int64_t i = 0; i < inputs; i++) {
      const Number* from = weight + i * outputs + p * kPanel;
      Number* to = panels + (p * inputs + i) * kPanel;
      if (columns < kPanel) std::fill_n(to, kPanel, Number{});
      for (int64_t o = 0; o < columns; o++) to[PlaceInRow<Number>(o)] = from[o];
    }
  });
}

// weight [outputs, inputs] -> the same panels, on all threads
template <class Number>
void PackColumns(const Number* weight, int64_t inputs, int64_t outputs, Number* panels) {
  ParallelFor(Panels(outputs), [&](int64_t p) {
    const int64_t columns = std::min<int64_t>(kPanel, outputs - p * kPanel);
    Number* panel = panels + p * kPanel * inputs;
    if (columns < kPanel) std::fill_n(panel, inputs * kPanel, Number{});
    // A cache line of each row in turn.
    for (int64_t first = 0; first < inputs; first += kPanel) {
      const int64_t last = std::min<int64_t>(first + kPanel, inputs);
      for (int64_t o = 0; o < columns; o++) {
        const Number* from = weight + (p * kPanel + o) * inputs;
        for (int64_t i = first; i < last; i++) panel[i * kPanel + PlaceInRow<Number>(o)] = from[i];
      }
    }
  });
}

}  // namespace

void MultiplyStrip(const float* x, int64_t x_stride, int rows, const float* panel, int64_t inputs, float* y,
                   int64_t y_stride) {
  MultiplyRows(Tile<float>{x, x_stride, panel, inputs, y, y_stride, false},
               {nullptr, Activation::kNone, false, nullptr, 0}, rows);
}

void MultiplyColumns(const float* x, int64_t x_stride, int columns, const float* panel, int64_t inputs, float* y,
                     int64_t y_stride) {
  MultiplyRows<true>(Tile<float>{x, x_stride, panel, inputs, y, y_stride, false},
                     {nullptr, Activation::kNone, false, nullptr, 0}, columns);
}

void PackTransposedPanels(const float* weight, int64_t stride, int64_t inputs, int64_t outputs, float* panels) {
  for (int64_t first = 0; first < outputs; first += kPanel)
    PackTransposedPanel(weight, stride, inputs, outputs, first, panels + first * inputs);
}

void PackTransposedParallel(const float* weight, int64_t inputs, int64_t outputs, float* panels) {
  ParallelFor(Panels(outputs), [&](int64_t p) {
    PackTransposedPanel(weight, inputs, inputs, outputs, p * kPanel, panels + p * kPanel * inputs);
  });
}

void PackPanels(const float* weight, int64_t inputs, int64_t outputs, float* panels) {
  PackRows(weight, inputs, outputs, panels);
}

void PackPanels(const Half* weight, int64_t inputs, int64_t outputs, Half* panels) {
  PackRows(weight, inputs, outputs, panels);
}

void PackPanels(const Brain* weight, int64_t inputs, int64_t outputs, Brain* panels) {
  PackRows(weight, inputs, outputs, panels);
}

void PackTransposedParallel(const Half* weight, int64_t inputs, int64_t outputs, Half* panels) {
  PackColumns(weight, inputs, outputs, panels);
}

void PackTransposedParallel(const Brain* weight, int64_t inputs, int64_t outputs, Brain* panels) {
  PackColumns(weight, inputs, outputs, panels);
}

namespace {

// `count` numbers, whole vectors of them.
template <class Number>
void Widen(const Number* from, int64_t count, float* to) {
  for (int64_t i = 0; i < count; i += kLanes) Store(to + i, Load(from + i));
}

template <class Number>
void WidenAs(const Number* from, int64_t count, float* to) {
  const int64_t whole = count - count % kLanes;
  Widen(from, whole, to);
  Number rest[kLanes] = {};
  float widened[kLanes];
  std::copy_n(from + whole, count - whole, rest);
  Widen(rest, kLanes, widened);
  std::copy_n(widened, count - whole, to + whole);
}

template <class Number>
void MultiplyAs(const Product& p, int64_t first_panel, int64_t last_panel) {
  const int64_t whole = std::min(last_panel, p.outputs / kPanel), tiles = TileCount(p.rows);
  for (int64_t from = 0; from < p.inputs; from += kInputBlock) {
    const int64_t inputs = std::min(kInputBlock, p.inputs - from);
    const bool last = from + inputs == p.inputs;
    for (int64_t panel = first_panel; panel < whole; panel++) {
      const Number* weights = p.panels.as<Number>() + (panel * p.inputs + from) * kPanel;
      Finish finish = {p.bias ? p.bias + panel * kPanel : nullptr, p.activation, last, nullptr, p.times_stride};
      for (int64_t i = 0; i < tiles; i++) {
        const int64_t row = TileStart(p.rows, tiles, i), rows = TileStart(p.rows, tiles, i + 1) - row;
        if (p.times) finish.times = p.times + row * p.times_stride + panel * kPanel;
        const Tile<Number> tile = {p.x + row * p.x_stride + from,           p.x_stride, weights, inputs,
                                   p.y + row * p.y_stride + panel * kPanel, p.y_stride, from > 0};
        if (rows == kTileRows)
          MultiplyTile<kTileRows>(tile, finish);
        else
          MultiplyRows(tile, finish, static_cast<int>(rows));
      }
    }
  }
  for (int64_t panel = std::max(first_panel, whole); panel < last_panel; panel++) {
    for (int64_t row = 0; row < p.rows; row += kTileRows) {
      MultiplyPartial<Number>(p, panel, row, static_cast<int>(std::min<int64_t>(kTileRows, p.rows - row)),
                              p.outputs - panel * kPanel);
    }
  }
}

}  // namespace

void WidenRow(const PackedWeight& row, int64_t count, float* to) {
  switch (row.stored) {
    case Stored::kFloat:
      return WidenAs(row.as<float>(), count, to);
    case Stored::kHalf:
      return WidenAs(row.as<Half>(), count, to);
    case Stored::kBrain:
      return WidenAs(row.as<Brain>(), count, to);
  }
}

void Multiply(const Product& p, int64_t first_panel, int64_t last_panel) {
  switch (p.panels.stored) {
    case Stored::kFloat:
      return MultiplyAs<float>(p, first_panel, last_panel);
    case Stored::kHalf:
      return MultiplyAs<Half>(p, first_panel, last_panel);
    case Stored::kBrain:
      return MultiplyAs<Brain>(p, first_panel, last_panel);
  }
}

Product PartOfPanels(const Product& product, int64_t first, int64_t count) {
  Product part = product;
  part.panels = product.panels.from(first * kPanel * product.inputs);
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

namespace {

// Columns of x that one piece of a transposed product takes: copied side by side they stay in a second-level cache.
constexpr int64_t kColumnTiles = 8;

// sums [count] += x [count]
inline void AddRow(const float* __restrict x, int64_t count, float* __restrict sums) {
  for (int64_t c = 0; c < count; c++) sums[c] += x[c];
}

// Columns [first, first + count) of x as tiles [tiles, rows, kTileRows], and their sums.
void CopyColumns(const TransposedProduct& p, int64_t first, int64_t count, float* tiles, float* sums) {
  const int64_t whole = count - count % kTileRows, tile = p.rows * kTileRows;
  if (sums) std::fill_n(sums, count, 0.0f);
  for (int64_t r = 0; r < p.rows; r++) {
    const float* x = p.x + r * p.x_columns + first;
    float* to = tiles + r * kTileRows;
    for (int64_t c = 0; c < whole; c += kTileRows, to += tile) std::memcpy(to, x + c, kTileRows * sizeof(float));
    for (int64_t c = whole; c < count; c++) to[c - whole] = x[c];
    if (sums) AddRow(x, count, sums);
  }
}

// Columns [first, first + count) of x with panels [first_panel, last_panel) of y.
void MultiplyColumnGroup(const TransposedProduct& p, const float* tiles, int64_t first, int64_t count,
                         const float* panels, int64_t first_panel, int64_t last_panel) {
  const Finish finish = {nullptr, Activation::kNone, false, nullptr, 0};
  const int64_t whole = std::min(last_panel, p.y_columns / kPanel);
  for (int64_t from = 0; from < p.rows; from += kInputBlock) {
    const int64_t rows = std::min(kInputBlock, p.rows - from);
    for (int64_t panel = first_panel; panel < whole; panel++) {
      const float* right = panels + (panel * p.rows + from) * kPanel;
      for (int64_t c = 0; c < count; c += kTileRows) {
        const Tile<float> tile = {tiles + c * p.rows + from * kTileRows,
                                  kTileRows,
                                  right,
                                  rows,
                                  p.result + (first + c) * p.y_columns + panel * kPanel,
                                  p.y_columns,
                                  from > 0};
        const int64_t columns = std::min<int64_t>(kTileRows, count - c);
        if (columns == kTileRows)
          MultiplyTile<kTileRows, true>(tile, finish);
        else
          MultiplyRows<true>(tile, finish, static_cast<int>(columns));
      }
    }
  }
  for (int64_t panel = std::max(first_panel, whole); panel < last_panel; panel++) {
    float beside[kTileRows * kPanel];
    for (int64_t c = 0; c < count; c += kTileRows) {
      const int64_t columns = std::min<int64_t>(kTileRows, count - c);
      MultiplyRows<true>(
          Tile<float>{tiles + c * p.rows, kTileRows, panels + panel * p.rows * kPanel, p.rows, beside, kPanel, false},
          finish, static_cast<int>(columns));
      for (int64_t i = 0; i < columns; i++)
        std::copy_n(beside + i * kPanel, p.y_columns - panel * kPanel,
                    p.result + (first + c + i) * p.y_columns + panel * kPanel);
    }
  }
}

}  // namespace

void MultiplyTransposed(const TransposedProduct& p) {
  thread_local std::vector<float> packed;
  const int64_t panels = Panels(p.y_columns), size = panels * p.rows * kPanel;
  if (static_cast<int64_t>(packed.size()) < size) packed.resize(size);
  float* right = packed.data();
  PackPanels(p.y, p.rows, p.y_columns, right);
  constexpr int64_t kGroup = kColumnTiles * kTileRows;
  const int64_t blocks = (p.x_columns + kGroup - 1) / kGroup, wanted = 4 * ThreadCount();
  const int64_t groups = std::min(panels, std::max<int64_t>(1, (wanted + blocks - 1) / blocks));
  ParallelFor(blocks * groups, [&](int64_t piece) {
    thread_local std::vector<float> tiles;
    const int64_t block = piece / groups, group = piece % groups;
    // Groups of nearly equal size, of whole tiles.
    const int64_t all = (p.x_columns + kTileRows - 1) / kTileRows;
    const int64_t first = all * block / blocks * kTileRows,
                  count = std::min(p.x_columns, all * (block + 1) / blocks * kTileRows) - first;
    const int64_t room = (count + kTileRows - 1) / kTileRows * kTileRows * p.rows;
    if (static_cast<int64_t>(tiles.size()) < room) tiles.resize(room);
    CopyColumns(p, first, count, tiles.data(), p.sums && group == 0 ? p.sums + first : nullptr);
    MultiplyColumnGroup(p, tiles.data(), first, count, right, panels * group / groups, panels * (group + 1) / groups);
  });
}

}  // namespace layerscope
