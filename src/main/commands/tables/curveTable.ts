import { curveSteps, paretoPoints, type CurveResult, type CurveStep } from '@shared/curve'
import { curveKinds } from '@shared/curveSettings'
import { hypervolume, paretoFront } from '@shared/pareto'
import { methodTitle } from '@shared/probeMethods'

const points = (share: number): string => (share * 100).toFixed(2)
/** The layer of random vectors. */
const randomRow = -1
const cell = (text: string): string => text.padStart(9)

/** A curve as lines of text, shares in percent. */
export function curveTable(result: CurveResult): string {
  const { settings, options, task, layers, backend, seconds, measure } = result
  const { title, axis } = curveKinds[settings.kind]
  const heading =
    `${task.title} by ${title.toLowerCase()}, ` +
    `${settings.kind === 'pareto' ? 'linear and MLP' : methodTitle(options.probe)}: ${measure}; ${backend}, ` +
    `${seconds.toFixed(1)} s`
  if (settings.kind === 'languages') return `${[heading, ...languageLines(result)].join('\n')}\n`
  if (settings.kind === 'pareto') return `${[heading, ...paretoLines(result)].join('\n')}\n`
  if (settings.kind === 'restarts') {
    const lines = layers.map((layer) => {
      const values = curveSteps(result, layer).flatMap((step) => step.values)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return (
        `${String(layer).padStart(5)}${cell(points(mean))}${cell(points(Math.min(...values)))}` +
        `${cell(points(Math.max(...values)))}${cell(points(Math.max(...values) - Math.min(...values)))}`
      )
    })
    return `${[heading, `layer${['mean', 'least', 'most', 'spread'].map(cell).join('')}`, ...lines].join('\n')}\n`
  }
  const steps = layers.map((layer) => ({ layer, steps: curveSteps(result, layer) }))
  const places = steps[0]?.steps ?? []
  const block = (
    caption: string,
    of: (layer: number) => readonly CurveStep[],
    write: (step: CurveStep) => string
  ): string[] => [
    caption,
    ...layers.map(
      (layer) =>
        `${String(layer).padStart(5)}${of(layer)
          .map((step) => cell(write(step)))
          .join('')}`
    )
  ]
  const spread = places.some(({ values }) => values.length > 1)
  const stepsOf = (layer: number): readonly CurveStep[] => steps.find((entry) => entry.layer === layer)!.steps
  const headings = places.map(({ at, trainItems }) => String(settings.kind === 'size' ? Math.round(trainItems) : at))
  const hasControl = result.points.some(({ control }) => control !== undefined)
  return `${[
    heading,
    `${axis}${settings.kind === 'size' ? ', mean over the draws' : ''}`,
    `layer${headings.map(cell).join('')}`,
    ...block(measure, stepsOf, (step) => points(step.mean)),
    ...(spread ? block('spread over the draws', stepsOf, (step) => points(step.high - step.low)) : []),
    ...(hasControl
      ? block(
          'selectivity',
          (layer) => curveSteps(result, layer, 'selectivity'),
          (step) => points(step.mean)
        )
      : []),
    ...(settings.kind === 'size' ? baselineLines(result, places) : [])
  ].join('\n')}\n`
}

/** Complexity and accuracy by hidden size, those on the front with a star, and the hypervolume of each layer. */
function paretoLines(result: CurveResult): string[] {
  const layers = [...result.layers, ...(result.random ? [randomRow] : [])]
  return [
    'complexity (share of shuffled labels learnt by heart) and accuracy, by hidden units (0: linear); * is on the ' +
      'front',
    ...layers.flatMap((layer) => {
      const probes = paretoPoints(result, layer)
      const front = new Set(paretoFront(probes))
      return [
        `${layer === randomRow ? 'random vectors' : `layer ${layer}`}: hypervolume ${hypervolume(probes).toFixed(4)}`,
        ...probes.map(
          (point) =>
            `${String(point.at).padStart(5)}${cell(points(point.complexity))}${cell(points(point.accuracy))}` +
            (front.has(point) ? ' *' : '')
        )
      ]
    })
  ]
}

function baselineLines({ baselines }: CurveResult, places: readonly CurveStep[]): string[] {
  const mean = (at: number, of: 'majority' | 'memoriser'): number => {
    const draws = baselines.filter((baseline) => baseline.at === at)
    return draws.reduce((sum, baseline) => sum + baseline[of], 0) / draws.length
  }
  return (['majority', 'memoriser'] as const).map(
    (of) => `${of}\n     ${places.map(({ at }) => cell(points(mean(at, of)))).join('')}`
  )
}

/** A matrix a layer: rows are what was trained on. */
function languageLines({ settings, layers, points: cells }: CurveResult): string[] {
  if (settings.kind !== 'languages') return []
  const { splits } = settings
  const widest = Math.max(...splits.map((split) => split.length), 10)
  const accuracy = (layer: number, train: string, test: string): string =>
    points(
      cells.find((cell) => cell.layer === layer && cell.trainSplit === train && cell.testSplit === test)!.accuracy
    ).padStart(widest + 1)
  return layers.flatMap((layer) => [
    `layer ${layer}: rows are trained on, columns tested on`,
    `${''.padEnd(widest)}${splits.map((split) => split.padStart(widest + 1)).join('')}`,
    ...splits.map((train) => `${train.padEnd(widest)}${splits.map((test) => accuracy(layer, train, test)).join('')}`)
  ])
}
