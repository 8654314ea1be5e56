// Operations that training adds: products with weights as a checkpoint stores them, the gradients of the kernels, and
// the optimisers' updates.

#include <algorithm>
#include <vector>

#include "attention.h"
#include "dense.h"
#include "gradients.h"
#include "operation.h"
#include "optimisers.h"
#include "parallel.h"

namespace layerscope {
namespace {

bool CheckMatrix(Call& call, const Input& x) { return call.Check(x.rank() == 2, "A matrix has two dimensions."); }

// weight [outputs, inputs] -> the panels of its transpose
void ComputePackTransposed(const Attributes&, Call& call) {
  if (!CheckMatrix(call, call[0])) return;
  const int64_t outputs = call[0].dim(0), inputs = call[0].dim(1);
  if (float* panels = call.Output(0, {Panels(outputs), inputs, kPanel}))
    PackTransposedParallel(call[0].floats(), inputs, outputs, panels);
}

// x weight + bias, or with `transposed` x weight' + bias: for a weight that is used once.
void ComputeDenseOnce(const Attributes& a, Call& call) {
  const Input &x = call[0], &weight = call[1], &bias = call[2];
  if (!CheckMatrix(call, x) || !CheckMatrix(call, weight)) return;
  const int64_t inputs = weight.dim(a.transposed ? 1 : 0), outputs = weight.dim(a.transposed ? 0 : 1);
  if (!call.Check(x.dim(1) == inputs, "The weight has another number of inputs than x has columns.")) return;
  if (!call.Check(bias.size() == 0 || bias.size() == outputs, "The bias has another length than the outputs.")) return;
  float* y = call.Output(0, {x.dim(0), outputs});
  if (!y) return;
  std::vector<float> large;
  thread_local std::vector<float> kept;
  // Those of a layer are kept from call to call; a vocabulary's are not.
  const int64_t size = Panels(outputs) * inputs * kPanel;
  float* panels = Room(size > (int64_t{1} << 23) ? large : kept, size);
  if (a.transposed)
    PackTransposedParallel(weight.floats(), inputs, outputs, panels);
  else
    PackPanels(weight.floats(), inputs, outputs, panels);
  MultiplyParallel(
      {x.floats(), x.dim(0), inputs, panels, inputs, outputs, bias.floatsOrNull(), a.activation, y, outputs});
}

// x' y, and with `wanted` the sums of x's columns.
void ComputeTransposedProduct(const Attributes& a, Call& call) {
  const Input &x = call[0], &y = call[1];
  if (!CheckMatrix(call, x) || !CheckMatrix(call, y) ||
      !call.Check(x.dim(0) == y.dim(0), "Both matrices need the same rows."))
    return;
  float *result = call.Output(0, {x.dim(1), y.dim(1)}), *sums = call.Output(1, {a.wanted ? x.dim(1) : 0});
  if (result && (sums || !a.wanted))
    MultiplyTransposed({x.floats(), x.dim(1), y.floats(), y.dim(1), x.dim(0), result, a.wanted ? sums : nullptr});
}

void ComputeColumnSums(const Attributes&, Call& call) {
  if (!CheckMatrix(call, call[0])) return;
  if (float* sums = call.Output(0, {call[0].dim(1)}))
    SumColumns(call[0].floats(), call[0].dim(0), call[0].dim(1), sums);
}

void ComputeActivate(const Attributes& a, Call& call) {
  const Input& x = call[0];
  if (!CheckMatrix(call, x)) return;
  if (float* y = call.Output(0, {x.dim(0), x.dim(1)})) ActivateAll(a.activation, x.floats(), x.size(), y);
}

void ComputeActivationGradient(const Attributes& a, Call& call) {
  const Input &dy = call[0], &x = call[1];
  if (!CheckMatrix(call, x) || !call.Check(dy.size() == x.size(), "The gradient has another size than the result."))
    return;
  if (float* dx = call.Output(0, {x.dim(0), x.dim(1)}))
    ActivationBackward(a.activation, dy.floats(), x.floats(), x.size(), dx);
}

void ComputeNormGradient(const Attributes& a, Call& call) {
  const Input &dy = call[0], &x = call[1], &residual = call[2], &gamma = call[3];
  if (!CheckMatrix(call, x) || !call.Check(gamma.size() == x.dim(1), "gamma must be as long as a row.")) return;
  if (!call.Check(dy.size() == x.size() && (residual.size() == 0 || residual.size() == x.size()),
                  "Gradient and residual must have the size of x."))
    return;
  float *dx = call.Output(0, {x.dim(0), x.dim(1)}), *dgamma = call.Output(1, {x.dim(1)}),
        *dbeta = call.Output(2, {x.dim(1)});
  if (!dx || !dgamma || !dbeta) return;
  NormBackward({gamma.floats(), nullptr, a.epsilon, x.dim(1), a.rms},
               {dy.floats(), x.floats(), residual.floatsOrNull(), x.dim(0), dx, dgamma, dbeta});
}

void ComputeAttentionGradient(const Attributes& a, Call& call) {
  const Input &dy = call[0], &qkv = call[1], &lengths = call[2], &bias = call[3];
  if (!CheckMatrix(call, qkv) || !CheckMatrix(call, dy)) return;
  Attention attention;
  attention.qkv = qkv.floats();
  if (!ReadAttention(a, call, lengths, bias, attention, qkv.dim(0), qkv.dim(1))) return;
  if (!call.Check(dy.dim(0) == qkv.dim(0) && dy.dim(1) == attention.width(),
                  "The gradient has another shape than the result."))
    return;
  std::vector<int64_t> shape;
  for (int i = 0; i < bias.rank(); i++) shape.push_back(a.wanted ? bias.dim(i) : 0);
  float *changed = call.Output(0, {qkv.dim(0), qkv.dim(1)}), *bias_gradient = call.Output(1, shape);
  if (changed && (bias_gradient || !a.wanted))
    AttendBackward(attention, {dy.floats(), changed, a.wanted ? bias_gradient : nullptr, bias.size()});
}

void ComputeScatterRows(const Attributes& a, Call& call) {
  const Input &dy = call[0], &index = call[1];
  if (!CheckMatrix(call, dy) || !call.Check(index.size() == dy.dim(0), "There must be one index for each row.")) return;
  const int32_t* entry = index.data<int32_t>();
  const bool inside = std::all_of(entry, entry + index.size(), [&](int32_t e) { return e >= 0 && e < a.entries; });
  if (!call.Check(inside, "An index points outside its table.")) return;
  if (float* table = call.Output(0, {a.entries, dy.dim(1)}))
    ScatterRows(dy.floats(), entry, dy.dim(0), dy.dim(1), a.entries, table);
}

void ComputeSquareSums(const Attributes& a, Call& call) {
  float* sums = call.Output(0, {a.tables});
  for (int i = 0; sums && i < a.tables; i++) sums[i] = SumSquares(call[i].floats(), call[i].size());
}

// Scores and labels at inputs `first` and after it. False after a failure.
bool ReadSoftmaxLoss(Call& call, int first, SoftmaxLoss* loss) {
  const Input &scores = call[first], &labels = call[first + 1];
  if (!CheckMatrix(call, scores) ||
      !call.Check(labels.size() == scores.dim(0) && scores.dim(1) > 0, "There must be one label for each row."))
    return false;
  *loss = {scores.floats(), labels.data<int32_t>(), scores.dim(0), scores.dim(1)};
  const bool known = std::all_of(loss->labels, loss->labels + loss->rows, [&](int32_t k) { return k < loss->classes; });
  return call.Check(known, "A label is not the number of a class.");
}

void ComputeSoftmaxLoss(const Attributes&, Call& call) {
  SoftmaxLoss loss;
  if (!ReadSoftmaxLoss(call, 0, &loss)) return;
  if (float* losses = call.Output(0, {loss.rows})) SoftmaxLosses(loss, losses);
}

void ComputeSoftmaxLossGradient(const Attributes&, Call& call) {
  SoftmaxLoss loss;
  if (!ReadSoftmaxLoss(call, 1, &loss) ||
      !call.Check(call[0].size() == loss.rows, "There must be one gradient for each row."))
    return;
  if (float* gradient = call.Output(0, {loss.rows, loss.classes}))
    SoftmaxLossBackward(loss, call[0].floats(), gradient);
}

// Numbers that change from step to step come as a tensor: TensorFlow keeps a kernel for every value of an attribute.
bool ReadUpdate(Call& call, int averages, int numbers, Update* update) {
  const Input &parameter = call[0], &gradient = call[1], &given = call[2 + averages];
  bool fits = gradient.size() == parameter.size() && given.size() == numbers;
  for (int i = 0; i < averages; i++) fits = fits && call[2 + i].size() == parameter.size();
  if (!call.Check(fits, "Parameter, gradient and averages must have one size.") || !call.Output(0, {1})) return false;
  *update = {parameter.changeable(), gradient.floats(), parameter.size(), given.floats()[0], given.floats()[1]};
  return true;
}

void ComputeAdam(const Attributes&, Call& call) {
  Update update;
  if (!ReadUpdate(call, 2, 10, &update)) return;
  const float* n = call[4].floats();
  UpdateByAdam(update, {call[2].changeable(), call[3].changeable(), n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9]});
}

void ComputeMomentum(const Attributes&, Call& call) {
  Update update;
  if (!ReadUpdate(call, 1, 6, &update)) return;
  const float* n = call[3].floats();
  UpdateByMomentum(update, {call[2].changeable(), n[2], n[3], n[4] != 0, n[5] != 0});
}

// gradient + strength weight (parameter - start), and the sum of weight (parameter - start)^2; what is absent is 0 or,
// of weights, 1.
void ComputePull(const Attributes&, Call& call) {
  const Input &gradient = call[0], &parameter = call[1], &start = call[2], &weight = call[3], &numbers = call[4];
  const int64_t size = parameter.size();
  const auto fits = [&](const Input& x) { return x.size() == 0 || x.size() == size; };
  if (!call.Check(fits(gradient) && fits(start) && fits(weight) && numbers.size() == 1,
                  "Gradient, parameter, start and weight must have one size."))
    return;
  std::vector<int64_t> shape;
  for (int i = 0; i < parameter.rank(); i++) shape.push_back(parameter.dim(i));
  float *pulled = call.Output(0, shape), *sum = call.Output(1, {1});
  if (pulled && sum)
    *sum = PullBack({parameter.floats(), start.floatsOrNull(), weight.floatsOrNull(), size, numbers.floats()[0]},
                    gradient.floatsOrNull(), pulled);
}

const bool registered = [] {
  Register<ComputePackTransposed>("LayerscopePackTransposed", {"weight: float"}, {"panels: float"}, {});
  Register<ComputeDenseOnce>("LayerscopeDenseOnce", {"x: float", "weight: float", "bias: float"}, {"y: float"},
                             {"transposed: bool", "activation: int"});
  Register<ComputeTransposedProduct>("LayerscopeTransposedProduct", {"x: float", "y: float"},
                                     {"result: float", "sums: float"}, {"wanted: bool"});
  Register<ComputeColumnSums>("LayerscopeColumnSums", {"x: float"}, {"sums: float"}, {});
  Register<ComputeActivate>("LayerscopeActivate", {"x: float"}, {"y: float"}, {"activation: int"});
  Register<ComputeActivationGradient>("LayerscopeActivationGradient", {"dy: float", "x: float"}, {"dx: float"},
                                      {"activation: int"});
  Register<ComputeNormGradient>("LayerscopeNormGradient", {"dy: float", "x: float", "residual: float", "gamma: float"},
                                {"dx: float", "dgamma: float", "dbeta: float"}, {"epsilon: float", "rms: bool"});
  Register<ComputeAttentionGradient>("LayerscopeAttentionGradient",
                                     {"dy: float", "qkv: float", "lengths: int32", "bias: float"},
                                     {"dqkv: float", "dbias: float"},
                                     {"heads: int", "key_value_heads: int", "scale: float", "score_cap: float",
                                      "causal: bool", "window: int", "wanted: bool"});
  Register<ComputeScatterRows>("LayerscopeScatterRows", {"dy: float", "index: int32"}, {"table: float"},
                               {"entries: int"});
  Register<ComputeSoftmaxLoss>("LayerscopeSoftmaxLoss", {"scores: float", "labels: int32"}, {"losses: float"}, {});
  Register<ComputeSoftmaxLossGradient>("LayerscopeSoftmaxLossGradient", {"dy: float", "scores: float", "labels: int32"},
                                       {"dscores: float"}, {});
  Register<ComputeSquareSums>("LayerscopeSquareSums", {"x: N * float"}, {"sums: float"}, {"N: int >= 1"});
  Register<ComputeAdam>("LayerscopeAdam",
                        {"parameter: float", "gradient: float", "first: float", "second: float", "numbers: float"},
                        {"done: float"}, {});
  Register<ComputeMomentum>("LayerscopeMomentum",
                            {"parameter: float", "gradient: float", "velocity: float", "numbers: float"},
                            {"done: float"}, {});
  Register<ComputePull>("LayerscopePull",
                        {"gradient: float", "parameter: float", "start: float", "weight: float", "numbers: float"},
                        {"pulled: float", "sum: float"}, {});
  return true;
}();

}  // namespace
}  // namespace layerscope
