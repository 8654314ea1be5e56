import type { ConfigReader } from './configReader'

/** Rotary position embedding (Su et al. 2021, section 3.2), as data. */
export interface Rotary {
  /** Number of values of every head that are turned, from the first on. */
  width: number
  /** Angle by which a pair of values turns from one token to the next; width / 2 of them. */
  frequencies: Float32Array
  /** On the turned values (YaRN); 1 otherwise. */
  factor: number
  /** Pairs are neighbours (0, 1), (2, 3), ... rather than halves (0, width / 2), ... */
  interleaved: boolean
  /** Values are turned too. */
  values?: boolean
  /** Checkpoints may have a table of the angles, which counts. */
  stored?: boolean
}

export interface RotaryOptions {
  headWidth: number
  /**
   * Share of a head that is turned, where the config does not say, in families that can turn a share. The others turn
   * all of it whatever `partial_rotary_factor` says, as the reference implementation does.
   */
  partial?: number
  theta?: number
  /** Fields that hold the base in older files. */
  thetaFields?: readonly string[]
  /** Fields that hold the share in older files. */
  partialFields?: readonly string[]
  /** Kind of layer whose entry of `rope_parameters` counts, in families that have one for each. */
  layerType?: string
  /** Kind of layer to which `rope_scaling`, given only once in older files, does not apply. */
  unscaled?: boolean
  /** Kinds of scaling that mean what they say in this family. */
  types?: readonly string[]
  /** Pairs are neighbours. */
  interleaved?: boolean
  /** What the family's files call dynamic stretches the base by a fixed `alpha`. */
  fixedAlpha?: boolean
  /** Queries grow with their place, as `llama_4_scaling_beta` says. */
  grows?: boolean
}

const allTypes = ['default', 'linear', 'llama3', 'yarn']

/**
 * Reads either spelling: `rope_theta` with `rope_scaling`, or `rope_parameters`, which may have one entry for each
 * kind of layer. Where a file has both, `rope_scaling` counts, as in the reference implementation.
 * @throws UserError naming a kind of scaling that is not implemented
 */
export function readRotary(reader: ConfigReader, options: RotaryOptions): Rotary {
  return { ...readScaled(reader, options), interleaved: options.interleaved ?? false }
}

function readScaled(reader: ConfigReader, options: RotaryOptions): Omit<Rotary, 'interleaved'> {
  const scaling = scalingOf(reader, options)
  for (const field of ['full_attention', 'sliding_attention'])
    if (!options.layerType && scaling?.has(field))
      throw scaling.refusal(field, 'but layers of this family have no positions of their own')
  if (!options.grows && scaling?.has('llama_4_scaling_beta'))
    throw scaling.refusal('llama_4_scaling_beta', 'but queries of this family do not grow')
  const theta =
    scaling?.optionalPositive('rope_theta') ??
    reader.positive(options.thetaFields ?? ['rope_theta'], options.theta ?? 10_000)
  const share =
    scaling?.optionalPositive('partial_rotary_factor') ??
    reader.positive(options.partialFields ?? ['partial_rotary_factor'], options.partial ?? 1)
  const width = Math.floor(options.headWidth * (options.partial === undefined ? 1 : share))
  const plain = plainFrequencies(theta, width)
  const type = scaling?.text(['rope_type', 'type'], 'default') ?? 'default'
  const known = options.types ?? allTypes
  if (!scaling || type === 'default') return { width, frequencies: plain, factor: 1 }
  if (options.fixedAlpha && type === 'dynamic' && scaling.has('alpha')) {
    const base = theta * scaling.positive('alpha') ** (width / (width - 2))
    return { width, frequencies: plainFrequencies(base, width), factor: 1 }
  }
  if (!known.includes(type)) {
    throw scaling.refusal(
      scaling.has('rope_type') ? 'rope_type' : 'type',
      'a scaling of rotary positions that Layerscope does not implement; it knows ' +
        `${known.map((name) => JSON.stringify(name)).join(', ')}`
    )
  }
  if (type === 'proportional') {
    // Frequencies of the whole head, of which the slowest are 0.
    const turned = Math.floor((share * width) / 2)
    const factor = scaling.optionalPositive('factor') ?? 1
    return { width, frequencies: plain.map((frequency, i) => (i < turned ? frequency / factor : 0)), factor: 1 }
  }
  if (options.partial === undefined && share !== 1)
    throw (scaling.has('partial_rotary_factor') ? scaling : reader).refusal(
      'partial_rotary_factor',
      `which this family does not implement together with the scaling "${type}"`
    )
  const original = (): number =>
    reader.optionalPositive('original_max_position_embeddings') ??
    scaling.optionalPositive('original_max_position_embeddings') ??
    reader.positive('max_position_embeddings')
  if (type === 'linear') {
    const factor = scaling.positive('factor')
    return { width, frequencies: plain.map((frequency) => frequency / factor), factor: 1 }
  }
  if (type === 'llama3') return { width, frequencies: llama3(plain, scaling, original()), factor: 1 }
  return yarn(theta, width, scaling, original(), reader)
}

