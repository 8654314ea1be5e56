#include "optimisers.h"

#include <algorithm>
#include <vector>

#include "parallel.h"

namespace layerscope {
namespace {

constexpr int64_t kNumbersApiece = 1 << 14;

template <class Piece>
void ForPieces(int64_t size, const Piece& piece) {
  ParallelFor((size + kNumbersApiece - 1) / kNumbersApiece,
              [&](int64_t i) { piece(i * kNumbersApiece, std::min(size, (i + 1) * kNumbersApiece)); });
}

// A function of its own, for the compiler to see that nothing overlaps.
void AdamPiece(int64_t size, float* __restrict parameter, float* __restrict first, float* __restrict second,
               const float* __restrict gradient, const Update& u, const Adam& a) {
  const float factor = u.factor, decay = u.decay, beta1 = a.beta1, beta2 = a.beta2, rest1 = a.rest1, rest2 = a.rest2;
  const float kept = a.kept, rate = a.rate, correction = a.correction, epsilon = a.epsilon;
  for (int64_t i = 0; i < size; i++) {
    const float old = parameter[i] * kept, pulled = gradient[i] * factor + old * decay;
    const float m = first[i] * beta1 + pulled * rest1, v = second[i] * beta2 + pulled * pulled * rest2;
    first[i] = m;
    second[i] = v;
    parameter[i] = old - m / (__builtin_sqrtf(v) * correction + epsilon) * rate;
  }
}

void MomentumPiece(int64_t size, float* __restrict parameter, float* __restrict velocity,
                   const float* __restrict gradient, const Update& u, const Momentum& m) {
  const float factor = u.factor, decay = u.decay, momentum = m.momentum, rate = m.rate;
  for (int64_t i = 0; i < size; i++) {
    const float pulled = gradient[i] * factor + parameter[i] * decay;
    const float speed = m.begins ? pulled : velocity[i] * momentum + pulled;
    velocity[i] = speed;
    parameter[i] -= (m.nesterov ? pulled + speed * momentum : speed) * rate;
  }
}

// Sums in lanes, which the compiler keeps side by side.
template <bool kStart, bool kWeight, bool kGradient>
float PullPiece(int64_t from, int64_t to, const Spring& s, const float* __restrict gradient, float* __restrict pulled) {
  constexpr int kLanes = 32;
  const float* __restrict parameter = s.parameter, * __restrict start = s.start, * __restrict weight = s.weight;
  const float strength = s.strength;
  float sums[kLanes] = {};
  const auto one = [&](int64_t i) {
    const float away = kStart ? parameter[i] - start[i] : parameter[i];
    const float weighted = kWeight ? away * weight[i] : away;
    pulled[i] = kGradient ? gradient[i] + weighted * strength : weighted * strength;
    return weighted * away;
  };
  int64_t i = from;
  for (; i + kLanes <= to; i += kLanes)
    for (int k = 0; k < kLanes; k++) sums[k] += one(i + k);
  for (; i < to; i++) sums[0] += one(i);
  float sum = 0;
  for (float lane : sums) sum += lane;
  return sum;
}

using PullFunction = float (*)(int64_t, int64_t, const Spring&, const float*, float*);

PullFunction PullFor(bool start, bool weight, bool gradient) {
  if (start && weight) return gradient ? PullPiece<true, true, true> : PullPiece<true, true, false>;
  if (start) return gradient ? PullPiece<true, false, true> : PullPiece<true, false, false>;
  if (weight) return gradient ? PullPiece<false, true, true> : PullPiece<false, true, false>;
  return gradient ? PullPiece<false, false, true> : PullPiece<false, false, false>;
}

}  // namespace

float PullBack(const Spring& s, const float* gradient, float* pulled) {
  const PullFunction piece = PullFor(s.start, s.weight, gradient);
  std::vector<float> sums((s.size + kNumbersApiece - 1) / kNumbersApiece);
  ForPieces(s.size,
            [&](int64_t from, int64_t to) { sums[from / kNumbersApiece] = piece(from, to, s, gradient, pulled); });
  double total = 0;
  for (float sum : sums) total += sum;
  return static_cast<float>(total);
}

void UpdateByAdam(const Update& u, const Adam& a) {
  ForPieces(u.size, [&](int64_t from, int64_t to) {
    AdamPiece(to - from, u.parameter + from, a.first + from, a.second + from, u.gradient + from, u, a);
  });
}

void UpdateByMomentum(const Update& u, const Momentum& m) {
  ForPieces(u.size, [&](int64_t from, int64_t to) {
    MomentumPiece(to - from, u.parameter + from, m.velocity + from, u.gradient + from, u, m);
  });
}

}  // namespace layerscope
