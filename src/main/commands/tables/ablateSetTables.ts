import {
  summaryOfRandom,
  type AblationSetResult,
  type AblationScan,
  type Effect,
  type MeasureInfo
} from '@shared/ablation'
import { eraserSentence } from '@shared/ablationEffects'
import type {
  AblatedParadigm,
  AblationChange,
  AblationPairs,
  AblationProbes,
  LayerChange,
  SentenceSimilarity
} from '@shared/ablationEffects'
import { drawnText } from '@shared/drawing'
import { intervalRefusal, type Interval } from '@shared/probe'

export function show(unit: MeasureInfo['unit'], value: number, signed = false): string {
  const text = unit === 'share' ? (value * 100).toFixed(2) : unit === 'rank' ? value.toFixed(1) : value.toFixed(4)
  return signed && value >= 0 ? `+${text}` : text
}

export function effectText(unit: MeasureInfo['unit'], { difference, interval }: Effect): string {
  return `${show(unit, difference, true)} ${range(interval, (end) => show(unit, end, true))}`
}

/** '[-0.12, +0.03]' */
export function range(interval: Interval, shown: (end: number) => string): string {
  return interval ? `[${interval.map(shown).join(', ')}]` : '[no interval]'
}

export function heading({
  modelName,
  words,
  sentences,
  drawn,
  clusters,
  seconds
}: Pick<AblationScan, 'modelName' | 'words' | 'sentences' | 'drawn' | 'clusters' | 'seconds'>): string {
  const refusal = intervalRefusal(clusters)
  return (
    `${modelName} on ${words.toLocaleString('en')} words, ${sentences.toLocaleString('en')} sentences` +
    `${drawn ? ` ${drawnText(drawn)}` : ''}; ` +
    `${seconds.toFixed(1)} s\n${refusal === null ? '' : `${refusal}\n`}`
  )
}

export function setTable(result: AblationSetResult, name: string): string {
  const lines = [heading(result)]
  for (const { id, title, unit, plain, effect, random } of result.measures) {
    lines.push(`${title}: ${show(unit, plain)} as it is\n  ${name}: ${effectText(unit, effect)}\n`)
    if (id === 'loss')
      lines.push(`  perplexity ${Math.exp(plain).toFixed(1)} -> ${Math.exp(effect.value).toFixed(1)}\n`)
    lines.push(randomLine(unit, plain, random))
  }
  return lines.join('')
}

export function changeTable({ movement, similarity, similarityTokens, attention, ...corpus }: AblationChange): string {
  const [blocks, heads] = attention.value.shape as [number, number]
  const cells = Array.from(attention.value.data, (value, cell) => ({
    value,
    block: Math.floor(cell / heads),
    head: cell % heads
  })).sort((a, b) => b.value - a.value)
  return [
    heading(corpus),
    `layer  1 - cosine          random sets          CKA (${similarityTokens.toLocaleString('en')} ` +
      'tokens)     random sets\n',
    ...movement.map((moved, i) => {
      const cka = similarity[i]!
      return (
        `${String(moved.layer).padStart(5)}  ${estimate(moved).padEnd(18)}  ${spread(moved).padEnd(19)}  ` +
        `${estimate(cka).padEnd(22)}  ${spread(cka)}\n`
      )
    }),
    `Attention that changed most (total variation, ${blocks * heads} heads): `,
    cells
      .slice(0, 8)
      .map(({ value, block, head }) => `layer ${block + 1} head ${head + 1} ${(value * 100).toFixed(1)} %`)
      .join(', '),
    '\n'
  ].join('')
}

export function probeTable(result: AblationProbes): string {
  const { modelName, trainSplit, testSplit, tasks, randomSets, seconds } = result
  const said = eraserSentence(result)
  const lines = [
    `${modelName}, linear probes trained on ${trainSplit} and tested on ${testSplit}; ${seconds.toFixed(1)} s\n`,
    ...(said === null ? [] : [`${said}\n`])
  ]
  for (const { task, trainItems, testItems, majority, layers } of tasks) {
    lines.push(
      `${task.title}: ${trainItems.toLocaleString('en')} and ${testItems.toLocaleString('en')} items, ` +
        `majority ${show('share', majority)}\n`
    )
    lines.push(
      'layer  as it is  kept probe                          trained ' +
        `again${randomSets ? '                       random sets: kept, trained again' : ''}\n`
    )
    for (const { layer, plain, kept, retrained, random } of layers) {
      const both = random.length
        ? `${ofRandom(
            plain,
            random.map((one) => one.kept)
          )}, ${ofRandom(
            plain,
            random.map((one) => one.retrained)
          )}`
        : ''
      lines.push(
        `${String(layer).padStart(5)}  ${show('share', plain).padStart(8)}  ${valued(kept).padEnd(34)}  ` +
          `${valued(retrained).padEnd(34)}  ${both}\n`
      )
    }
  }
  return lines.join('')
}

export function pairTable({ modelName, data, kind, paradigms, total, seconds }: AblationPairs): string {
  const rows = [...paradigms, total]
  const width = Math.max(8, ...rows.map(({ name }) => name.length))
  const row = ({ name, pairs, plain, effect, random }: AblatedParadigm): string =>
    `${name.padEnd(width)}  ${String(pairs).padStart(5)}  ${show('share', plain).padStart(8)}  ` +
    `${valued(effect).padEnd(34)}  ${ofRandom(plain, random)}\n`
  const score = kind === 'causal' ? 'sums of log-probabilities' : 'pseudo-log-likelihoods'
  return [
    `${modelName} on ${data}: ${score}; ${seconds.toFixed(1)} s\n`,
    `${'paradigm'.padEnd(width)}  pairs  as it is  with the set                        random sets\n`,
    ...rows.map(row)
  ].join('')
}

export function similarityTable({ layers, tokens }: SentenceSimilarity): string {
  const lines = [
    `Cosine of the two sentences (${tokens.join(' and ')} tokens, their mean)\nlayer  as it is  with the ` +
      'set  random sets\n'
  ]
  for (const { layer, plain, changed, random } of layers) {
    const others = random.length ? `${Math.min(...random).toFixed(4)} to ${Math.max(...random).toFixed(4)}` : ''
    lines.push(
      `${String(layer).padStart(5)}  ${plain.toFixed(4).padStart(8)}  ${changed.toFixed(4).padStart(12)}  ${others}\n`
    )
  }
  return lines.join('')
}

function randomLine(unit: MeasureInfo['unit'], plain: number, random: readonly Effect[]): string {
  const summary = summaryOfRandom(plain, random)
  if (!summary) return ''
  const within = range(summary.interval, (value) => show(unit, value - plain, true))
  return (
    `  ${random.length} random sets of the same size: mean ${show(unit, summary.value - plain, true)}, their ` +
    `95 % intervals within ${within}\n`
  )
}

function valued(effect: Effect): string {
  return `${show('share', effect.value)} (${effectText('share', effect)})`
}

function estimate({ value, interval }: Pick<LayerChange, 'value' | 'interval'>): string {
  return `${value.toFixed(3)} ${range(interval, (end) => end.toFixed(3))}`
}

function spread({ random }: LayerChange): string {
  const values = random.map(({ value }) => value)
  return values.length ? `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}` : ''
}

/** The mean of random sets, and in brackets what holds the intervals of all of them. */
function ofRandom(plain: number, random: readonly Effect[]): string {
  const summary = summaryOfRandom(plain, random)
  return summary ? `${show('share', summary.value)} ${range(summary.interval, (end) => show('share', end))}` : ''
}
