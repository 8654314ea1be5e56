/** A similarity of the plane: x' = scale * M x + shift, M a rotation or a reflection, row-major. */
export interface Similarity {
  matrix: [number, number, number, number]
  scale: number
  shift: [number, number]
}

export interface AlignOptions {
  /** Whether the layout may grow or shrink; without it, distances stay as they are. */
  scale?: boolean
}

/**
 * The similarity that brings `layout` closest to `reference` in the least-squares sense, both [n, 2] with the same
 * points in the same order (orthogonal Procrustes with scale: Schoenemann & Carroll 1970). Layouts of neighbouring
 * layers are free to turn and mirror; this takes that freedom out, so that what is seen to move has moved.
 *
 * In the plane the rotation has a closed form: with the centred points as complex numbers z and w, it is the angle of
 * the sum of conj(z) w, and that of z w for a reflection; the larger sum wins.
 */
export function fitSimilarity(
  layout: Float32Array,
  reference: Float32Array,
  { scale: mayScale = true }: AlignOptions = {}
): Similarity {
  if (layout.length !== reference.length || layout.length % 2 !== 0) {
    throw new Error(`Layouts of ${layout.length} and ${reference.length} coordinates do not hold the same points.`)
  }
  const [fromX, fromY] = centre(layout)
  const [toX, toY] = centre(reference)
  let turnReal = 0
  let turnImaginary = 0
  let mirrorReal = 0
  let mirrorImaginary = 0
  let squares = 0
  for (let i = 0; i < layout.length; i += 2) {
    const zx = layout[i]! - fromX
    const zy = layout[i + 1]! - fromY
    const wx = reference[i]! - toX
    const wy = reference[i + 1]! - toY
    turnReal += zx * wx + zy * wy
    turnImaginary += zx * wy - zy * wx
    mirrorReal += zx * wx - zy * wy
    mirrorImaginary += zx * wy + zy * wx
    squares += zx * zx + zy * zy
  }
  const turn = Math.hypot(turnReal, turnImaginary)
  const mirror = Math.hypot(mirrorReal, mirrorImaginary)
  const overlap = Math.max(turn, mirror)
  const scale = mayScale && squares > 0 && overlap > 0 ? overlap / squares : 1
  const matrix =
    turn >= mirror ? rotation(turnReal, turnImaginary, turn) : reflection(mirrorReal, mirrorImaginary, mirror)
  const [a, b, c, d] = matrix
  return { matrix, scale, shift: [toX - scale * (a * fromX + b * fromY), toY - scale * (c * fromX + d * fromY)] }
}

/** The points of a layout, [n, 2], under a similarity, in a new array. */
export function applySimilarity(
  layout: Float32Array,
  { matrix: [a, b, c, d], scale, shift: [shiftX, shiftY] }: Similarity
): Float32Array {
  const result = new Float32Array(layout.length)
  for (let i = 0; i < layout.length; i += 2) {
    result[i] = scale * (a * layout[i]! + b * layout[i + 1]!) + shiftX
    result[i + 1] = scale * (c * layout[i]! + d * layout[i + 1]!) + shiftY
  }
  return result
}

/** `layout` turned, mirrored, scaled and moved onto `reference`, in a new array. */
export function alignLayout(layout: Float32Array, reference: Float32Array, options: AlignOptions = {}): Float32Array {
  return applySimilarity(layout, fitSimilarity(layout, reference, options))
}

function rotation(real: number, imaginary: number, length: number): Similarity['matrix'] {
  if (length === 0) return [1, 0, 0, 1]
  const cosine = real / length
  const sine = imaginary / length
  return [cosine, -sine, sine, cosine]
}

function reflection(real: number, imaginary: number, length: number): Similarity['matrix'] {
  const cosine = real / length
  const sine = imaginary / length
  return [cosine, sine, sine, -cosine]
}

function centre(layout: Float32Array): [number, number] {
  let x = 0
  let y = 0
  for (let i = 0; i < layout.length; i += 2) {
    x += layout[i]!
    y += layout[i + 1]!
  }
  const count = Math.max(1, layout.length / 2)
  return [x / count, y / count]
}
