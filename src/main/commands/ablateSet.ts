import { readFileSync, writeFileSync } from 'node:fs'
import { interventionSet, type InterventionSet } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import type { Services } from '../engine/services'
import { changeTable, pairTable, probeTable, setTable, similarityTable } from './ablateSetTables'
import { need, oneOf, wholeNumber } from './command'

/** Options that speak of a set of interventions as a whole. */
export const setOptions = {
  interventions: { type: 'string' },
  random: { type: 'string', default: '10' },
  erase: { type: 'string' },
  method: { type: 'string', default: 'leace' },
  rounds: { type: 'string', default: '8' },
  layers: { type: 'string' },
  save: { type: 'string' },
  change: { type: 'boolean', default: false },
  retrain: { type: 'string' },
  'train-words': { type: 'string', default: '10000' },
  watch: { type: 'string' },
  pairs: { type: 'string' },
  'pairs-each': { type: 'string', default: '50' },
  first: { type: 'string' },
  second: { type: 'string' }
} as const

export const setHelp = `A set of interventions
  --interventions FILE   as the window saves it; docs/ablations.md has the format
  --erase TASK           with it or alone: what a linear probe of the task finds, fitted on --train FILE
  --layers LIST          layers it is erased at (default: the last), from the lowest up
  --method NAME          leace (default) or inlp, with --rounds N probes one after another (default 8)
  --save FILE            writes the set, what was fitted included
  --random N             sets of the same size drawn at random beside it (default 10)

Measures of a set, besides those above
  --change               hidden states (cosine and CKA) by layer, attention by head
  --retrain TASKS        probes of these tasks at every layer, trained on --train FILE: kept, and trained again
  --train-words N        whole sentences of --train up to about so many words (default 10000)
  --watch WORD           the loss, and probability and rank of the word wherever it stands
  --pairs PATH           minimal pairs, --pairs-each N of each paradigm (default 50)
  --first TEXT --second TEXT   likeness of two sentences`

type SetValues = { [name in keyof typeof setOptions]?: string | boolean } & {
  train?: string
  data?: string
  loss?: boolean
  movement?: boolean
  label?: string
}

/** Whether a set is measured rather than every part alone. @throws UserError for a measure of sets without a set */
export function asksForSet(values: SetValues): boolean {
  if (values.interventions || values.erase) return true
  const measure = (['change', 'retrain', 'watch', 'pairs', 'first'] as const).find((name) => values[name])
  if (measure)
    throw new UserError(
      `--${measure} measures a set of interventions; give one by --interventions FILE or --erase TASK.`
    )
  return false
}

/** What `ablate` has opened by then. */
export interface OpenSubjects {
  modelId: string
  layers: number
  datasetId: string
  maxWords: number
  seed: number
  probe: { runId: string; layer: number } | null
}

