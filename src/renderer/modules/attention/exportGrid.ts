import { attentionHook } from '@shared/hookNames'
import type { SentenceAnalysis } from '@shared/sentence'
import type { ExportFormat } from '@/components/ExportMenu.vue'
import { drawThumbnailFigure } from '@/plots/attentionThumbnailFigure'
import { thumbnailPixels } from '@/plots/attentionThumbnails'
import { sequentialTable } from '@/plots/colorScale'
import { csvOfRecords } from '@shared/csv'
import { joinWords } from '@shared/words'
import { downloadText } from '@/plots/exporting'
import type { Reading } from '@/stores/reading'
import type { AttentionSettings } from '@/stores/attentionSettings'
import type { ThemeName } from '@/stores/themeStore'
import { saveFigure } from './figureFiles'

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

/** Saves all heads: the maps as a figure, their entropies as a table. */
export async function exportGrid(
  format: ExportFormat,
  reading: Reading,
  options: { order: Int32Array; sorted: boolean; theme: ThemeName; scale: AttentionSettings['gridScale'] }
): Promise<void> {
  const name = 'attention-heads'
  if (format === 'csv') downloadText(`${name}.csv`, 'text/csv', csvOfRecords(headRows(reading)))
  else if (format === 'json')
    downloadText(
      `${name}.json`,
      'application/json',
      `${JSON.stringify(
        { sentence: joinWords(reading.words, reading.spaceAfter), tokens: reading.tokens, heads: headRows(reading) },
        null,
        2
      )}\n`
    )
  else {
    const [layers = 0, heads = 0, size = 0] = reading.thumbnails.shape
    const pixels = thumbnailPixels(
      reading.thumbnails.data,
      layers,
      heads,
      size,
      options.order,
      sequentialTable(options.theme),
      options.scale === 'shared' ? reading.largest.data : null
    )
    const heading = {
      title: `Attention of ${layers} layers and ${heads} heads`,
      notes: [joinWords(reading.words, reading.spaceAfter), scaleNotes[options.scale]]
    }
    await saveFigure(
      name,
      format,
      drawThumbnailFigure(document, {
        layers,
        heads,
        size,
        pixels,
        order: options.order,
        sorted: options.sorted,
        heading
      })
    )
  }
}
