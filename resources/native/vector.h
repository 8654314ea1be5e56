// Vectors as wide as the processor's registers, in the compiler's own notation, so that one source serves AVX-512, AVX2
// and NEON.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__F16C__)
#include <immintrin.h>
#endif

namespace layerscope {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef int32_t IntVec __attribute__((vector_size(kLanes * sizeof(int32_t))));

inline Vec Load(const float* from) {
  Vec value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Numbers of 16 bits as checkpoints store them: IEEE 754 binary16, and bfloat16, the upper half of a float.
struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};

typedef uint16_t ShortVec __attribute__((vector_size(kLanes * sizeof(uint16_t))));

inline IntVec LoadBits(const void* from) {
  ShortVec bits;
  std::memcpy(&bits, from, sizeof bits);
  return __builtin_convertvector(bits, IntVec);
}

inline Vec AsFloats(IntVec bits) {
  Vec value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Widened exactly.
inline Vec Load(const Brain* from) { return AsFloats(LoadBits(from) << 16); }

// The same for finite numbers, also where the processor takes subnormal floats for zero.
inline Vec Load(const Half* from) {
#if defined(__AVX512F__)
  return (Vec)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
#elif defined(__F16C__)
  return (Vec)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#else
  const IntVec bits = LoadBits(from), magnitude = (bits & 0x7fff) << 13, smallest = IntVec{} + (113 << 23);
  const Vec normal = AsFloats(magnitude + (112 << 23)), subnormal = AsFloats(magnitude + smallest) - AsFloats(smallest);
  const IntVec chosen = (bits & 0x7c00) == 0 ? (IntVec)subnormal : (IntVec)normal;
  return AsFloats(chosen | (bits & 0x8000) << 16);
#endif
}

inline void Store(float* to, Vec value) { std::memcpy(to, &value, sizeof value); }

inline Vec Splat(float value) { return value - Vec{}; }

// Keeps a value in its register where the compiler would rather fetch it again for every use: with 16 registers
// fetching is what products wait for.
inline Vec Held(Vec value) {
#if defined(__x86_64__)
  asm("" : "+x"(value));
#endif
  return value;
}

inline Vec Max(Vec a, Vec b) { return a > b ? a : b; }

inline Vec Min(Vec a, Vec b) { return a < b ? a : b; }

// Combines all lanes by halving the vector: four steps for sixteen lanes instead of fifteen.
template <class V, class Combine>
inline float Reduce(V v, Combine combine) {
  constexpr int kCount = sizeof(V) / sizeof(float);
  if constexpr (kCount == 4) {
    return combine(combine(v[0], v[1]), combine(v[2], v[3]));
  } else {
    typedef float Half __attribute__((vector_size(sizeof(V) / 2)));
    Half halves[2];
    std::memcpy(halves, &v, sizeof v);
    return Reduce(combine(halves[0], halves[1]), combine);
  }
}

inline float Sum(Vec v) {
  return Reduce(v, [](auto a, auto b) { return a + b; });
}

inline float Largest(Vec v) {
  return Reduce(v, [](auto a, auto b) { return a > b ? a : b; });
}

// e^x to 2e-7 relative: x = n ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor series to r^7, 2^n by the exponent bits.
// Below -87 the result is 0, as a masked score wants it.
inline Vec Exp(Vec x) {
  const Vec magic = Splat(12582912.0f);  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const Vec clamped = Min(Max(x, Splat(-87.0f)), Splat(88.0f));
  const Vec shifted = clamped * 1.44269504f + magic;
  const Vec n = shifted - magic;
  const Vec r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  Vec p = Splat(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  IntVec bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  Vec power;
  std::memcpy(&power, &bits, sizeof power);
  return x < Splat(-87.0f) ? Vec{} : p * power;
}

// erf(x) to 3.5e-7: x P(x^2) / Q(x^2) on [-4, 4], fitted by weighted least squares to a relative error of 2.5e-8;
// beyond, +-1.
inline Vec Erf(Vec x) {
  const Vec c = Min(Max(x, Splat(-4.0f)), Splat(4.0f));
  const Vec t = c * c;
  Vec p = Splat(1.98679511e-6f);
  p = p * t + 2.84565763e-4f;
  p = p * t + 3.88331227e-3f;
  p = p * t + 5.31016444e-2f;
  p = p * t + 1.93544241e-1f;
  p = p * t + 1.12837914f;
  Vec q = Splat(3.74203026e-5f);
  q = q * t + 1.18556465e-3f;
  q = q * t + 1.52071851e-2f;
  q = q * t + 1.15349668e-1f;
  q = q * t + 5.04856674e-1f;
  q = q * t + 1.0f;
  return Min(Max(c * p / q, Splat(-1.0f)), Splat(1.0f));
}

inline Vec Sigmoid(Vec x) { return 1.0f / (1.0f + Exp(-x)); }

// 1 - 2 / (e^2x + 1); exact to float precision away from 0, and to 6e-8 absolute near it.
inline Vec Tanh(Vec x) { return 1.0f - 2.0f / (Exp(2.0f * x) + 1.0f); }

// The numbers are those that kernels.ts sends.
enum class Activation : int32_t { kNone = 0, kGelu = 1, kGeluTanh = 2, kRelu = 3, kSilu = 4, kTanh = 5 };

inline Vec Activate(Activation activation, Vec x) {
  switch (activation) {
    case Activation::kGelu:  // Hendrycks & Gimpel 2016, exact form
      return 0.5f * x * (1.0f + Erf(x * 0.70710678f));
    case Activation::kGeluTanh:
      return x * Sigmoid(1.59576912f * (x + 0.044715f * x * x * x));  // (1 + tanh u) / 2 = sigmoid(2 u)
    case Activation::kRelu:
      return Max(x, Vec{});
    case Activation::kSilu:
      return x * Sigmoid(x);
    case Activation::kTanh:
      return Tanh(x);
    case Activation::kNone:
      break;
  }
  return x;
}

}  // namespace layerscope
