import type { AblationCorpusInfo, Effect, MeasureInfo } from '@shared/ablation'
import { sampleText } from '@shared/drawing'
import { noInterval } from '@/plots/format'

/** A value of a measure, or a difference of it with its sign. */
export function measured(unit: MeasureInfo['unit'], value: number, signed = false): string {
  const text =
    unit === 'share'
      ? `${(value * 100).toFixed(1)}`
      : unit === 'rank'
        ? value.toFixed(1)
        : unit === 'nats'
          ? value.toFixed(3)
          : value.toFixed(4)
  return signed && value >= 0 ? `+${text}` : text.replace('-', '−')
}

export function effectText(unit: MeasureInfo['unit'], { difference, interval }: Effect): string {
  const range = interval?.map((end) => measured(unit, end, true)).join(' to ') ?? noInterval
  return `${measured(unit, difference, true)} (${range})`
}

/** The words that were measured on: '1,003 words of test, of 12 documents drawn with seed 1'. */
export function corpusText({ words, split, drawn }: Pick<AblationCorpusInfo, 'words' | 'split' | 'drawn'>): string {
  return sampleText(words, split, drawn)
}

/** Positive where the model does worse. */
export function harm({ better }: MeasureInfo, { difference }: Effect): number {
  return better === 'higher' ? -difference : difference
}
