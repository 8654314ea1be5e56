#include "recurrence.h"

#include <algorithm>
#include <vector>

#include "attention.h"
#include "parallel.h"
#include "vector.h"

namespace layerscope {
namespace {

// Rows of a convolution that one thread takes at a time.
constexpr int64_t kRowsApiece = 64;

void ConvolveRow(const Convolution& c, int64_t row, int64_t place) {
  const int64_t channels = c.channels, whole = channels - channels % kLanes,
                first = std::max<int64_t>(0, c.kernel - 1 - place);
  const float* x = c.x + (row - (c.kernel - 1)) * channels;  // of tap 0; read from `first` on
  float* y = c.y + row * channels;
  const auto finished = [&](Vec sum) { return c.silu ? sum * Sigmoid(sum) : sum; };
  for (int64_t i = 0; i < whole; i += kLanes) {
    Vec sum = c.bias ? Load(c.bias + i) : Vec{};
    for (int64_t k = first; k < c.kernel; k++) sum += Load(c.weight + k * channels + i) * Load(x + k * channels + i);
    Store(y + i, finished(sum));
  }
  for (int64_t i = whole; i < channels; i++) {
    float sum = c.bias ? c.bias[i] : 0.0f;
    for (int64_t k = first; k < c.kernel; k++) sum += c.weight[k * channels + i] * x[k * channels + i];
    y[i] = finished(Splat(sum))[0];
  }
}

// Up to kLanes channels of one group, in one sequence: each lane is a channel.
void ScanLanes(const Scan& s, int64_t first_row, int64_t tokens, int64_t channel, int count, std::vector<float>& room) {
  const int64_t width = s.channels / s.heads, group = channel / (s.channels / s.groups), columns = s.groups * s.state;
  // [state, kLanes] twice: the state and, where every number of it decays by its own, the decays.
  room.assign(2 * s.state * kLanes, 0.0f);
  float *h = room.data(), *decays = h + s.state * kLanes;
  float skips[kLanes] = {}, rates[kLanes] = {};
  for (int l = 0; l < count; l++) {
    const int64_t head = (channel + l) / width;
    skips[l] = s.skip[head];
    rates[l] = s.decay[head * s.decays];
    if (s.decays > 1)
      for (int64_t n = 0; n < s.state; n++) decays[n * kLanes + l] = s.decay[head * s.decays + n];
  }
  const Vec skip = Load(skips), rate = Load(rates);
  const bool full = count == kLanes;
  const auto lanes = [&](const float* from) {
    if (full) return Load(from);
    Vec value{};
    for (int l = 0; l < count; l++) value[l] = from[l];
    return value;
  };
  for (int64_t t = 0; t < tokens; t++) {
    const int64_t row = first_row + t;
    const Vec x = lanes(s.x + row * s.channels + channel);
    Vec step;
    if (width == 1) {
      step = lanes(s.step + row * s.heads + channel);
    } else {
      step = Vec{};
      for (int l = 0; l < count; l++) step[l] = s.step[row * s.heads + (channel + l) / width];
    }
    const Vec scaled = step * x;
    const float *in = s.input + row * columns + group * s.state, *out = s.output + row * columns + group * s.state;
    Vec sum = skip * x;
    if (s.decays > 1) {
      for (int64_t n = 0; n < s.state; n++) {
        const Vec next = Exp(step * Load(decays + n * kLanes)) * Load(h + n * kLanes) + scaled * in[n];
        Store(h + n * kLanes, next);
        sum += next * out[n];
      }
    } else {
      const Vec kept = Exp(step * rate);
      for (int64_t n = 0; n < s.state; n++) {
        const Vec next = kept * Load(h + n * kLanes) + scaled * in[n];
        Store(h + n * kLanes, next);
        sum += next * out[n];
      }
    }
    float* y = s.y + row * s.channels + channel;
    if (full)
      Store(y, sum);
    else
      for (int l = 0; l < count; l++) y[l] = sum[l];
    if (s.states)
      for (int l = 0; l < count; l++)
        for (int64_t n = 0; n < s.state; n++)
          s.states[(row * s.channels + channel + l) * s.state + n] = h[n * kLanes + l];
  }
}

}  // namespace

void Convolve(const Convolution& c) {
  const std::vector<int64_t> starts = FirstRows(c.lengths, c.sequences);
  const int64_t rows = starts[c.sequences];
  ParallelFor((rows + kRowsApiece - 1) / kRowsApiece, [&](int64_t piece) {
    const int64_t first = piece * kRowsApiece, last = std::min(rows, first + kRowsApiece);
    int64_t sequence = std::upper_bound(starts.begin(), starts.end(), first) - starts.begin() - 1;
    for (int64_t row = first; row < last; row++) {
      while (row >= starts[sequence + 1]) sequence++;
      ConvolveRow(c, row, row - starts[sequence]);
    }
  });
}

void ScanSequences(const Scan& s) {
  const std::vector<int64_t> starts = FirstRows(s.lengths, s.sequences);
  const int64_t of_group = s.channels / s.groups, blocks = (of_group + kLanes - 1) / kLanes;
  ParallelFor(s.sequences * s.groups * blocks, [&](int64_t piece) {
    const int64_t sequence = piece / (s.groups * blocks), group = piece / blocks % s.groups,
                  first = piece % blocks * kLanes;
    const int64_t count = std::min<int64_t>(kLanes, of_group - first);
    thread_local std::vector<float> room;
    ScanLanes(s, starts[sequence], s.lengths[sequence], group * of_group + first, static_cast<int>(count), room);
  });
}

}  // namespace layerscope
