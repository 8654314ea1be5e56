/**
 * Control tasks (Hewitt & Liang 2019, section 2.1): every word type gets one label at random, so that only a probe that
 * can memorise types does well on it. As there (footnote 2) the labels follow the distribution of the real ones; a
 * uniform draw would make the control an easier or a harder task than the real one by its entropy alone. Types that
 * occur in the test data only get their label by the same draw.
 */

/**
 * Control labels of items by their type. A type's label depends on nothing but its text, the seed and `shares`, not on
 * order or on other types.
 * @param shares of every class among the real training labels; a class of share 0 is never drawn
 */
export function controlLabels(types: readonly string[], shares: Float64Array, seed: number): Int32Array {
  const steps = cumulative(shares)
  const known = new Map<string, number>()
  return Int32Array.from(types, (type) => {
    let label = known.get(type)
    if (label === undefined) {
      label = classAt(steps, uniform(type, seed))
      known.set(type, label)
    }
    return label
  })
}

function cumulative(shares: Float64Array): Float64Array {
  let sum = 0
  const steps = shares.map((share) => (sum += share))
  // Rounding must not leave a gap below 1 that the last class would fall into although its share is 0.
  return steps.map((step) => step / sum)
}

function classAt(steps: Float64Array, position: number): number {
  const found = steps.findIndex((step) => position < step)
  return found < 0 ? steps.length - 1 : found
}

// FNV-1a over UTF-16 code units, finished like MurmurHash3 so that similar words land far apart: 32 bits as a share of
// 1.
function uniform(text: string, seed: number): number {
  let hash = mix(0x811c9dc5 ^ mix(Math.trunc(seed) | 0))
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (mix(hash) >>> 0) / 4294967296
}

function mix(bits: number): number {
  let h = bits
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
