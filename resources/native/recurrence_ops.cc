// Sums over tokens as operations of TensorFlow, as in ops.cc.

#include <algorithm>

#include "operation.h"
#include "recurrence.h"

namespace layerscope {
namespace {

bool CheckLengths(Call& call, const Input& lengths, int64_t rows) {
  const int32_t* length = lengths.data<int32_t>();
  int64_t total = 0;
  for (int64_t i = 0; i < lengths.size(); i++) {
    if (!call.Check(length[i] >= 0, "A sequence has no negative length.")) return false;
    total += length[i];
  }
  return call.Check(total == rows, "There must be one row for each token of the sequences.");
}

void ComputeConvolve(const Attributes& a, Call& call) {
  const Input &x = call[0], &weight = call[1], &bias = call[2], &lengths = call[3];
  if (!call.Check(x.rank() == 2 && weight.rank() == 2 && weight.dim(1) == x.dim(1) &&
                      (bias.size() == 0 || bias.size() == x.dim(1)),
                  "Weight and bias must be as wide as x."))
    return;
  if (!CheckLengths(call, lengths, x.dim(0))) return;
  float* y = call.Output(0, {x.dim(0), x.dim(1)});
  if (y)
    Convolve({x.floats(), x.dim(1), weight.floats(), weight.dim(0), bias.floatsOrNull(), a.wanted,
              lengths.data<int32_t>(), lengths.size(), y});
}

void ComputeScan(const Attributes& a, Call& call) {
  const Input &x = call[0], &step = call[1], &decay = call[2], &input = call[3], &output = call[4], &skip = call[5],
              &lengths = call[6];
  if (!call.Check(x.rank() == 2 && step.rank() == 2 && decay.rank() == 2 && input.rank() == 2 && output.rank() == 2,
                  "The parts of a scan have two dimensions."))
    return;
  const int64_t rows = x.dim(0), channels = x.dim(1), heads = decay.dim(0), decays = decay.dim(1), groups = a.heads;
  if (!call.Check(groups > 0 && heads > 0 && channels % heads == 0 && heads % groups == 0 && input.dim(1) % groups == 0,
                  "Channels, heads and groups must divide."))
    return;
  const int64_t state = input.dim(1) / groups;
  if (!call.Check(step.dim(0) == rows && step.dim(1) == heads && input.dim(0) == rows && output.dim(0) == rows &&
                      output.dim(1) == input.dim(1) && skip.size() == heads && (decays == 1 || decays == state),
                  "The parts of a scan do not fit each other."))
    return;
  if (!CheckLengths(call, lengths, rows)) return;
  float* y = call.Output(0, {rows, channels});
  float* states = call.Output(1, {a.wanted ? rows : 0, channels * state});
  if (y && (states || rows == 0 || !a.wanted))
    ScanSequences({x.floats(), step.floats(), decay.floats(), input.floats(), output.floats(), skip.floats(), channels,
                   heads, groups, state, decays, lengths.data<int32_t>(), lengths.size(), y,
                   a.wanted ? states : nullptr});
}

const bool registered = [] {
  Register<ComputeConvolve>("LayerscopeConvolve", {"x: float", "weight: float", "bias: float", "lengths: int32"},
                            {"y: float"}, {"wanted: bool"});
  Register<ComputeScan>(
      "LayerscopeScan",
      {"x: float", "step: float", "decay: float", "input: float", "output: float", "skip: float", "lengths: int32"},
      {"y: float", "states: float"}, {"heads: int", "wanted: bool"});
  return true;
}();

}  // namespace
}  // namespace layerscope
