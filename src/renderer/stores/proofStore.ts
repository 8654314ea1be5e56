import type { CsvValue } from '@shared/csv'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { computed, ref, shallowRef } from 'vue'
import { keepSettings } from '@/composables/keepSettings'
import type { FigureSource, FirstNumber } from '@/plots/figureForm'

/** What is asked of a view: its figure, or the numbers behind it as a table or with names and settings. */
export type ExportFormat = 'figure' | 'csv' | 'json'

/** What a view gives away. */
export interface Exported {
  /** Of the files, without an ending. */
  name: string
  /** Rows of the table; those of JSON may be left out where `document` is there. */
  rows: readonly Record<string, CsvValue>[]
  /** What JSON says in addition to the rows. */
  about?: Record<string, unknown>
  /** All of what JSON says, where that is not a table. */
  document?: unknown
  figure?: FigureSource | undefined
  /** What is to be read in the figure: what of, how many items, what the interval is, the seed. */
  caption?: string | undefined
  /** The kept run that is shown. */
  run?: { id: string; madeBy: string }
}

export type ExportContent = (format: ExportFormat) => Exported | null | Promise<Exported | null>

/** The widths that proceedings have: one column, and both. */
export const pageWidths = { column: 3.25, page: 6.75 } as const
export const widthLimits = { least: 2, most: 20 } as const
export const dpiChoices = ['150', '300', '600', '1200'] as const

/** The figure that is about to leave the window, and how figures leave it. */
export const useProofStore = defineStore('proof', () => {
  const format = ref<'svg' | 'pdf' | 'png'>('svg')
  const inches = ref<number>(pageWidths.column)
  const dpi = ref<(typeof dpiChoices)[number]>('300')
  const legend = ref(true)
  const names = ref<'1' | '0'>('1')
  const captioned = ref(false)
  /** Whether files say which view made them, with the paths of its model and data. */
  const linked = ref(true)
  /** Null while no proof is open. */
  const asked = shallowRef<ExportContent | null>(null)

  void keepSettings(
    'proof',
    v.object({
      format: v.fallback(v.picklist(['svg', 'pdf', 'png']), 'svg'),
      inches: v.fallback(v.pipe(v.number(), v.minValue(widthLimits.least), v.maxValue(widthLimits.most)), 3.25),
      dpi: v.fallback(v.picklist(dpiChoices), '300'),
      legend: v.fallback(v.boolean(), true),
      names: v.fallback(v.picklist(['1', '0']), '1'),
      captioned: v.fallback(v.boolean(), false),
      linked: v.fallback(v.boolean(), true)
    }),
    { format, inches, dpi, legend, names, captioned, linked },
    ['format', 'inches', 'dpi', 'legend', 'names', 'captioned', 'linked']
  )

  const choice = computed(() => ({
    inches: inches.value,
    legend: legend.value,
    firstNumber: Number(names.value) as FirstNumber
  }))
  function open(content: ExportContent): void {
    asked.value = content
  }
  return { format, inches, dpi, legend, names, captioned, linked, choice, asked, open }
})
