// One update of a parameter by its gradient, in place.
#pragma once

#include <cstdint>

namespace layerscope {

struct Update {
  float* parameter;
  const float* gradient;
  int64_t size;
  float factor;  // the gradient is multiplied by it first: clipping
  float decay;   // times the parameter is added to the gradient
};

struct Adam {
  float* first;  // moments (Kingma & Ba 2015, algorithm 1)
  float* second;
  float beta1, rest1, beta2, rest2, epsilon;  // rest = 1 - beta, rounded once
  float
      kept;  // the parameter is multiplied by it: 1 - rate times AdamW's decay (Loshchilov & Hutter 2019, algorithm 2)
  float rate;        // over 1 - beta1^k
  float correction;  // 1 / sqrt(1 - beta2^k)
};

void UpdateByAdam(const Update& update, const Adam& adam);

struct Momentum {
  float* velocity;
  float momentum, rate;
  bool nesterov;
  bool begins;  // the velocity is the gradient alone
};

void UpdateByMomentum(const Update& update, const Momentum& momentum);

// A spring that pulls a parameter back to where it started: strength / 2 times the sum of weight (parameter - start)^2.
struct Spring {
  const float* parameter;
  const float* start;   // null: 0
  const float* weight;  // null: 1
  int64_t size;
  float strength;
};

// pulled = gradient + strength weight (parameter - start); `gradient` may be null: 0. Returns the sum of
// weight (parameter - start)^2, in one order whatever the number of threads.
float PullBack(const Spring& spring, const float* gradient, float* pulled);

}  // namespace layerscope
