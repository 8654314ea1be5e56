import { UserError } from '@shared/userError'

/** The variable in which a host passes on the largest single allocation of its runtime, in bytes. */
export const largestArrayVariable = 'LAYERSCOPE_LARGEST_ARRAY'

/**
 * The largest single allocation, in bytes. The desktop shell's allocator gives at most about 2 GiB at once, to
 * JavaScript and to libraries, and ends the process beyond that; plain Node has no such limit.
 */
export function largestArray(): number {
  return Number(process.env[largestArrayVariable]) || Infinity
}

/**
 * Refuses an array that this process cannot hold in one piece, before it is asked for.
 * @param what is to be held, for the sentence
 * @throws UserError with both sizes
 */
export function requireArray(bytes: number, what: string, limit = largestArray()): void {
  if (bytes <= limit) return
  const size = (value: number): string => `${(value / 2 ** 30).toFixed(2)} GiB`
  throw new UserError(
    `${what} needs ${size(bytes)} in one piece, and the desktop app can hold at most ${size(limit)}. Open it in the ` +
      'browser (`npm start -- --browser`) or with the command line, which have no such limit.'
  )
}

/** Kernels lay a matrix out in panels, which take a little more than its numbers. */
const share = 0.9

/**
 * The rows of a matrix, as many at a time as this process can hold in one piece.
 * @param bytes of a number
 */
export function rowRanges(rows: number, width: number, bytes = 4): { first: number; count: number }[] {
  const step = Math.max(1, Math.min(rows, Math.floor((share * largestArray()) / (bytes * width))))
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => ({
    first: i * step,
    count: Math.min(step, rows - i * step)
  }))
}

/** An array of float32 numbers, if this process can hold it. @throws UserError like `requireArray` */
export function floatArray(length: number, what: string): Float32Array {
  requireArray(4 * length, what)
  return new Float32Array(length)
}
