// The LSTM as an operation of TensorFlow; see ops.cc.

#include "lstm.h"
#include "operation.h"

namespace layerscope {
namespace {

bool IsPacked(const Input& weight, int64_t inputs, int64_t outputs) {
  return weight.rank() == 3 && weight.dim(2) == kPanel && weight.dim(1) == inputs && weight.dim(0) == Panels(outputs);
}

void ComputeLstm(const Attributes& a, Call& call) {
  const Input &gates = call[0], &lengths = call[1], &recurrent = call[2], &projection = call[3];
  const int64_t outputs = a.outputs, hidden = gates.rank() == 2 ? gates.dim(1) / 4 : 0;
  if (!call.Check(gates.rank() == 2 && gates.dim(1) == 4 * hidden, "The gates must have four equal parts.")) return;
  if (!call.Check(IsPacked(recurrent, outputs, 4 * hidden),
                  "The recurrent weight does not lead from the outputs to the gates."))
    return;
  const bool projected = projection.size() > 0;
  if (!call.Check(projected ? IsPacked(projection, hidden, outputs) : outputs == hidden,
                  "The outputs are not those of the projection."))
    return;
  const int32_t* length = lengths.data<int32_t>();
  int64_t total = 0;
  for (int64_t s = 0; s < lengths.size(); s++) {
    if (!call.Check(length[s] >= 0, "A sequence has a length below 0.")) return;
    total += length[s];
  }
  if (!call.Check(total == gates.dim(0), "There must be one row for each token of the sequences.")) return;
  if (float* y = call.Output(0, {total, outputs}))
    RunLstm({gates.floats(), hidden, length, lengths.size(), a.backward, recurrent.floats(), projection.floatsOrNull(),
             outputs, a.cell_clip, a.projection_clip, y});
}

const bool registered = [] {
  Register<ComputeLstm>("LayerscopeLstm", {"gates: float", "lengths: int32", "recurrent: float", "projection: float"},
                        {"y: float"}, {"outputs: int", "backward: bool", "cell_clip: float", "projection_clip: float"});
  return true;
}();

}  // namespace
}  // namespace layerscope