/** Measures one set by everything that was asked for. @returns the whole result, and tables to print */
export async function ablateSet(
  { ablations, ablationEffects, datasets, erasers, jobs }: Services,
  values: SetValues,
  subjects: OpenSubjects
): Promise<{ result: unknown; table: string }> {
  const { modelId, datasetId, maxWords, seed } = subjects
  const text = (name: keyof typeof setOptions): string | undefined =>
    typeof values[name] === 'string' ? values[name] : undefined
  const run = <R>(title: string, work: (job: JobHandle) => Promise<R>): Promise<R> =>
    jobs.run('ablation', title, undefined, work)
  const given = text('interventions') ? readInterventions(text('interventions')!) : null
  const trained =
    text('erase') || text('retrain')
      ? await datasets.open({
          paths: [need('ablate', 'train', values.train), values.data!],
          splitNames: ['train', 'test']
        })
      : null
  const parts = trained && {
    modelId,
    datasetId: trained.id,
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first' as const,
    maxTrainWords: wholeNumber('train-words', text('train-words')!, 1),
    maxTestWords: maxWords,
    seed
  }
  const erased =
    text('erase') && parts
      ? await run('Fitting an eraser', (job) =>
          erasers.fit(
            {
              ...parts,
              interventions: given?.interventions ?? [],
              task: text('erase')!,
              layers: layerList(text('layers'), subjects.layers),
              method: oneOf('method', text('method')!, ['leace', 'inlp'] as const),
              rounds: wholeNumber('rounds', text('rounds')!, 1)
            },
            job
          )
        )
      : null
  const set = joined(given, erased)
  if (text('save')) writeFileSync(text('save')!, `${JSON.stringify(set)}\n`)
  const like = {
    modelId,
    interventions: set.interventions,
    randomSets: wholeNumber('random', text('random')!, 0),
    seed
  }
  const corpus = { datasetId, split: 'all' }
  const tables: string[] = []
  const told = <R>(result: R, table: (result: R) => string): R => {
    tables.push(table(result))
    return result
  }
  const others = values.change === true || text('retrain') || text('pairs') || text('first')
  const measures =
    values.loss || values.movement || values.label || text('watch') || !others
      ? told(
          await run('Intervening on the corpus', (job) =>
            ablations.set(
              {
                ...like,
                ...corpus,
                maxWords,
                probe: subjects.probe,
                loss: values.loss || text('watch') !== undefined,
                movement: values.movement ?? false,
                watched: text('watch') ?? null
              },
              job
            )
          ),
          (result) => setTable(result, set.name)
        )
      : null
  const change =
    values.change === true
      ? told(
          await run('Comparing layers', (job) => ablationEffects.change({ ...like, ...corpus, maxWords }, job)),
          changeTable
        )
      : null
  const probes =
    text('retrain') && parts
      ? told(
          await run('Training probes again', (job) =>
            ablationEffects.probes({ ...like, ...parts, tasks: text('retrain')!.split(','), layers: null }, job)
          ),
          probeTable
        )
      : null
  const pairs = text('pairs')
    ? told(
        await run('Minimal pairs', (job) =>
          ablationEffects.pairs(
            { ...like, path: text('pairs')!, pairs: wholeNumber('pairs-each', text('pairs-each')!, 1), corpus },
            job
          )
        ),
        pairTable
      )
    : null
  const sentence = (name: 'first' | 'second') => ({ kind: 'text' as const, text: need('ablate', name, text(name)) })
  const similarity = text('first')
    ? told(
        await run('Comparing sentences', (job) =>
          ablationEffects.similarity({ ...like, first: sentence('first'), second: sentence('second'), corpus }, job)
        ),
        similarityTable
      )
    : null
  // Matrices are written by --save: the result says what was fitted.
  const interventions = set.interventions.map(({ edit, ...one }) => ({
    ...one,
    edit: one.fitted ? { kind: edit.kind } : edit
  }))
  return {
    result: {
      set: { name: set.name, interventions },
      ...measures,
      ...(change && { change: plainChange(change) }),
      ...(probes && { probes }),
      ...(pairs && { pairs }),
      ...(similarity && { similarity })
    },
    table: tables.join('\n')
  }
}

/** @throws UserError naming the place in the file that is not as it should be */
export function readInterventions(path: string): InterventionSet {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${path} could not be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const parsed = v.safeParse(interventionSet, json)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new UserError(
    `${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}. docs/ablations.md describes the format.`
  )
}

function joined(given: InterventionSet | null, erased: InterventionSet | null): InterventionSet {
  if (!given || !erased) return (given ?? erased)!
  return {
    name: `${given.name}; ${erased.name}`.slice(0, 200),
    interventions: [...given.interventions, ...erased.interventions]
  }
}

function layerList(text: string | undefined, last: number): number[] {
  return text === undefined ? [last] : text.split(',').map((one) => wholeNumber('layers', one.trim(), 0))
}

/** Tensors as nested lists, for JSON. */
function plainChange<T extends { attention: Record<string, { shape: number[]; data: Float32Array }> }>({
  attention,
  ...rest
}: T) {
  return {
    ...rest,
    attention: Object.fromEntries(
      Object.entries(attention).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }])
    )
  }
}
