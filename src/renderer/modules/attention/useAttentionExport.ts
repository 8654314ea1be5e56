import { useExport } from '@/composables/useExport'
import { drawLinesFigure, type FigureTitle } from '@/plots/attentionFigure'
import { collectLinks } from '@/plots/attentionLinks'
import { matrixPixels } from '@/plots/attentionMatrix'
import { drawMatrixFigure } from '@/plots/attentionMatrixFigure'
import { sequentialTable } from '@/plots/colorScale'
import { joinWords } from '@shared/words'
import { numberFrom, type FigureForm } from '@/plots/figureForm'
import { formatCount } from '@/plots/format'
import type { ExportFormat } from '@/stores/proofStore'
import { lightToken } from '@/stores/themeStore'
import { useAttentionState } from './attentionState'
import { mapsDocument, pairRows, type MapsProvenance } from './attentionRows'
import { combinedWays } from './mapWays'
import { rgbOf } from './canvas'
import { headColours } from './headColours'

/** A file of more lines than this opens in no editor; the strongest are written and the figure says so. */
const mostLinks = 8000

/** Saves what one form shows: as a figure, or the numbers behind it. What is locked is locked in the figure as well. */
export function useAttentionExport(form: 'lines' | 'matrix'): (format: ExportFormat) => Promise<void> {
  const state = useAttentionState()

  function provenance(): MapsProvenance {
    const { settings } = state
    return {
      model: state.reading.value?.model.name ?? '',
      sentence: state.reading.value ? joinWords(state.reading.value.words, state.reading.value.spaceAfter) : '',
      layer: state.layer.value,
      heads: state.shownHeads.value.map((head) => head + 1),
      mean: state.mode.value === 'mean',
      hook: state.way.name.value === 'weights' ? state.hook.value : '',
      way: state.way.name.value,
      unit: settings.unit,
      hideSpecial: settings.hideSpecial,
      renormalised: settings.hideSpecial && settings.renormalise,
      threshold: state.threshold.value
    }
  }
  /** The tensor, or who the way to combine maps is from. */
  function sourceOf(): string {
    const way = state.way.name.value
    return way === 'weights' ? state.hook.value : `${combinedWays[way].source}, rows scaled to 1`
  }
  function heading(note: string, { firstNumber }: FigureForm): FigureTitle {
    const { kind, value } = state.threshold.value
    const threshold =
      kind === 'mass' ? `strongest links up to ${Math.round(value * 100)} % of each row` : `weights from ${value}`
    const special = state.settings.hideSpecial
      ? `special tokens hidden${state.settings.renormalise ? ', rows scaled to 1' : ''}`
      : 'special tokens shown'
    return {
      title: `Layer ${numberFrom(firstNumber, state.layer.value)}, ${state.headTitleFrom(firstNumber)}`,
      notes: [
        [state.reading.value?.model.name, sourceOf()].filter(Boolean).join(' · '),
        `${threshold} · ${special}`,
        note
      ].filter(Boolean)
    }
  }
  /** Of a shown map: its head's where several are laid over one another. */
  function colourOf({ head }: { head: number | null }, { theme }: FigureForm, plain: string): string {
    return state.settings.heads === 'overlay' && head !== null ? headColours(state.heads.value, theme)[head]! : plain
  }
  function linesFigure(form: FigureForm): SVGSVGElement {
    const { units, maps, largest } = state.shown.value!
    const focus = state.locked.value
    const links = collectLinks(maps, focus, { first: 0, last: units.length - 1, budget: mostLinks })
    const note =
      links.total > links.weight.length
        ? `the ${formatCount(mostLinks)} strongest of ${formatCount(links.total)} links`
        : ''
    const other = focus?.side === 'query' ? 'key' : 'query'
    const tree = focus ? state.gold.value.filter((cell) => cell[focus.side] === focus.unit) : state.gold.value
    const rings = focus ? tree.map((cell) => cell[other]) : []
    return drawLinesFigure(document, {
      units,
      maps,
      links,
      focus,
      rings,
      tree,
      colours: maps.map((map) => colourOf(map, form, 'var(--accent)')),
      largest,
      heading: heading(note, form),
      width: form.width
    })
  }
  function matrixFigure(form: FigureForm): SVGSVGElement {
    const { units, maps, largest } = state.shown.value!
    const table = sequentialTable(form.theme)
    const pixels = matrixPixels(
      maps,
      largest,
      table,
      maps.map((map) => rgbOf(colourOf(map, form, lightToken('accent')))),
      rgbOf(lightToken('surface'))
    )
    return drawMatrixFigure(document, {
      units,
      maps,
      pixels,
      table,
      largest,
      rings: state.gold.value,
      heading: heading('', form),
      width: form.width,
      legend: form.legend
    })
  }

  return useExport((format) => {
    const shown = state.shown.value
    if (!shown) return null
    const way = state.way.name.value
    const heads =
      way !== 'weights' && combinedWays[way].of !== 'head'
        ? way
        : state.mode.value === 'one'
          ? `head-${state.head.value + 1}${way === 'weights' ? '' : `-${way}`}`
          : state.mode.value === 'mean'
            ? 'mean'
            : 'heads'
    const { sentence } = provenance()
    return {
      name: `attention-layer-${state.layer.value}-${heads}-${form}`,
      rows: format === 'csv' ? pairRows(shown.units, shown.maps, provenance()) : [],
      ...(format === 'json' && {
        document: mapsDocument(
          shown.units,
          shown.maps,
          state.prepared.value!.maps.map((map) => map.hidden),
          provenance()
        )
      }),
      figure: form === 'lines' ? linesFigure : matrixFigure,
      caption: `Attention of layer ${state.layer.value}, ${state.headTitle.value}, for the sentence “${sentence}”`
    }
  })
}
