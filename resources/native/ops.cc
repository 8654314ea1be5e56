// Makes the kernels operations of TensorFlow, by its C interface for kernels: the eager runtime then finds, times and
// places them like its own. Shapes are checked here, once, so that the kernels themselves may trust them.

#include <algorithm>
#include <vector>

#include "attention.h"
#include "class_curvature.h"
#include "dense.h"
#include "norm.h"
#include "operation.h"
#include "parallel.h"
#include "rotary.h"
#include "softmax_regression.h"

namespace layerscope {
namespace {

void ComputePack(const Attributes&, Call& call) {
  if (!call.Check(call[0].rank() == 2, "A weight has two dimensions.")) return;
  const int64_t inputs = call[0].dim(0), outputs = call[0].dim(1);
  if (float* panels = call.Output(0, {Panels(outputs), inputs, kPanel}))
    PackPanels(call[0].floats(), inputs, outputs, panels);
}

void ComputeDense(const Attributes& a, Call& call) {
  const Input &x = call[0], &weight = call[1], &bias = call[2];
  if (!CheckProduct(call, x, weight, bias, a.outputs)) return;
  float* y = call.Output(0, {x.dim(0), a.outputs});
  if (!y) return;
  MultiplyParallel({x.floats(), x.dim(0), x.dim(1), weight.weight(), x.dim(1), a.outputs, bias.floatsOrNull(),
                    a.activation, y, a.outputs});
}

// norm(x weight + bias + residual)
void ComputeDenseAddNorm(const Attributes& a, Call& call) {
  const Input &x = call[0], &weight = call[1], &bias = call[2], &residual = call[3], &gamma = call[4], &beta = call[5];
  if (!CheckProduct(call, x, weight, bias, a.outputs) || !CheckNorm(call, gamma, beta, a.outputs)) return;
  const int64_t rows = x.dim(0);
  if (!call.Check(residual.rank() == 2 && residual.dim(0) == rows && residual.dim(1) == a.outputs,
                  "The residual has another shape than the result."))
    return;
  float* y = call.Output(0, {rows, a.outputs});
  if (!y) return;
  const Product product = {x.floats(),        rows, x.dim(1), weight.weight(), x.dim(1), a.outputs, bias.floatsOrNull(),
                           Activation::kNone, y,    a.outputs};
  const Norm norm = {gamma.floats(), beta.floats(), a.epsilon, a.outputs};
  const int64_t blocks = (rows + kRowBlock - 1) / kRowBlock;
  if (blocks < 2 * ThreadCount()) {
    MultiplyParallel(product);
    NormaliseRowsParallel(y, residual.floats(), rows, norm, y);
    return;
  }
  ParallelFor(blocks, [&](int64_t block) {
    const int64_t first = block * kRowBlock;
    Product part = product;
    part.x += first * part.x_stride;
    part.y += first * part.y_stride;
    part.rows = std::min(kRowBlock, rows - first);
    Multiply(part, 0, Panels(a.outputs));
    NormaliseRows(part.y, residual.floats() + first * a.outputs, part.rows, norm, part.y);
  });
}

// Columns of the wide middle that are computed before the gate is multiplied into them: they stay in a first-level
// cache.
constexpr int64_t kGatePanels = std::max(1, 64 / kPanel);

// sum_norm(MLP(norm(x)) + x), the wide middle never leaving a thread's cache. MLP(h) = (activation(h up)) down, or with
// a gate (activation(h gate) * (h up)) down.
void ComputeFeedForward(const Attributes& a, Call& call) {
  const Input &x = call[0], &norm_gamma = call[1], &norm_beta = call[2], &gate = call[3], &gate_bias = call[4],
              &up = call[5], &up_bias = call[6];
  const Input &down = call[7], &down_bias = call[8], &gamma = call[9], &beta = call[10];
  const int64_t rows = x.dim(0), width = x.dim(1), middle = a.outputs;
  if (!CheckProduct(call, x, up, up_bias, middle)) return;
  if (gate.size() > 0 && !CheckProduct(call, x, gate, gate_bias, middle)) return;
  if (!CheckNormIfAny(call, norm_gamma, norm_beta, width) || !CheckNormIfAny(call, gamma, beta, width)) return;
  if (!call.Check(down.rank() == 3 && down.dim(0) == Panels(width) && down.dim(1) == middle && down.dim(2) == kPanel,
                  "The second weight does not lead back to the width of x."))
    return;
  if (!call.Check(down_bias.size() == 0 || down_bias.size() == width, "The second bias is not as long as a row."))
    return;
  float* y = call.Output(0, {rows, width});
  if (!y) return;
  const Norm norm = NormOf(a, norm_gamma, norm_beta, width), sum_norm = NormOf(a, gamma, beta, width);
  const bool gated = gate.size() > 0;
  const Product rise = {x.floats(),
                        rows,
                        width,
                        up.weight(),
                        width,
                        middle,
                        up_bias.floatsOrNull(),
                        gated ? Activation::kNone : a.activation,
                        nullptr,
                        middle};
  const Product open = {x.floats(),   rows,    width, gate.weight(), width, middle, gate_bias.floatsOrNull(),
                        a.activation, nullptr, middle};
  const Product fall = {nullptr,           rows, middle, down.weight(), middle, width, down_bias.floatsOrNull(),
                        Activation::kNone, y,    width};
  const int64_t blocks = (rows + kRowBlock - 1) / kRowBlock;

  if (blocks < 2 * ThreadCount()) {
    std::vector<float> read, wide, hidden(rows * middle);
    const float* from = x.floats();
    if (norm.gamma) NormaliseRowsParallel(from, nullptr, rows, norm, Room(read, rows * width)), from = read.data();
    Product part = rise;
    part.x = from;
    part.y = gated ? Room(wide, rows * middle) : hidden.data();
    MultiplyParallel(part);
    if (gated) {
      part = open;
      part.x = from;
      part.y = hidden.data();
      part.times = wide.data();
      part.times_stride = middle;
      MultiplyParallel(part);
    }
    part = fall;
    part.x = hidden.data();
    MultiplyParallel(part);
    NormaliseRowsParallel(y, x.floats(), rows, sum_norm, y);
    return;
  }

  ParallelFor(blocks, [&](int64_t block) {
    thread_local std::vector<float> read, wide, hidden;
    const int64_t first = block * kRowBlock, count = std::min(kRowBlock, rows - first);
    const float* from = x.floats() + first * width;
    if (norm.gamma) NormaliseRows(from, nullptr, count, norm, Room(read, kRowBlock * width)), from = read.data();
    float* middles = Room(hidden, kRowBlock * middle);
    Product lift = rise;
    lift.x = from;
    lift.rows = count;
    if (!gated) {
      lift.y = middles;
      Multiply(lift, 0, Panels(middle));
    } else {
      Product door = open;
      door.x = from;
      door.rows = count;
      lift.y = Room(wide, kRowBlock * kGatePanels * kPanel);
      lift.y_stride = kGatePanels * kPanel;
      for (int64_t panel = 0; panel < Panels(middle); panel += kGatePanels) {
        const Product lifted = PartOfPanels(lift, panel, kGatePanels);
        Multiply(lifted, 0, Panels(lifted.outputs));
        Product opened = PartOfPanels(door, panel, kGatePanels);
        opened.y = middles + panel * kPanel;
        opened.times = lifted.y;
        opened.times_stride = lifted.y_stride;
        Multiply(opened, 0, Panels(opened.outputs));
      }
    }
    Product part = fall;
    part.x = middles;
    part.rows = count;
    part.y = y + first * width;
    Multiply(part, 0, Panels(width));
    NormaliseRows(part.y, x.floats() + first * width, count, sum_norm, part.y);
  });
}

// Rows that one thread sums and normalises together.
constexpr int64_t kEmbedRows = 64;

// norm(the sum over tables of table[index]); gamma without elements: no normalisation. Inputs: the tables, an index for
// each, gamma, beta.
void ComputeEmbed(const Attributes& a, Call& call) {
  const int64_t tables = a.tables;
  const Input &gamma = call[static_cast<int>(2 * tables)], &beta = call[static_cast<int>(2 * tables + 1)];
  const int64_t rows = call[static_cast<int>(tables)].size(), width = call[0].rank() == 2 ? call[0].dim(1) : 0;
  for (int t = 0; t < tables; t++) {
    const Input &table = call[t], &index = call[static_cast<int>(tables + t)];
    if (!call.Check(table.rank() == 2 && table.dim(1) == width && index.size() == rows,
                    "Every table needs the same width and an index of the same length."))
      return;
    const int32_t* chosen = index.data<int32_t>();
    const bool inside = std::all_of(chosen, chosen + rows, [&](int32_t row) { return row >= 0 && row < table.dim(0); });
    if (!call.Check(inside, "An index points outside its table.")) return;
  }
  if (!call.Check(gamma.size() == 0 || (gamma.size() == width && beta.size() == width),
                  "gamma and beta must be as long as a row."))
    return;
  float* y = call.Output(0, {rows, width});
  if (!y) return;
  ParallelFor((rows + kEmbedRows - 1) / kEmbedRows, [&](int64_t piece) {
    const int64_t first = piece * kEmbedRows, count = std::min(kEmbedRows, rows - first);
    for (int64_t r = first; r < first + count; r++) {
      for (int t = 0; t < tables; t++) {
        const float* from = call[t].floats() + call[static_cast<int>(tables + t)].data<int32_t>()[r] * width;
        for (int64_t i = 0; i < width; i++) y[r * width + i] = t == 0 ? from[i] : y[r * width + i] + from[i];
      }
    }
    float* block = y + first * width;
    if (gamma.size() > 0)
      NormaliseRows(block, nullptr, count, {gamma.floats(), beta.floats(), a.epsilon, width}, block);
  });
}

// y [rows, width] = the rows of a table of 16-bit numbers, widened
void ComputeTakeRows(const Attributes&, Call& call) {
  const Input &table = call[0], &index = call[1];
  if (!call.Check(table.rank() == 2, "A table has two dimensions.")) return;
  const int64_t width = table.dim(1), rows = index.size();
  const int32_t* chosen = index.data<int32_t>();
  const bool inside = std::all_of(chosen, chosen + rows, [&](int32_t row) { return row >= 0 && row < table.dim(0); });
  if (!call.Check(inside, "An index points outside its table.")) return;
  float* y = call.Output(0, {rows, width});
  if (!y) return;
  const PackedWeight numbers = table.weight();
  ParallelFor((rows + kEmbedRows - 1) / kEmbedRows, [&](int64_t piece) {
    for (int64_t r = piece * kEmbedRows; r < std::min(rows, (piece + 1) * kEmbedRows); r++)
      WidenRow(numbers.from(chosen[r] * width), width, y + r * width);
  });
}

// norm(x + residual), by the root mean square where `rms`; residual without elements: norm(x)
void ComputeLayerNorm(const Attributes& a, Call& call) {
  const Input &x = call[0], &residual = call[1], &gamma = call[2], &beta = call[3];
  if (!call.Check(x.rank() == 2, "x must have two dimensions.") || !CheckNorm(call, gamma, beta, x.dim(1))) return;
  if (!call.Check(residual.size() == 0 || residual.size() == x.size(), "The residual has another shape than x."))
    return;
  if (float* y = call.Output(0, {x.dim(0), x.dim(1)})) {
    NormaliseRowsParallel(x.floats(), residual.floatsOrNull(), x.dim(0), NormOf(a, gamma, beta, x.dim(1)), y);
  }
}

// Rotary positions of heads `depth` wide; null cosines where there are none. False after a failure.
bool ReadRotary(Call& call, const Input& cosines, const Input& sines, int64_t rows, int64_t depth, Rotary* rotary) {
  if (cosines.size() == 0) return true;
  const int64_t half = rows > 0 ? cosines.size() / rows : 0;
  *rotary = {cosines.floats(), sines.floats(), half};
  return call.Check(cosines.size() == rows * half && sines.size() == cosines.size() && 2 * half <= depth,
                    "The angles must have one row for each row of x, and no more than a head's half.");
}

// x [rows, width] with its first `heads` heads turned.
void ComputeRotate(const Attributes& a, Call& call) {
  const Input& x = call[0];
  if (!call.Check(x.rank() == 2 && a.depth > 0 && a.heads * a.depth <= x.dim(1),
                  "x must hold the heads that are to be turned."))
    return;
  const int64_t rows = x.dim(0), width = x.dim(1);
  Rotary rotary = {};
  if (!ReadRotary(call, call[1], call[2], rows, a.depth, &rotary)) return;
  float* y = call.Output(0, {rows, width});
  if (!y) return;
  ParallelFor((rows + kRowBlock - 1) / kRowBlock, [&](int64_t block) {
    const int64_t first = block * kRowBlock, count = std::min(kRowBlock, rows - first);
    std::copy_n(x.floats() + first * width, count * width, y + first * width);
    RotateRows(y + first * width, count, width, a.heads, a.depth,
               {rotary.cosines + first * rotary.half, rotary.sines + first * rotary.half, rotary.half});
  });
}

// Makes room for the pattern at output 1 as well.
bool PrepareAttention(const Attributes& a, Call& call, const Input& lengths, const Input& bias, Attention& attention,
                      int64_t rows, int64_t columns) {
  if (!ReadAttention(a, call, lengths, bias, attention, rows, columns)) return false;
  if (a.keep_pattern)
    return (attention.pattern = call.Output(1, {attention.sequences, a.heads, attention.longest, attention.longest})) !=
           nullptr;
  call.Output(1, {0, 0, 0, 0});
  return true;
}

void ComputeAttention(const Attributes& a, Call& call) {
  const Input &qkv = call[0], &lengths = call[1], &bias = call[2];
  if (!call.Check(qkv.rank() == 2, "qkv must have two dimensions.")) return;
  Attention attention;
  attention.qkv = qkv.floats();
  if (!PrepareAttention(a, call, lengths, bias, attention, qkv.dim(0), qkv.dim(1))) return;
  attention.result = call.Output(0, {qkv.dim(0), attention.width()});
  if (attention.result) Attend(attention);
}

// Rows that a thread carries through a whole attention sublayer: with queries, keys and values they fit a second-level
// cache.
constexpr int64_t kSublayerRows = 64;

// sum_norm(attention(norm(x) qkv + qkv_bias) out + out_bias + x): sequences do not see each other, so each thread takes
// some from end to end.
void ComputeAttentionSublayer(const Attributes& a, Call& call) {
  const Input &x = call[0], &norm_gamma = call[1], &norm_beta = call[2], &qkv = call[3], &qkv_bias = call[4],
              &out = call[5], &out_bias = call[6];
  const Input &gamma = call[7], &beta = call[8], &cosines = call[9], &sines = call[10];
  if (!call.Check(x.rank() == 2, "x must have two dimensions.")) return;
  const int64_t rows = x.dim(0), width = x.dim(1), columns = a.outputs;
  Attention attention;
  if (!CheckProduct(call, x, qkv, qkv_bias, columns) ||
      !PrepareAttention(a, call, call[11], call[12], attention, rows, columns))
    return;
  const int64_t mixed_width = attention.width();
  if (!call.Check(out.rank() == 3 && out.dim(0) == Panels(width) && out.dim(1) == mixed_width && out.dim(2) == kPanel,
                  "The second weight does not lead from the heads back to the width of x."))
    return;
  if (!call.Check(out_bias.size() == 0 || out_bias.size() == width, "The second bias is not as long as a row.")) return;
  if (!CheckNormIfAny(call, norm_gamma, norm_beta, width) || !CheckNormIfAny(call, gamma, beta, width)) return;
  Rotary rotary = {};
  if (!ReadRotary(call, cosines, sines, rows, attention.depth, &rotary)) return;
  float* y = call.Output(0, {rows, width});
  if (!y) return;

  const Norm norm = NormOf(a, norm_gamma, norm_beta, width), sum_norm = NormOf(a, gamma, beta, width);
  const Product project = {x.floats(),        rows,    width,  qkv.weight(), width, columns, qkv_bias.floatsOrNull(),
                           Activation::kNone, nullptr, columns};
  const Product join = {nullptr,           rows, mixed_width, out.weight(), mixed_width, width, out_bias.floatsOrNull(),
                        Activation::kNone, y,    width};
  const auto turn = [&](float* projected, int64_t first, int64_t count) {
    if (!rotary.cosines) return;
    RotateRows(projected, count, columns, a.heads + a.key_value_heads, attention.depth,
               {rotary.cosines + first * rotary.half, rotary.sines + first * rotary.half, rotary.half});
  };

  // Neighbouring sequences go together until they fill a block.
  const std::vector<int64_t> first_row = FirstRows(attention.lengths, attention.sequences);
  std::vector<int64_t> first_sequence = {0};
  for (int64_t s = 1; s < attention.sequences; s++) {
    if (first_row[s + 1] - first_row[first_sequence.back()] > kSublayerRows) first_sequence.push_back(s);
  }
  const int64_t pieces = static_cast<int64_t>(first_sequence.size());
  first_sequence.push_back(attention.sequences);

  if (pieces < 2 * ThreadCount()) {
    std::vector<float> read, projected(rows * columns), mixed(rows * mixed_width);
    Product whole = project;
    if (norm.gamma)
      NormaliseRowsParallel(x.floats(), nullptr, rows, norm, Room(read, rows * width)), whole.x = read.data();
    whole.y = projected.data();
    MultiplyParallel(whole);
    ParallelFor((rows + kRowBlock - 1) / kRowBlock, [&](int64_t block) {
      const int64_t first = block * kRowBlock;
      turn(projected.data() + first * columns, first, std::min(kRowBlock, rows - first));
    });
    attention.qkv = projected.data();
    attention.result = mixed.data();
    Attend(attention);
    whole = join;
    whole.x = mixed.data();
    MultiplyParallel(whole);
    NormaliseRowsParallel(y, x.floats(), rows, sum_norm, y);
    return;
  }
  ParallelFor(pieces, [&](int64_t piece) {
    thread_local std::vector<float> read, projected, mixed;
    const int64_t first = first_row[first_sequence[piece]], count = first_row[first_sequence[piece + 1]] - first;
    Product part = project;
    part.x += first * width;
    if (norm.gamma) NormaliseRows(part.x, nullptr, count, norm, Room(read, count * width)), part.x = read.data();
    part.rows = count;
    part.y = Room(projected, count * columns);
    Multiply(part, 0, Panels(columns));
    turn(part.y, first, count);
    Attention mine = attention;
    mine.qkv = part.y;
    mine.result = Room(mixed, count * mixed_width);
    for (int64_t s = first_sequence[piece]; s < first_sequence[piece + 1]; s++)
      AttendSequence(mine, s, first_row[s] - first);
    part = join;
    part.x = mine.result;
    part.rows = count;
    part.y = y + first * width;
    Multiply(part, 0, Panels(width));
    NormaliseRows(part.y, x.floats() + first * width, count, sum_norm, part.y);
  });
}

void ComputeSoftmaxRegression(const Attributes& a, Call& call) {
  const Input &x = call[0], &weights = call[1], &intercepts = call[2], &labels = call[3];
  if (!call.Check(x.rank() == 2 && weights.rank() == 2 && weights.dim(1) == x.dim(1),
                  "The weights must be as wide as x."))
    return;
  if (!call.Check(labels.rank() == 2 && labels.dim(1) == x.dim(0), "There must be one label for each row.")) return;
  const int64_t sets = labels.dim(0), outputs = sets * a.classes;
  if (!call.Check(a.classes > 0 && weights.dim(0) == outputs && intercepts.size() == outputs,
                  "There must be one weight for each class of each set of labels."))
    return;
  const int32_t* label = labels.data<int32_t>();
  const bool known = std::all_of(label, label + labels.size(), [&](int32_t k) { return k >= 0 && k < a.classes; });
  if (!call.Check(known, "A label is not the number of a class.")) return;
  float *losses = call.Output(0, {sets}), *vectors = call.Output(1, {outputs, x.dim(1)}),
        *counts = call.Output(2, {outputs});
  if (!losses || !vectors || !counts) return;
  EvaluateSoftmaxRegression({x.floats(), x.dim(0), x.dim(1), weights.floats(), intercepts.floats(), label, sets,
                             a.classes, losses, vectors, counts});
}

void ComputeOuterProducts(const Attributes& a, Call& call) {
  const Input& x = call[0];
  if (!call.Check(x.rank() == 2, "x must have two dimensions.") ||
      !call.Check(a.first >= 0 && a.step > 0, "Rows are counted from 0, in steps of at least 1."))
    return;
  const int64_t columns = x.dim(1) + 1;
  float* result = call.Output(0, {columns, columns});
  if (result) SumOuterProducts(x.floats(), x.dim(0), x.dim(1), a.first, a.step, result);
}

void ComputeClassCurvature(const Attributes&, Call& call) {
  const Input &x = call[0], &chosen = call[1], &weights = call[2], &starts = call[3], &shared = call[4],
              &shares = call[5], &ridges = call[6];
  const int64_t classes = shares.size(), columns = x.dim(1) + 1, padded = PaddedColumns(x.dim(1));
  if (!call.Check(x.rank() == 2 && shared.size() == columns * columns && ridges.size() == classes &&
                      starts.size() == classes + 1 && weights.size() == chosen.size(),
                  "The curvature's parts do not fit each other."))
    return;
  const int32_t *row = chosen.data<int32_t>(), *start = starts.data<int32_t>();
  const bool known = std::all_of(row, row + chosen.size(), [&](int32_t r) { return r >= 0 && r < x.dim(0); });
  if (!call.Check(
          known && start[0] == 0 && start[classes] == chosen.size() && std::is_sorted(start, start + classes + 1),
          "A row is not one of x."))
    return;
  float* factors = call.Output(0, {classes, padded, padded});
  if (factors)
    FactorClassCurvature({x.floats(), x.dim(1), classes, row, weights.floats(), start, shared.floats(), shares.floats(),
                          ridges.floats(), factors});
}

void ComputeClassSolve(const Attributes&, Call& call) {
  const Input &factors = call[0], &vector = call[1];
  if (!call.Check(factors.rank() == 3 && vector.rank() == 2 && vector.dim(0) == factors.dim(0) &&
                      PaddedColumns(vector.dim(1) - 1) == factors.dim(1),
                  "The vector must be as wide as the factors."))
    return;
  float* result = call.Output(0, {vector.dim(0), vector.dim(1)});
  if (result)
    SolveClassCurvature(factors.floats(), vector.dim(0), vector.dim(1), factors.dim(1), vector.floats(), result);
}

const bool registered = [] {
  Register<ComputePack>("LayerscopePack", {"weight: float"}, {"panels: float"}, {});
  Register<ComputeDense>("LayerscopeDense", {"x: float", "weight: T", "bias: float"}, {"y: float"},
                         {"T: {float, half, bfloat16}", "outputs: int", "activation: int"});
  Register<ComputeDenseAddNorm>(
      "LayerscopeDenseAddNorm",
      {"x: float", "weight: T", "bias: float", "residual: float", "gamma: float", "beta: float"}, {"y: float"},
      {"T: {float, half, bfloat16}", "outputs: int", "epsilon: float"});
  Register<ComputeFeedForward>(
      "LayerscopeFeedForward",
      {"x: float", "norm_gamma: float", "norm_beta: float", "gate: G", "gate_bias: float", "up: T", "up_bias: float",
       "down: D", "down_bias: float", "gamma: float", "beta: float"},
      {"y: float"},
      {"G: {float, half, bfloat16}", "T: {float, half, bfloat16}", "D: {float, half, bfloat16}", "outputs: int",
       "activation: int", "epsilon: float", "rms: bool"});
  Register<ComputeEmbed>("LayerscopeEmbed", {"tables: N * float", "rows: N * int32", "gamma: float", "beta: float"},
                         {"y: float"}, {"N: int >= 1", "epsilon: float"});
  Register<ComputeTakeRows>("LayerscopeTakeRows", {"table: T", "rows: int32"}, {"y: float"}, {"T: {half, bfloat16}"});
  Register<ComputeLayerNorm>("LayerscopeLayerNorm", {"x: float", "residual: float", "gamma: float", "beta: float"},
                             {"y: float"}, {"epsilon: float", "rms: bool"});
  Register<ComputeRotate>("LayerscopeRotate", {"x: float", "cosines: float", "sines: float"}, {"y: float"},
                          {"heads: int", "depth: int"});
  const std::vector<const char*> attention = {"heads: int",        "key_value_heads: int", "scale: float",
                                              "score_cap: float",  "causal: bool",         "window: int",
                                              "keep_pattern: bool"};
  std::vector<const char*> sublayer = attention;
  sublayer.insert(sublayer.end(), {"T: {float, half, bfloat16}", "D: {float, half, bfloat16}", "outputs: int",
                                   "epsilon: float", "rms: bool"});
  Register<ComputeAttentionSublayer>(
      "LayerscopeAttentionSublayer",
      {"x: float", "norm_gamma: float", "norm_beta: float", "qkv: T", "qkv_bias: float", "out: D", "out_bias: float",
       "gamma: float", "beta: float", "cosines: float", "sines: float", "lengths: int32", "bias: float"},
      {"result: float", "pattern: float"}, sublayer);
  Register<ComputeAttention>("LayerscopeAttention", {"qkv: float", "lengths: int32", "bias: float"},
                             {"result: float", "pattern: float"}, attention);
  Register<ComputeSoftmaxRegression>("LayerscopeSoftmaxRegression",
                                     {"x: float", "weights: float", "intercepts: float", "labels: int32"},
                                     {"losses: float", "vectors: float", "counts: float"}, {"classes: int"});
  Register<ComputeOuterProducts>("LayerscopeOuterProducts", {"x: float"}, {"result: float"},
                                 {"first: int", "step: int"});
  Register<ComputeClassCurvature>("LayerscopeClassCurvature",
                                  {"x: float", "chosen: int32", "weights: float", "starts: int32", "shared: float",
                                   "shares: float", "ridges: float"},
                                  {"factors: float"}, {});
  Register<ComputeClassSolve>("LayerscopeClassSolve", {"factors: float", "vector: float"}, {"result: float"}, {});
  return true;
}();

}  // namespace
}  // namespace layerscope
