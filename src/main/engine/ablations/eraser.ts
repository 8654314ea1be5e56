import { hiddenStateHook } from '@shared/hookNames'
import type { Edit, Fitted, Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import type { SelectedRows } from '../probes/solvers/standardise'
import { fitInlp } from './inlp'
import { fitLeace } from './leace'

/** How a label is erased: LEACE, or a number of rounds of INLP. */
export interface EraserMethod {
  kind: 'leace' | 'inlp'
  /** Number of probes that INLP trains one after another, each on what the previous one left. */
  rounds: number
}

/** Whether erasers are fitted to a sentence, by its place in the split; the others are for probes trained again. */
export function erasersRead(sentence: number): boolean {
  return sentence % 2 === 0
}

/**
 * Whether probes of a part can be trained on sentences that no eraser of a set was fitted to: `apart` where each was
 * fitted to every other one of them, `shared` where one was fitted to all of the part or to the test part; null where
 * none was fitted to either.
 */
export function eraserSentences(
  interventions: readonly Intervention[],
  { data, trainSplit, testSplit }: { data: string; trainSplit: string; testSplit: string }
): 'apart' | 'shared' | null {
  const fits = interventions.flatMap(({ fitted }) => (fitted && fitted.data === data ? [fitted] : []))
  if (fits.some(({ split }) => split === testSplit)) return 'shared'
  const trained = fits.filter(({ split }) => split === trainSplit)
  if (trained.length === 0) return null
  return trained.every(({ sentences }) => sentences === 'even') ? 'apart' : 'shared'
}

/**
 * The edit of a layer's hidden states after which a linear probe of these labels, or INLP's last one, finds nothing.
 * Numbers are single precision, so that a set of them is a small file.
 * @param labels class of each selected row, in [0, classes)
 * @throws UserError if no direction separates the labels
 */
export async function fitEraser(
  data: SelectedRows,
  labels: Int32Array,
  classes: number,
  { kind, rounds }: EraserMethod,
  about: Omit<Fitted, 'method' | 'rank'>,
  job: JobHandle
): Promise<Intervention> {
  const edit =
    kind === 'leace' ? await leaceEdit(data, labels, classes, job) : await inlpEdit(data, labels, classes, rounds, job)
  const rank = edit.kind === 'erase' ? edit.left.length : edit.basis.length
  if (rank === 0)
    throw new UserError(
      `Nothing at layer ${about.layer} separates the labels of '${about.task}', so there is nothing to ` +
        'erase; choose another layer or another task.'
    )
  return { at: hiddenStateHook(about.layer), edit, fitted: { ...about, method: kind, rank } }
}

/** @throws UserError if one of them was fitted to another model */
export function requireFitted(
  interventions: readonly Intervention[],
  { id, name }: Pick<ModelInfo, 'id' | 'name'>
): void {
  const other = interventions.find(({ fitted }) => fitted && fitted.model.id !== id)?.fitted
  if (!other) return
  throw new UserError(
    `The eraser of '${other.task}' at layer ${other.layer} was fitted to ${other.model.name}, but the model is ` +
      `${name}; open ${other.model.name}, or fit the eraser again.`
  )
}

type EraserEdit = Extract<Edit, { kind: 'erase' | 'project' }>

async function leaceEdit(data: SelectedRows, labels: Int32Array, classes: number, job: JobHandle): Promise<EraserEdit> {
  const { mean, left, right } = await fitLeace(data, labels, classes, job)
  return { kind: 'erase', mean: single(mean), left: left.map(single), right: right.map(single) }
}

async function inlpEdit(
  data: SelectedRows,
  labels: Int32Array,
  classes: number,
  rounds: number,
  job: JobHandle
): Promise<EraserEdit> {
  return { kind: 'project', basis: (await fitInlp(data, labels, classes, rounds, job)).map(single) }
}

/** The nearest single-precision numbers, in the fewest digits that name them. */
function single(values: readonly number[]): number[] {
  return values.map((value) => Number(Math.fround(value).toPrecision(9)))
}
