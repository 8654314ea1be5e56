import { epochLosses, type FinetuneEpoch } from '@shared/finetune'
import type { ResultRows } from '@shared/results'
import type { StoredResult } from '../kind'
import { endCells } from './ablationWords'
import { testCells, testColumns } from './testWords'

type Cell = ResultRows['rows'][number][number]

/** Rows of one kind, with the columns that they have beyond the first ones. */
interface RowGroup {
  columns: readonly string[]
  rows: { first: Cell[]; further: Cell[] }[]
}

const firstColumns = ['epoch', 'update', 'held_out_loss', 'held_out_score', 'language_model_loss', 'training_loss']

/** Measurements by epoch, accuracies of probes for other labels by task, moment and layer, and scores by slice. */
export function finetuneRows(result: StoredResult<'finetune'>): ResultRows {
  const groups = [epochGroup(result), probeGroup(result), sliceGroup(result)].filter(({ rows }) => rows.length > 0)
  const columns = [...firstColumns, ...groups.flatMap((group) => group.columns)]
  let at = firstColumns.length
  const rows = groups.flatMap((group) => {
    const from = at
    at += group.columns.length
    return group.rows.map(({ first, further }) => {
      const row = new Array<Cell>(columns.length).fill(null)
      first.forEach((cell, i) => (row[i] = cell))
      further.forEach((cell, i) => (row[from + i] = cell))
      return row
    })
  })
  return { columns, rows }
}

function epochGroup({ steps, epochs, selfTraining }: StoredResult<'finetune'>): RowGroup {
  if (!selfTraining) {
    const losses = epochLosses(steps, epochs)
    return { columns: [], rows: epochs.map((epoch, i) => ({ first: epochCells(epoch, losses[i]!), further: [] })) }
  }
  return {
    columns: ['round', 'added'],
    rows: selfTraining.rounds.flatMap(({ round, added, epochs: measured }) =>
      measured.map((epoch) => ({ first: epochCells(epoch, epoch.trainingLoss), further: [round, added] }))
    )
  }
}

function epochCells(
  { epoch, step, heldOutLoss, heldOutScore, languageModelLoss }: FinetuneEpoch,
  trainingLoss: number | null
): Cell[] {
  return [epoch, step, heldOutLoss, heldOutScore, languageModelLoss, trainingLoss]
}

function sliceGroup({ slices = [] }: StoredResult<'finetune'>): RowGroup {
  return {
    columns: [
      'slice',
      'items',
      'train_items',
      'weight',
      'base',
      'adapted',
      ...testColumns.map((name) => `slice_${name}`)
    ],
    rows: slices.map(({ id, items, trainItems, weight, base, adapted, test }) => ({
      first: [],
      further: [id, items, trainItems, weight, base, adapted, ...(test ? testCells(test) : [])]
    }))
  }
}

function probeGroup({ probes = [] }: StoredResult<'finetune'>): RowGroup {
  return {
    columns: ['probed', 'layer', 'accuracy', 'low', 'high', 'change', 'change_low', 'change_high', 'p', 'corrected'],
    rows: probes.flatMap(({ task, points }) =>
      points.flatMap(({ step, epoch, layers }) =>
        layers.map(({ layer, accuracy, interval, change }) => ({
          first: [epoch, step],
          further: [
            task.id,
            layer,
            accuracy,
            ...endCells(interval),
            change?.difference ?? null,
            ...endCells(change?.interval ?? null),
            change?.p ?? null,
            change?.corrected ?? null
          ]
        }))
      )
    )
  }
}
