import type { CurveParameters } from './umapCurve'

/**
 * The two coefficients of UMAP's gradient as functions of the squared distance s (McInnes, Healy & Melville 2018,
 * section 3.2): a step along an edge moves by `attraction(s)` times the difference of the two points, one away from a
 * negative sample by `repulsion(s)` times it.
 */
export interface GradientCoefficients {
  /** -2ab s^(b-1) / (1 + a s^b) */
  attraction(squared: number): number
  /** 2 gamma b / ((0.001 + s) (1 + a s^b)); 0.001 keeps it finite, as in umap-learn. */
  repulsion(squared: number): number
}

export function gradientCoefficients({ a, b }: CurveParameters, repulsionStrength: number): GradientCoefficients {
  return {
    attraction: (squared) => (-2 * a * b * squared ** (b - 1)) / (1 + a * squared ** b),
    repulsion: (squared) => (2 * repulsionStrength * b) / ((0.001 + squared) * (1 + a * squared ** b))
  }
}

/**
 * Pieces per doubling of s. A chord of s^p over 1/32 of an octave is off by at most p (p - 1) / 8 / 32^2 of the value,
 * where p lies between b - 1 and -1 for the attraction and between 0 and -1 - b for the repulsion: 7e-4 at most with
 * UMAP's defaults.
 */
const PIECES_PER_OCTAVE_BITS = 5
const LEAST_EXPONENT = -40
const GREATEST_EXPONENT = 28

/**
 * Where the table begins. Added to a squared distance it keeps it in the table and off zero, and changes nothing else:
 * it is a distance of a millionth, in a layout some tens wide.
 */
export const TABLE_LEAST = 2 ** LEAST_EXPONENT
/** Where the table ends. */
export const TABLE_GREATEST = 2 ** GREATEST_EXPONENT

const EXPONENT_BIAS = 1023
const MANTISSA_BITS_IN_HIGH_WORD = 20

/** How far to shift the upper 32 bits of a double to get a piece's number, and what to take off it then. */
export const PIECE_SHIFT = MANTISSA_BITS_IN_HIGH_WORD - PIECES_PER_OCTAVE_BITS
export const PIECE_OFFSET = (LEAST_EXPONENT + EXPONENT_BIAS) << PIECES_PER_OCTAVE_BITS

/** Which of a double's two 32-bit words holds sign, exponent and the first mantissa bits on this machine. */
export const HIGH_WORD = new Uint32Array(new Float64Array([1]).buffer)[1] === 0 ? 0 : 1

/**
 * A function as straight pieces in pairs [intercept, slope]: piece i covers 1/32 of an octave, found by the upper bits
 * of s alone, because a power costs more than all the rest of a gradient step. The relative error, 7e-4 at most with
 * UMAP's defaults, is far below the noise of the sampling it is used in.
 */
export function tabulate(coefficient: (squared: number) => number): Float64Array {
  const octaves = GREATEST_EXPONENT - LEAST_EXPONENT
  const pieces = 1 << PIECES_PER_OCTAVE_BITS
  const table = new Float64Array(octaves * pieces * 2)
  for (let piece = 0; piece < octaves * pieces; piece++) {
    const octave = 2 ** (LEAST_EXPONENT + Math.floor(piece / pieces))
    const from = octave * (1 + (piece % pieces) / pieces)
    const to = octave * (1 + ((piece % pieces) + 1) / pieces)
    const slope = (coefficient(to) - coefficient(from)) / (to - from)
    table[2 * piece] = coefficient(from) - slope * from
    table[2 * piece + 1] = slope
  }
  return table
}

/**
 * A squared distance from which on `coefficient` times the distance stays within `limit`, at most an eighth of an
 * octave too large.
 */
export function unclippedFrom(coefficient: (squared: number) => number, limit: number): number {
  for (let exponent = GREATEST_EXPONENT; exponent > LEAST_EXPONENT; exponent -= 1 / 8) {
    const squared = 2 ** (exponent - 1 / 8)
    if (Math.abs(coefficient(squared)) * Math.sqrt(squared) > limit) return 2 ** exponent
  }
  return TABLE_LEAST
}
