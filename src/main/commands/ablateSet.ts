import { ablationPairOptions, ablationSetOptions, eraserOptions } from '@shared/ablationRequests'
import type { DatasetInfo } from '@shared/dataset'
import { interventionSet, type InterventionSet } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { layers, wordCount } from '../commandLine/commonOptions'
import type { DataValues } from '../commandLine/dataOptions'
import { openData } from '../commandLine/opening'
import { choice, flag, group, need, number, output, text, withDefault, words, type Values } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import type { Report } from '../commandLine/report'
import { readNamedJson } from '../engine/files/namedFile'
import type { Services } from '../engine/services'
import { changeTable, pairTable, probeTable, setTable, similarityTable } from './tables/ablateSetTables'

/** Options that are about a set of interventions as a whole. */
export const setOptions = {
  ...group('A set of interventions', {
    interventions: text('FILE', 'as the window saves it; docs/ablations.md has the format'),
    erase: text('TASK', 'also, or instead, erase what a linear probe of the task finds, fitted on --train FILE'),
    layers: layers('layers to erase it at (default: the last), from the lowest up'),
    method: withDefault(
      choice(
        eraserOptions.entries.method.options,
        'NAME',
        'how to erase; inlp trains --rounds N probes one after another'
      ),
      'leace'
    ),
    rounds: withDefault(number(eraserOptions.entries.rounds, 'N', 'probes that inlp trains'), '8'),
    save: output('FILE', 'save the set, including what was fitted'),
    random: withDefault(
      number(ablationSetOptions.entries.randomSets, 'N', 'random sets of the same size for comparison'),
      '10'
    )
  }),
  ...group('Measures of a set, in addition to those above', {
    change: flag('hidden states (cosine and CKA) by layer, attention by head'),
    retrain: words(
      'TASKS',
      'probes of these tasks at every layer, on --train FILE: trained before the change, and retrained after it'
    ),
    'train-words': wordCount('whole sentences of --train, up to about N words, drawn with the seed', '10000'),
    watch: text('WORD', 'the loss, and probability and rank of the word wherever it occurs'),
    pairs: text('PATH', 'minimal pairs, --pairs-each N of each paradigm'),
    'pairs-each': withDefault(
      number(v.pipe(ablationPairOptions.entries.pairs.wrapped, v.minValue(1)), 'N', 'pairs of each paradigm'),
      '50'
    ),
    first: text('TEXT', 'with --second TEXT: similarity of two sentences'),
    second: text('TEXT', 'the second sentence')
  })
}

/** The other options of `ablate` that sets need. */
interface SetValues extends Values<typeof setOptions>, DataValues {
  readonly tasks: string[] | undefined
  readonly train: string | undefined
  readonly data: string
  readonly loss: boolean
  readonly movement: boolean
  readonly label: string | undefined
}

/** Options by the field of a request. */
const requestNames = {
  maxWords: 'max-words',
  maxTestWords: 'max-words',
  maxTrainWords: 'train-words',
  randomSets: 'random',
  watched: 'watch',
  path: 'pairs',
  pairs: 'pairs-each',
  task: 'erase',
  tasks: 'retrain',
  layers: 'layers',
  method: 'method',
  rounds: 'rounds',
  first: 'first',
  second: 'second',
  interventions: 'interventions',
  seed: 'seed'
}

/** Whether to measure a set rather than each part alone. @throws UserError for a measure of sets without a set */
export function asksForSet(values: SetValues): boolean {
  if (values.first !== undefined || values.second !== undefined) {
    need('ablate', 'first', values.first)
    if (values.interventions ?? values.erase) need('ablate', 'second', values.second)
  }
  if (values.interventions || values.erase) return true
  const measure = (['change', 'retrain', 'watch', 'pairs', 'first'] as const).find((name) => values[name])
  if (measure)
    throw new UserError(
      `--${measure} measures a set of interventions; give one with --interventions FILE or --erase TASK.`
    )
  return false
}

/** The labels that the options name. */
export function labelsOf({ tasks = [], label, erase, retrain = [] }: SetValues): string[] {
  return [...tasks, label, erase, ...retrain].filter((name) => name !== undefined)
}

/** Opens what probes and erasers are trained on and tested with: --train and --data, as `train` and `test`. */
export function openTraining(services: Services, report: Report, values: SetValues): Promise<DatasetInfo> {
  const data = { paths: [need('ablate', 'train', values.train), values.data], splitNames: ['train', 'test'] }
  return openData(services, report, data, values, labelsOf(values))
}

/** What `ablate` has already opened. */
export interface OpenSubjects {
  modelId: string
  layers: number
  datasetId: string
  split: string
  maxWords: number
  draw?: number
  seed: number
  probe: { runId: string; layer: number } | null
}

