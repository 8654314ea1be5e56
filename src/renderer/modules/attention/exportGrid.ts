import { attentionHook } from '@shared/hookNames'
import type { SentenceAnalysis } from '@shared/sentence'
import { drawThumbnailFigure } from '@/plots/attentionThumbnailFigure'
import { thumbnailPixels } from '@/plots/attentionThumbnails'
import { sequentialTable } from '@/plots/colorScale'
import { joinWords } from '@shared/words'
import type { FigureSource } from '@/plots/figureForm'
import type { Reading } from '@/stores/reading'
import type { AttentionSettings } from '@/stores/attentionSettings'
import type { Exported } from '@/stores/proofStore'

/** One row a head: its hook and the mean entropy of its rows in bits, special rows left out. */
export function headRows({ entropy, tokens }: Pick<SentenceAnalysis, 'entropy' | 'tokens'>) {
  const [layers = 0, heads = 0] = entropy.shape
  const highest = Math.log2(Math.max(1, tokens.length))
  return Array.from({ length: layers * heads }, (_, index) => {
    const layer = Math.floor(index / heads)
    return {
      layer: layer + 1,
      head: (index % heads) + 1,
      hook: attentionHook(layer),
      hook_head: index % heads,
      entropy_bits: Number(entropy.data[index]!.toPrecision(7)),
      highest_bits: highest
    }
  })
}

/** What dark means in the small maps. */
export const scaleNotes = {
  shared: 'one scale for all heads: white is a weight of 0, the darkest 1',
  own: 'each head on its own scale: the darkest is its largest weight'
} as const

/** All heads as they leave the window: the maps as a figure, their entropies as a table. */
export function gridExport(
  reading: Reading,
  options: { order: Int32Array; sorted: boolean; scale: AttentionSettings['gridScale'] }
): Exported {
  const sentence = joinWords(reading.words, reading.spaceAfter)
  const [layers = 0, heads = 0, size = 0] = reading.thumbnails.shape
  const { order, sorted, scale } = options
  const title = `Attention of ${layers} layers and ${heads} heads`
  const figure: FigureSource = ({ theme, width, firstNumber }) =>
    drawThumbnailFigure(document, {
      layers,
      heads,
      size,
      pixels: thumbnailPixels(
        reading.thumbnails.data,
        layers,
        heads,
        size,
        order,
        sequentialTable(theme),
        scale === 'shared' ? reading.largest.data : null
      ),
      order,
      sorted,
      heading: { title, notes: [sentence, scaleNotes[scale]] },
      width,
      firstNumber
    })
  return {
    name: 'attention-heads',
    rows: headRows(reading),
    document: { sentence, tokens: reading.tokens, heads: headRows(reading) },
    figure,
    caption: `${title} for the sentence “${sentence}”; ${scaleNotes[scale]}`
  }
}