/** The fields of `rope_scaling` over those of `rope_parameters`, as the reference implementation puts them together. */
function scalingOf(reader: ConfigReader, { layerType, unscaled }: RotaryOptions): ConfigReader | null {
  const given = reader.object('rope_parameters')
  const old = unscaled ? null : reader.object('rope_scaling')
  if (!layerType) return old?.isEmpty() === false ? old : given
  const nested = given?.object(layerType) ?? null
  return old && nested ? nested.with(old) : (old ?? nested)
}

/**
 * theta ** (-2 i / width), rounded to float32 where the reference implementation rounds: an angle is this times the
 * position, and errors grow with it.
 */
export function plainFrequencies(theta: number, width: number): Float32Array {
  return Float32Array.from(
    { length: Math.ceil(width / 2) },
    (_, i) => 1 / Math.fround(theta ** Math.fround((2 * i) / width))
  )
}

/**
 * Slow waves are stretched by the factor, fast ones stay, those between are mixed (Llama Team 2024, section 3.2;
 * constants of its config).
 */
function llama3(plain: Float32Array, scaling: ConfigReader, original: number): Float32Array {
  const factor = scaling.positive('factor')
  const low = scaling.positive('low_freq_factor')
  const high = scaling.positive('high_freq_factor')
  return plain.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency
    if (wavelength < original / high) return frequency
    if (wavelength > original / low) return frequency / factor
    const smooth = (original / wavelength - low) / (high - low)
    return ((1 - smooth) * frequency) / factor + smooth * frequency
  })
}

/**
 * YaRN (Peng et al. 2024, section 3.2 and eq. 22): a ramp over the dimensions between stretched and plain
 * frequencies.
 */
function yarn(
  theta: number,
  width: number,
  scaling: ConfigReader,
  original: number,
  reader: ConfigReader
): Omit<Rotary, 'interleaved'> {
  const factor = scaling.optionalPositive('factor') ?? reader.positive('max_position_embeddings') / original
  const dimensionOf = (rotations: number): number =>
    (width * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta))
  const truncate = scaling.flag('truncate', true)
  const first = dimensionOf(scaling.number('beta_fast', 32))
  const last = dimensionOf(scaling.number('beta_slow', 1))
  const low = Math.max(truncate ? Math.floor(first) : first, 0)
  let high = Math.min(truncate ? Math.ceil(last) : last, width - 1)
  if (low === high) high += 0.001
  const frequencies = Float32Array.from({ length: width / 2 }, (_, i) => {
    const wave = Math.fround(theta ** Math.fround((2 * i) / width))
    const ramp = Math.min(1, Math.max(0, (i - low) / (high - low)))
    return (1 / (factor * wave)) * ramp + (1 / wave) * (1 - ramp)
  })
  const temperature = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1)
  const weight = scaling.optionalNumber('mscale')
  const weightAll = scaling.optionalNumber('mscale_all_dim')
  const inferred = weight && weightAll ? temperature(weight) / temperature(weightAll) : temperature(1)
  return { width, frequencies, factor: scaling.optionalNumber('attention_factor') ?? inferred }
}
