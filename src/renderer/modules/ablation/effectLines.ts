import { moved } from '@shared/ablation'
import type { AblatedTask, LayerChange, ProbePair, SentenceSimilarity } from '@shared/ablationEffects'
import type { Interval } from '@shared/probe'
import type { LayerLine, LayerPoint } from '@/plots/layerLine'

/** A measure of change by layer: the set before the spread of random sets. */
export function changeLines(layers: readonly LayerChange[], setTitle: string): LayerLine[] {
  const points = layers.map(({ layer, ...change }) => pointOf(layer, 0, change))
  const own = lineOf('set', setTitle, 'var(--accent)', points, true)
  if (!layers[0]?.random.length) return [own]
  const random = layers.map(({ layer, random: sets }) =>
    spreadOf(
      layer,
      sets.map(({ value }) => value)
    )
  )
  return [lineOf('random', 'Random sets', 'var(--text-faint)', random, false), own]
}

/** Probes of one task: of the model as it is, kept, and trained again, each beside what random sets leave. */
export function probeLines({ layers, majority }: AblatedTask): LayerLine[] {
  const plain = lineOf(
    'plain',
    'As it is',
    'var(--text-muted)',
    layers.map(({ layer, plain: value }) => ({ layer, value, low: value, high: value })),
    false
  )
  const one = (
    which: keyof ProbePair,
    title: string,
    colour: string,
    marker: LayerLine['marker'],
    emphasised: boolean
  ): LayerLine => ({
    ...lineOf(
      which,
      title,
      colour,
      layers.map((at) => pointOf(at.layer, at.plain, at[which])),
      emphasised
    ),
    marker,
    companion: layers[0]?.random.length
      ? {
          title: which === 'kept' ? 'Random: kept' : 'Random: again',
          points: layers.map(({ layer, random }) => ({ layer, value: mean(random.map((set) => set[which].value)) }))
        }
      : null
  })
  const again = one('retrained', 'Trained again', 'var(--accent)', 'triangle', true)
  return [
    plain,
    one('kept', 'Kept', 'var(--mark)', 'square', false),
    { ...again, baselines: [{ id: 'majority', title: 'Majority', value: majority, dash: '6 4' }] }
  ]
}

/** The cosine of two sentences with the set, as it is, and with random sets. */
export function likenessLines({ layers }: SentenceSimilarity): LayerLine[] {
  const exact = (layer: number, value: number): LayerPoint => ({ layer, value, low: value, high: value })
  const plain = lineOf(
    'plain',
    'As it is',
    'var(--text-muted)',
    layers.map(({ layer, plain: value }) => exact(layer, value)),
    false
  )
  const changed = lineOf(
    'set',
    'The board',
    'var(--accent)',
    layers.map(({ layer, changed: value }) => exact(layer, value)),
    true
  )
  const random = layers[0]?.random.length
    ? [
        lineOf(
          'random',
          'Random sets',
          'var(--text-faint)',
          layers.map((at) => spreadOf(at.layer, at.random)),
          false
        )
      ]
    : []
  return [...random, plain, { ...changed, marker: 'triangle' }]
}

function lineOf(id: string, title: string, colour: string, points: LayerPoint[], emphasised: boolean): LayerLine {
  return { id, title, colour, marker: 'circle', dash: null, points, companion: null, baselines: [], emphasised }
}

/** The interval is of the difference from `plain`. Without one the point is drawn alone. */
function pointOf(layer: number, plain: number, { value, interval }: { value: number; interval: Interval }): LayerPoint {
  const [low, high] = moved(plain, interval) ?? [value, value]
  return { layer, value, low, high }
}

/** Mean and range of what random sets do. */
function spreadOf(layer: number, values: readonly number[]): LayerPoint {
  return { layer, value: mean(values), low: Math.min(...values), high: Math.max(...values) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
