import type { ProjectionInput } from '@shared/projection'
import { safeFileName } from '@/plots/exporting'
import type { ScatterStyle, ScatterView } from '@/plots/scatter'
import type { ScatterNotes } from '@/plots/scatterNotes'
import { scatterSvg, type ScatterLegendEntry } from '@/plots/scatterSvg'
import type { ExportFormat, Exported } from '@/stores/proofStore'
import type { ThemeName } from '@/stores/themeStore'

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
  /** Colour of a class, -1 for none, in a theme. */
  coloursOn(theme: ThemeName): (id: number) => string
  /** How many words, and how they were laid out. */
  caption: string
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

/** The projection as it leaves the window: what is in view as a figure, all points as a table. */
export function exportedProjection(format: ExportFormat, data: ProjectionExport): Exported {
  const { about, picture } = data
  const name = safeFileName(
    ['projection', about['model'], about['split'], `layer-${String(about['layer'])}`, about['method']].join('-')
  )
  const label =
    `Projection of layer ${String(about['layer'])} of ${String(about['model'])}, ${String(about['dataset'])} ` +
    `${String(about['split'])}`
  const rows = format === 'figure' ? [] : projectionRows(data)
  return {
    name,
    rows,
    ...(format === 'json' && { document: { ...about, explained: data.input.explained, points: rows } }),
    caption: data.caption,
    figure: (form) =>
      scatterSvg(document, { positions: picture.positions, classes: data.classes }, picture, {
        form,
        colourOf: data.coloursOn(form.theme),
        legend: data.legend,
        label,
        className: (id) => data.classNames[id] ?? 'no label'
      })
  }
}
