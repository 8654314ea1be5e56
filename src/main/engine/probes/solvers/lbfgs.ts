/**
 * Approximates the inverse of the Hessian from outside: writes it, times `vector`, into `result`. Symmetric and
 * positive definite.
 */
export type Preconditioner = (vector: Float64Array, result: Float64Array) => void

interface Pair {
  step: Float64Array
  change: Float64Array
  /** The preconditioner times `change`. */
  image: Float64Array
  /** 1 / (step . change) */
  rho: number
}

/**
 * Sufficient decrease and curvature of the (weak) Wolfe conditions; Nocedal & Wright 2006, eq. 3.6 with the constants
 * they give for quasi-Newton methods.
 */
const decrease = 1e-4
const curvature = 0.9

/** Differences of the objective below this share of it are rounding: the products behind it are in single precision. */
const noise = 1e-6

/** Trial steps of one line search after which it is given up. */
const mostTrials = 25

/** Accepted steps whose gain is looked back at. */
const recentSteps = 5

/**
 * Limited-memory BFGS (Liu & Nocedal 1989; Nocedal & Wright 2006, alg. 7.4 and 7.5) turned inside out: it never calls
 * the objective but says where its value is needed (`point`) and takes it (`tell`). So several minimisations whose
 * objectives share their costly part can go in step.
 */
export class Lbfgs {
  /** Where value and gradient are wanted next; after the end, the best point. */
  readonly point: Float64Array
  iterations = 0
  evaluations = 0
  /** Value at the last accepted point. */
  value = Number.POSITIVE_INFINITY
  /**
   * What the model of the objective says is left to gain there, g' H g / 2 with H the inverse Hessian as it is known so
   * far; the larger of the last two such numbers, because one alone can be small by chance.
   */
  expectedGain = Number.POSITIVE_INFINITY
  /** What the last five accepted steps gained, in the mean. */
  recentGain = Number.POSITIVE_INFINITY
  /** True once no step along the search direction makes progress any more: the limit of the arithmetic. */
  stalled = false

  private readonly origin: Float64Array
  private readonly gradient: Float64Array
  private readonly direction: Float64Array
  /** The preconditioner times `gradient`: kept, because the images of all other vectors are sums of such. */
  private readonly image: Float64Array
  private readonly previousImage: Float64Array
  private readonly pairs: Pair[] = []
  private directionSlope = Number.NEGATIVE_INFINITY
  /** At the last accepted points. */
  private readonly values: number[] = []
  private step = 1
  private low = 0
  private high = Number.POSITIVE_INFINITY
  private trials = 0

  constructor(
    start: Float64Array,
    private precondition: Preconditioner,
    private readonly memory = 5
  ) {
    this.point = start.slice()
    this.origin = start.slice()
    this.gradient = new Float64Array(start.length)
    this.direction = new Float64Array(start.length)
    this.image = new Float64Array(start.length)
    this.previousImage = new Float64Array(start.length)
  }

  /** Changes the preconditioner from the next direction on; what was learnt of the curvature stays true. */
  setPreconditioner(precondition: Preconditioner): void {
    this.precondition = precondition
    precondition(this.gradient, this.image)
    this.pairs.forEach(({ change, image }) => precondition(change, image))
  }

  /**
   * Value and gradient at `point`. Returns true when the point was accepted, false when the line search goes on from
   * another one.
   */
  tell(value: number, gradient: Float64Array): boolean {
    this.evaluations++
    if (this.evaluations === 1) {
      this.precondition(gradient, this.image)
      this.accept(value, gradient)
      return true
    }
    const slope = dot(gradient, this.direction)
    const enough = this.isLower(value, slope)
    if (enough && slope >= curvature * this.directionSlope) {
      this.remember(gradient)
      this.iterations++
      this.accept(value, gradient)
      return true
    }
    if (++this.trials >= mostTrials) {
      this.stop()
      return true
    }
    if (!enough) this.high = this.step
    else this.low = this.step
    this.step = this.nextStep(enough, slope)
    this.moveTo(this.step)
    return false
  }