/**
 * Measures one set by all requested measures.
 * @param given the set of --interventions
 * @returns the whole result, and tables to print
 */
export async function ablateSet(
  services: Services,
  report: Report,
  values: SetValues,
  subjects: OpenSubjects,
  given: InterventionSet | null
): Promise<{ result: object; table: string }> {
  const { jobs } = services
  const { modelId, datasetId, split, maxWords, draw, seed } = subjects
  const drawing = draw === undefined ? {} : { draw }
  const run = <R>(title: string, work: (job: JobHandle) => Promise<R>): Promise<R> =>
    jobs.run('ablation', title, undefined, work)
  const parts = values.erase || values.retrain ? await openParts(services, report, values, subjects) : null
  const erased =
    values.erase && parts
      ? await run('Fitting an eraser', (job) => {
          const { testSplit: _test, maxTestWords: _words, ...fitted } = parts
          const request = parseRequest(
            'ablation.eraser',
            {
              ...fitted,
              interventions: given?.interventions ?? [],
              task: values.erase!,
              layers: values.layers ?? [subjects.layers],
              method: values.method,
              rounds: values.rounds
            },
            requestNames
          )
          return services.runs.run('eraser', request, job)
        })
      : null
  const set = joined(given, erased)
  if (values.save) report.write(values.save, `${JSON.stringify(set)}\n`)
  const like = { modelId, interventions: set.interventions, randomSets: values.random, seed }
  const corpus = { datasetId, split }
  const tables: string[] = []
  const withTable = <R>(result: R, table: (result: R) => string): R => {
    tables.push(table(result))
    return result
  }
  const others = values.change || values.retrain || values.pairs || values.first
  const measures =
    values.loss || values.movement || values.label || values.watch || !others
      ? withTable(
          await run('Intervening on the corpus', (job) => {
            const request = {
              ...like,
              ...corpus,
              maxWords,
              ...drawing,
              probe: subjects.probe,
              loss: values.loss || values.watch !== undefined,
              movement: values.movement,
              watched: values.watch ?? null
            }
            return services.runs.run('ablationSet', parseRequest('ablation.set', request, requestNames), job)
          }),
          (result) => setTable(result, set.name)
        )
      : null
  const change = values.change
    ? withTable(
        await run('Comparing layers', (job) =>
          services.runs.run(
            'change',
            parseRequest('ablation.change', { ...like, ...corpus, maxWords, ...drawing }, requestNames),
            job
          )
        ),
        changeTable
      )
    : null
  const probes =
    values.retrain && parts
      ? withTable(
          await run('Retraining probes', (job) =>
            services.runs.run(
              'retrained',
              parseRequest(
                'ablation.probes',
                { ...like, ...parts, tasks: values.retrain!, layers: null },
                requestNames
              ),
              job
            )
          ),
          probeTable
        )
      : null
  const pairs = values.pairs
    ? withTable(
        await run('Minimal pairs', (job) =>
          services.runs.run(
            'setPairs',
            parseRequest(
              'ablation.pairs',
              { ...like, path: values.pairs!, pairs: values['pairs-each'], corpus },
              requestNames
            ),
            job
          )
        ),
        pairTable
      )
    : null
  for (const note of pairs?.notes ?? []) report.note(`${pairs!.data}: ${note}`)
  const sentence = (name: 'first' | 'second') => ({ kind: 'text' as const, text: need('ablate', name, values[name]) })
  const similarity = values.first
    ? withTable(
        await run('Comparing sentences', (job) =>
          services.runs.run(
            'similarity',
            parseRequest(
              'ablation.similarity',
              { ...like, first: sentence('first'), second: sentence('second'), corpus },
              requestNames
            ),
            job
          )
        ),
        similarityTable
      )
    : null
  // Matrices are written by --save; the result only says what was fitted.
  const interventions = set.interventions.map(({ edit, ...intervention }) => ({
    ...intervention,
    edit: intervention.fitted ? { kind: edit.kind } : edit
  }))
  return {
    result: {
      set: { name: set.name, interventions },
      ...measures,
      ...(change && { change }),
      ...(probes && { probes }),
      ...(pairs && { pairs }),
      ...(similarity && { similarity })
    },
    table: tables.join('\n')
  }
}

/** The data that probes and erasers are trained and tested on. */
async function openParts(
  services: Services,
  report: Report,
  values: SetValues,
  { modelId, maxWords, draw, seed }: OpenSubjects
) {
  const { id } = await openTraining(services, report, values)
  return {
    modelId,
    datasetId: id,
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first' as const,
    maxTrainWords: values['train-words'],
    maxTestWords: maxWords,
    ...(draw === undefined ? {} : { draw }),
    seed
  }
}

/** @throws UserError naming the invalid place in the file */
export function readInterventions(path: string): InterventionSet {
  const parsed = v.safeParse(interventionSet, readNamedJson(path))
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
