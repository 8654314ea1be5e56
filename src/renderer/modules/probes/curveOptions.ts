import type { CurveOptions, ProbeOptions } from '@shared/contract'
import { curveSettings, type CurveKind, type CurveSettings } from '@shared/curveSettings'
import type { DatasetInfo } from '@shared/dataset'
import { treeTask, type ProbeResult } from '@shared/probe'
import { defaultMethod, learnsTrees, type ProbeMethodOptions } from '@shared/probeMethods'
import * as v from 'valibot'
import { settingsOf } from '@/setup/settingsOf'

/** The fields of a curve's settings as a person types them. */
export type CurveFields = Record<string, string>

/** What can be typed of each kind. */
export const curveFields: Record<CurveKind, readonly { name: string; title: string; list: boolean; hint: string }[]> = {
  size: [
    { name: 'shares', title: 'Shares', list: true, hint: 'Of the training sentences, as 1/8 or 0.5' },
    { name: 'draws', title: 'Draws', list: false, hint: 'Of the sentences; the band spans them' }
  ],
  hidden: [{ name: 'sizes', title: 'Hidden units', list: true, hint: '0 is the linear probe' }],
  pareto: [{ name: 'sizes', title: 'Hidden units', list: true, hint: '0 is the linear probe' }],
  rank: [{ name: 'ranks', title: 'Ranks', list: true, hint: 'Of the map in front of the classes' }],
  restarts: [{ name: 'starts', title: 'Random starts', list: false, hint: 'From 2 to 200' }],
  languages: [
    {
      name: 'trainShare',
      title: 'Share trained on',
      list: false,
      hint: 'Of the sentences, the same places in every part'
    }
  ]
}

export function fieldsOf(settings: CurveSettings): CurveFields {
  return Object.fromEntries(
    curveFields[settings.kind].map(({ name }) => {
      const value = (settings as Record<string, unknown>)[name] as number | number[]
      return [name, Array.isArray(value) ? value.map((one) => written(one)).join(', ') : written(value)]
    })
  )
}

/** The settings that were typed; null where something cannot be read or is out of bounds. */
export function settingsFrom(kind: CurveKind, fields: CurveFields, splits: readonly string[]): CurveSettings | null {
  const values = Object.fromEntries(
    curveFields[kind].map(({ name, list }) => {
      const numbers = (fields[name] ?? '').split(',').map(readNumber)
      return [name, list ? numbers : numbers[0]]
    })
  )
  const parsed = v.safeParse(curveSettings, { kind, ...values, ...(kind === 'languages' ? { splits } : {}) })
  return parsed.success ? parsed.output : null
}

/** '1/8' as that, other shares with their digits. */
function written(value: number): string {
  const inverse = 1 / value
  return value < 1 && value > 0 && Math.abs(inverse - Math.round(inverse)) < 1e-9
    ? `1/${Math.round(inverse)}`
    : String(value)
}

function readNumber(text: string): number {
  const [above = '', below, ...rest] = text.trim().split('/')
  return above.trim() === '' || below?.trim() === '' || rest.length > 0 ? NaN : Number(above) / Number(below ?? 1)
}

/** Names of the parts a file or a fraction of one gives: not of languages. */
const partNames = new Set(['train', 'dev', 'test'])

/** Parts that could be languages: those that are not parts of one treebank. */
export function languageSplits(dataset: DatasetInfo): string[] {
  const names = dataset.splits.map(({ name }) => name)
  return names.every((name) => partNames.has(name)) ? [] : names
}

/** What a curve is drawn with: the settings of the run in view, or of a first run. */
export function curveOptions(
  settings: CurveSettings,
  run: ProbeResult | null,
  usual: ProbeOptions | null
): CurveOptions | null {
  const whole = run
    ? { ...settingsOf(run), modelId: run.model.id, datasetId: run.dataset.id, task: run.task.id, layers: null }
    : usual
  if (!whole) return null
  // Points of a curve are neither tuned nor compared with layer 0, and have a part to test on.
  const { tune: _tune, conditional: _conditional, folds: _folds, innerFolds: _innerFolds, ...base } = whole
  return {
    ...base,
    probe: probeFor(settings.kind, base.probe, base.task),
    control: settings.kind === 'hidden' || (settings.kind === 'rank' && base.task !== treeTask.id),
    codelength: false,
    restarts: 1,
    curve: settings
  }
}

function probeFor(kind: CurveKind, probe: ProbeMethodOptions, task: string): ProbeMethodOptions {
  if (kind === 'hidden' || kind === 'pareto') return probe.kind === 'mlp' ? probe : defaultMethod('mlp')
  if (kind === 'rank')
    return task === treeTask.id
      ? learnsTrees(probe)
        ? probe
        : defaultMethod('structural')
      : probe.kind === 'lowRank'
        ? probe
        : defaultMethod('lowRank')
  return learnsTrees(probe) || (kind === 'restarts' && probe.kind === 'knn') ? defaultMethod('linear') : probe
}

/** Kinds of curves that a task has. */
export function curveKindsOf(task: string): CurveKind[] {
  return task === treeTask.id ? ['rank'] : ['size', 'hidden', 'pareto', 'rank', 'restarts', 'languages']
}
