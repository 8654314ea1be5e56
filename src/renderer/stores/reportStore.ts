import type { CsvValue } from '@shared/csv'
import { mostReportRows, type ReportCell } from '@shared/report'
import { reportHtml, reportMade } from '@shared/reportHtml'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { client } from '@/client'
import { downloadText } from '@/plots/exporting'
import type { FigureOrigin } from '@/plots/figureOrigin'
import type { Printed } from '@/plots/printFigure'
import { useNoticeStore } from './noticeStore'

export interface AddedFigure {
  title: string
  caption: string
  figure: Printed
  rows: readonly Record<string, CsvValue>[]
  origin: FigureOrigin
}

/** The report: figures of any views with their words and numbers, kept on this computer. */
export const useReportStore = defineStore('report', () => {
  const notices = useNoticeStore()
  /** In their order. */
  const cells = shallowRef<readonly ReportCell[]>([])
  const loaded = ref(false)
  /** Taken out last, and can be put back. */
  const removed = shallowRef<ReportCell | null>(null)

  async function load(): Promise<void> {
    try {
      cells.value = await client.call('report.load', {})
      loaded.value = true
    } catch (error) {
      notices.fail('The report could not be read', error)
    }
  }

  /** Words on how a kept run was made; none where the result has no such paragraph. */
  async function words(runId: string | undefined, format: 'methods' | 'bibtex'): Promise<string> {
    if (runId === undefined) return ''
    return client.call('results.export', { ids: [runId], format }).then(
      ({ text }) => text,
      () => ''
    )
  }

  /** @throws UserError where it cannot be kept */
  async function add({ title, caption, figure, rows, origin }: AddedFigure): Promise<void> {
    await load()
    const cell: ReportCell = {
      id: crypto.randomUUID(),
      place: 1 + Math.max(-1, ...cells.value.map(({ place }) => place)),
      title,
      caption,
      note: '',
      svg: figure.svg,
      inches: figure.width,
      rows: rows.slice(0, mostReportRows),
      rowCount: rows.length,
      origin,
      methods: await words(origin.run?.id, 'methods'),
      bibtex: await words(origin.run?.id, 'bibtex'),
      addedAt: Date.now()
    }
    await client.call('report.save', cell)
    cells.value = [...cells.value, cell]
    const count = cells.value.length
    notices.say('The figure is in the report', `${count === 1 ? 'It is the first one' : `There are ${count} now`}.`)
  }

  async function save(...changed: readonly ReportCell[]): Promise<void> {
    cells.value = cells.value
      .map((cell) => changed.find(({ id }) => id === cell.id) ?? cell)
      .sort((a, b) => a.place - b.place)
    try {
      for (const cell of changed) await client.call('report.save', cell)
    } catch (error) {
      notices.fail('The report could not be kept', error)
    }
  }
  function edit(cell: ReportCell, words: Partial<Pick<ReportCell, 'caption' | 'note'>>): Promise<void> {
    return save({ ...cell, ...words })
  }
  /** Changes places with the figure before it (-1) or after it (1). */
  async function move(cell: ReportCell, by: -1 | 1): Promise<void> {
    const other = cells.value[cells.value.indexOf(cell) + by]
    if (other) await save({ ...cell, place: other.place }, { ...other, place: cell.place })
  }
  async function remove(cell: ReportCell): Promise<void> {
    try {
      await client.call('report.delete', { id: cell.id })
      cells.value = cells.value.filter(({ id }) => id !== cell.id)
      removed.value = cell
    } catch (error) {
      notices.fail('The figure could not be taken out', error)
    }
  }
  async function restore(): Promise<void> {
    const cell = removed.value
    if (!cell) return
    removed.value = null
    cells.value = [...cells.value, cell]
    await save(cell)
  }
  function download(): void {
    const words = { title: 'Report', madeAt: reportMade(cells.value, new Date()) }
    downloadText('layerscope-report.html', 'text/html', reportHtml(cells.value, words))
  }
  return { cells, loaded, removed, load, add, edit, move, remove, restore, download }
})
