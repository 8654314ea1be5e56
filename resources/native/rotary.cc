#include "rotary.h"

#include "vector.h"

namespace layerscope {

void RotateRows(float* x, int64_t rows, int64_t stride, int64_t heads, int64_t depth, const Rotary& rotary) {
  const int64_t half = rotary.half, whole = half - half % kLanes;
  for (int64_t r = 0; r < rows; r++) {
    const float *cosine = rotary.cosines + r * half, *sine = rotary.sines + r * half;
    for (int64_t h = 0; h < heads; h++) {
      float *first = x + r * stride + h * depth, *second = first + half;
      for (int64_t i = 0; i < whole; i += kLanes) {
        const Vec a = Load(first + i), b = Load(second + i), c = Load(cosine + i), s = Load(sine + i);
        Store(first + i, a * c - b * s);
        Store(second + i, b * c + a * s);
      }
      for (int64_t i = whole; i < half; i++) {
        const float a = first[i], b = second[i];
        first[i] = a * cosine[i] - b * sine[i];
        second[i] = b * cosine[i] + a * sine[i];
      }
    }
  }
}

}  // namespace layerscope
