import { attentionHook } from '@shared/hookNames'
import type { ExportFormat } from '@/components/ExportMenu.vue'
import { drawThumbnailFigure } from '@/plots/attentionThumbnailFigure'
import { thumbnailPixels } from '@/plots/attentionThumbnails'
import { sequentialTable } from '@/plots/colorScale'
import { downloadText, toCsv } from '@/plots/exporting'
import type { ThemeName } from '@/stores/themeStore'
import { saveFigure } from './figureFiles'
import type { AnalysedSentence } from './useAttentionMaps'

/** One row a head: its hook and the mean entropy of its rows in bits, special rows left out. */
export function headRows({ analysis }: Pick<AnalysedSentence, 'analysis'>) {
  const [layers = 0, heads = 0] = analysis.entropy.shape
  const highest = Math.log2(Math.max(1, analysis.tokens.length))
  return Array.from({ length: layers * heads }, (_, index) => {
    const layer = Math.floor(index / heads)
    return {
      layer: layer + 1,
      head: (index % heads) + 1,
      hook: attentionHook(layer),
      hook_head: index % heads,
      entropy_bits: Number(analysis.entropy.data[index]!.toPrecision(7)),
      highest_bits: highest
    }
  })
}

/** Saves all heads: the maps as a figure, their entropies as a table. */
export async function exportGrid(
  format: ExportFormat,
  sentence: AnalysedSentence,
  options: { order: Int32Array; sorted: boolean; theme: ThemeName }
): Promise<void> {
  const { analysis } = sentence
  const name = 'attention-heads'
  if (format === 'csv') downloadText(`${name}.csv`, 'text/csv', toCsv(headRows(sentence)))
  else if (format === 'json')
    downloadText(
      `${name}.json`,
      'application/json',
      `${JSON.stringify({ sentence: analysis.words.join(' '), tokens: analysis.tokens, heads: headRows(sentence) }, null, 2)}\n`
    )
  else {
    const [layers = 0, heads = 0, size = 0] = analysis.thumbnails.shape
    const pixels = thumbnailPixels(
      analysis.thumbnails.data,
      layers,
      heads,
      size,
      options.order,
      sequentialTable(options.theme)
    )
    const heading = { title: `Attention of ${layers} layers and ${heads} heads`, notes: [analysis.words.join(' ')] }
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
