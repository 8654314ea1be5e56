import type { ProjectionInput } from '@shared/projection'
import type { ExportFormat } from '@/components/ExportMenu.vue'
import { csvOfRecords } from '@shared/csv'
import { canvasToPng, downloadBlob, downloadText, safeFileName } from '@/plots/exporting'
import { drawPoints, type ScatterStyle, type ScatterView } from '@/plots/scatter'
import { exportFigure } from '@/plots/saveFigure'
import { drawNotes, type ScatterNotes } from '@/plots/scatterNotes'
import { themeToken } from '@/stores/themeStore'
import { clearedContext } from './scatterLayers'
import { scatterSvg, type ScatterLegendEntry } from '@/plots/scatterSvg'

export interface ProjectionExport {
  input: ProjectionInput
  /** [n, dimensions] */
  positions: Float32Array
  dimensions: 2 | 3
  classes: Int32Array
  classNames: readonly string[]
  describe(point: number): { form: string; label: string | null; sentence: number; position: number } | null
  legend: readonly ScatterLegendEntry[]
  /** As it is on screen; its `positions` are [n, 2] also where the layout has three dimensions. */
  picture: {
    view: ScatterView
    style: ScatterStyle
    width: number
    height: number
    positions: Float32Array
    notes: ScatterNotes
  }
  /** Selected points; empty without a selection. */
  chosen: readonly number[]
  about: Record<string, unknown>
}

/**
 * One row a point: word, place in the corpus (sentence and position from 0), label, coordinates, and whether it was
 * selected.
 */
export function projectionRows({
  positions,
  dimensions,
  describe,
  chosen
}: Pick<ProjectionExport, 'positions' | 'dimensions' | 'describe' | 'chosen'>) {
  const selected = new Set(chosen)
  return Array.from({ length: positions.length / dimensions }, (_, point) => {
    const word = describe(point)
    return {
      word: word?.form ?? '',
      sentence: word?.sentence ?? null,
      position: word?.position ?? null,
      label: word?.label ?? null,
      x: positions[dimensions * point]!,
      y: positions[dimensions * point + 1]!,
      ...(dimensions === 3 && { z: positions[dimensions * point + 2]! }),
      chosen: selected.has(point)
    }
  })
}

/** Pixels of an exported picture to a CSS pixel. */
const exportRatio = 2

/** The points without marks, drawn again at twice the size on screen. */
function pictureCanvas(document: Document, { picture, classes }: ProjectionExport): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  const context = clearedContext(canvas, { ...picture, ratio: exportRatio })
  if (context) {
    drawPoints(context, { positions: picture.positions, classes }, picture.view, picture.style)
    const inks = { text: themeToken('text'), surface: themeToken('surface') }
    drawNotes(context, picture.notes, picture.view, picture, inks, themeToken('font-ui'))
  }
  return canvas
}

export async function saveProjection(format: ExportFormat, data: ProjectionExport): Promise<void> {
  const { about, picture } = data
  const name = safeFileName(
    ['projection', about['model'], about['split'], `layer-${String(about['layer'])}`, about['method']].join('-')
  )
  const title =
    `Projection of layer ${String(about['layer'])} of ${String(about['model'])}, ${String(about['dataset'])} ` +
    `${String(about['split'])}`
  if (format === 'csv') downloadText(`${name}.csv`, 'text/csv', csvOfRecords(projectionRows(data)))
  else if (format === 'json')
    downloadText(
      `${name}.json`,
      'application/json',
      `${JSON.stringify({ ...about, explained: data.input.explained, points: projectionRows(data) })}\n`
    )
  else if (format === 'png') {
    downloadBlob(`${name}.png`, await canvasToPng(pictureCanvas(document, data)))
  } else {
    const svg = scatterSvg(
      document,
      { positions: picture.positions, classes: data.classes },
      picture.view,
      picture.style,
      picture,
      data.legend,
      title,
      (id) => data.classNames[id] ?? 'no label',
      picture.notes
    )
    // Theme colours are read off the document, so the figure has to be in it for a moment.
    svg.setAttribute('aria-label', title)
    svg.style.position = 'absolute'
    svg.style.visibility = 'hidden'
    document.body.append(svg)
    try {
      await exportFigure(name, format, svg)
    } finally {
      svg.remove()
    }
  }
}