  private accept(value: number, gradient: Float64Array): void {
    this.values.push(value)
    if (this.values.length > recentSteps + 1) this.values.shift()
    if (this.values.length > 1) this.recentGain = (this.values[0]! - value) / (this.values.length - 1)
    this.value = value
    this.gradient.set(gradient)
    this.origin.set(this.point)
    const before = -this.directionSlope / 2
    this.aim()
    this.expectedGain = Math.max(before, -this.directionSlope / 2)
    if (this.stalled) return
    this.step = 1
    this.low = 0
    this.high = Number.POSITIVE_INFINITY
    this.trials = 0
    this.moveTo(1)
  }

  // Within rounding of the old value the slopes decide (the approximate Wolfe condition; Hager & Zhang 2005, eq. 4.1).
  private isLower(value: number, slope: number): boolean {
    if (value <= this.value + decrease * this.step * this.directionSlope) return true
    return value <= this.value + noise * Math.abs(this.value) && slope <= (2 * decrease - 1) * this.directionSlope
  }

  // The minimum of the parabola through the two slopes, kept away from the ends; without a usable slope, the middle.
  private nextStep(enough: boolean, slope: number): number {
    const parabola = (this.step * this.directionSlope) / (this.directionSlope - slope)
    if (this.high === Number.POSITIVE_INFINITY) {
      const wanted = Number.isFinite(parabola) && parabola > 0 ? parabola : 4 * this.step
      return clamp(wanted, 1.5 * this.step, 4 * this.step)
    }
    const room = this.high - this.low
    if (!enough && Number.isFinite(parabola)) return clamp(parabola, this.low + 0.1 * room, this.low + 0.7 * room)
    return this.low + room / 2
  }

  private moveTo(step: number): void {
    for (let i = 0; i < this.point.length; i++) this.point[i] = this.origin[i]! + step * this.direction[i]!
  }

  private stop(): void {
    this.stalled = true
    this.point.set(this.origin)
  }

  private remember(gradient: Float64Array): void {
    const oldest = this.pairs.length >= this.memory ? this.pairs.shift() : undefined
    const blank = (): Float64Array => new Float64Array(this.point.length)
    const pair = oldest ?? { step: blank(), change: blank(), image: blank(), rho: 0 }
    this.previousImage.set(this.image)
    this.precondition(gradient, this.image)
    for (let i = 0; i < gradient.length; i++) {
      pair.step[i] = this.point[i]! - this.origin[i]!
      pair.change[i] = gradient[i]! - this.gradient[i]!
      pair.image[i] = this.image[i]! - this.previousImage[i]!
    }
    const product = dot(pair.step, pair.change)
    if (product <= 0) return
    pair.rho = 1 / product
    this.pairs.push(pair)
  }

  // The two-loop recursion. Its middle is the preconditioner, scaled by the newest pair (eq. 7.20, in the
  // preconditioner's metric); what the first loop does to the vector is done to its image as well, so that no further
  // product is needed.
  private aim(): void {
    const { gradient, direction, image, pairs } = this
    const vector = gradient.slice()
    direction.set(image)
    const weights = new Float64Array(pairs.length)
    for (let p = pairs.length - 1; p >= 0; p--) {
      const pair = pairs[p]!
      weights[p] = pair.rho * dot(pair.step, vector)
      add(vector, -weights[p]!, pair.change)
      add(direction, -weights[p]!, pair.image)
    }
    const newest = pairs.at(-1)
    const scale = newest ? 1 / (newest.rho * dot(newest.change, newest.image)) : 1
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale
    pairs.forEach(({ step, change, rho }, p) => {
      add(direction, weights[p]! - rho * dot(change, direction), step)
    })
    for (let i = 0; i < direction.length; i++) direction[i] = -direction[i]!
    this.directionSlope = dot(this.gradient, direction)
    if (this.directionSlope >= 0 || !Number.isFinite(this.directionSlope)) this.stop()
  }
}

// In four sums, because each addition has to wait for the one before it.
function dot(a: Float64Array, b: Float64Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0]
  const whole = a.length - (a.length % 4)
  for (let i = 0; i < whole; i += 4) {
    first += a[i]! * b[i]!
    second += a[i + 1]! * b[i + 1]!
    third += a[i + 2]! * b[i + 2]!
    fourth += a[i + 3]! * b[i + 3]!
  }
  for (let i = whole; i < a.length; i++) first += a[i]! * b[i]!
  return first + second + (third + fourth)
}

function add(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * vector[i]!
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
