import { isShare, type ListedResult, type ResultScore } from '@shared/results'
import { readsLayersBelow } from '@shared/probeMethods'
import { placeText } from '@shared/probeSetUp'
import { isUserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { distribute } from '../commandLine/distribute'
import { flag, output, text } from '../commandLine/option'
import type { Report } from '../commandLine/report'
import { checkRunOptions, runOptions } from '../commandLine/runOptions'
import { sweepRequest } from '../commandLine/sweepRequest'
import { withServices } from '../commandLine/withServices'
import { contentKey } from '../engine/results/contentKey'
import { readSweep } from '../engine/sweeps/sweepFile'
import type { Services } from '../engine/services'
import { sweepRuns, type SweepRun } from '../engine/sweeps/sweepRuns'
import { runnerOf } from '../engine/services/runners'

/** The outcome of one run. */
interface Outcome {
  model: string
  data: string
  run: string
  state: 'done' | 'kept already' | 'failed' | 'to do'
  id: string | null
  best: ResultScore | null
  /** Whether the best score is of a mix of layers. */
  ofMix: boolean
  /** Measured, or estimated in a dry run. */
  seconds: number | null
  error: string | null
}

export const sweepCommand = defineCommand({
  name: 'sweep',
  description:
    'Runs many probes, trainings and results of other kinds, described in a file: models x data x tasks x probes x ' +
    'seeds, models x data x tasks x methods x sizes x seeds, and models x data x units x seeds.',
  arguments: [
    {
      name: 'FILE',
      description: 'YAML or JSON, see below; paths in it are relative to it',
      missing: 'Name one file that describes the sweep. `layerscope sweep --help` shows an example.'
    }
  ],
  options: {
    'dry-run': flag('list the runs with the time each will take, without running them'),
    json: output('OUT', 'write a summary of all runs; OUT - writes it to standard output instead of the table'),
    keep: text('NAME', "the name of its runs in the library (default: the sweep's)"),
    ...runOptions
  },
  notes: `Every finished run is kept in the library under the sweep's name (\`layerscope results\`, the view Results).
The same command resumes a sweep that was stopped: a run that is kept for the same model, data and options is
not repeated. A run that fails says why and does not stop the others.

A file
  name: layers of MiniLM
  models:
    - all-MiniLM-L6-v2
    - { path: all-MiniLM-L6-v2, untrained: 1 }
  data:
    - { name: EWT, train: en_ewt-ud-dev.conllu.gz, test: en_ewt-ud-test.conllu.gz }
    - { paths: [ud_english-ewt], trainSplit: dev, testSplit: test }
  tasks: [upos, deprel, tree.depth]   # numbers are predicted by ridge regression
  probes:
    - linear
    - { kind: mlp, hidden: [256], dropout: 0.2 }
    - { recipe: hewittLiang2019 }
  seeds: [1, 2, 3]
  layers: [0, 3, 6]        # all layers by default
  pools: [first]           # first, last, mean
  control: true
  codelength: false
  restarts: 1
  tune: [0.01, 0.1, 1]     # C of linear probes, by held-out training sentences; default 1
  maxTrainWords: 20000     # default: all
  maxTestWords: 10000      # drawn with the seed; the first words with inOrder: true
  methods:                 # ways to adapt the models, beside probes or instead of them
    - features             # \`layerscope finetune --help\` lists methods and recipes
    - { kind: adapters, size: 64 }
    - { recipe: ulmfit }
  sizes: [100, 500, null]  # training sentences; null takes all
  training: { epochs: 4, maxTest: 500 }
  units:                   # results of any other kind, with the settings that a result of it has
    - { kind: curve, task: upos, curve: { kind: restarts, starts: 5 } }
    - { kind: scan, title: heads, unit: head, edit: { kind: zero }, probe: null, loss: true, movement: false }
    - { kind: taskMap, runs: [], loss: true, movement: false, edit: { kind: zero }, randomDraws: 1 }
    - { kind: pairs, path: blimp.tsv.gz, pairs: 100 }`,
  examples: [
    'layerscope sweep docs/sweep-example.yaml --dry-run',
    'layerscope sweep docs/sweep-example.yaml --json summary.json',
    'layerscope sweep docs/sweep-example.yaml --on local --workers 2 --run /tmp/layers',
    'layerscope sweep docs/sweep-example.yaml --on slurm --run /shared/layers --cpus 8 --mem 16G --time 4:00:00'
  ],
  exitCodes: 'Exits with 1 if a run failed.',
  resume: 'Finished runs are kept; run the same command again to resume.',
  async run({ values, typed, arguments: [file], report }) {
    checkRunOptions(values, typed)
    const sweep = readSweep(file!)
    const runs = sweepRuns(sweep)
    const { units, ...rest } = sweep
    // Files without units have the id that they had before there were any.
    const parent = `sweep-${contentKey(units.length > 0 ? sweep : rest).slice(0, 12)}`
    if (values.on !== undefined) return distribute({ name: values.keep ?? sweep.name, parent, runs, values }, report)
    return withServices(async (services) => {
      const outcomes: Outcome[] = []
      for (const [index, run] of runs.entries()) {
        const outcome = await one(services, report, run, parent, values['dry-run'])
        outcomes.push(outcome)
        process.stderr.write(`[${index + 1}/${runs.length}] ${line(outcome)}\n`)
      }
      report.result(values.json, { name: sweep.name, runs: outcomes }, () => summary(outcomes))
      return outcomes.some(({ state }) => state === 'failed') ? 1 : 0
    }, values.keep ?? sweep.name)
  }
})

/** @param parent the id of the sweep, made of its content */
async function one(services: Services, report: Report, run: SweepRun, parent: string, dry: boolean): Promise<Outcome> {
  const { results, runs, jobs } = services
  const about = {
    model: run.model.path,
    data: 'paths' in run.data ? run.data.paths.join(', ') : run.data.train,
    run: run.title,
    id: null,
    best: null,
    ofMix: run.call === 'probe.run' && run.options.probe !== undefined && readsLayersBelow(run.options.probe),
    seconds: null,
    error: null
  }
  try {
    const { kind, request, jobTitle, model, data, estimate } = await sweepRequest(services, report, run)
    const named = { ...about, model, data }
    const ended = ({ id, summary: { score, seconds } }: ListedResult, state: Outcome['state']): Outcome => ({
      ...named,
      state,
      id,
      best: score,
      seconds
    })
    const before = await runs.find(kind, request)
    if (before) return ended(before, 'kept already')
    if (dry) return { ...named, state: 'to do', seconds: (await estimate())?.seconds ?? null }
    const { id } = await jobs.run(runnerOf(kind).job, jobTitle, undefined, (job) =>
      runs.run(kind, request, job, { parent })
    )
    return ended(results.listed(id), 'done')
  } catch (error) {
    if (!isUserError(error)) throw error
    return { ...about, state: 'failed', error: error.message }
  }
}

function line({ model, data, run, state, best, ofMix, seconds, error }: Outcome): string {
  const what = `${model}, ${data}, ${run}: ${state}`
  if (error !== null) return `${what}. ${error}`
  const score = best
    ? ', ' +
      `${isShare(best.measure) ? `${(best.value * 100).toFixed(2)} %` : `${best.measure} ${best.value.toFixed(3)}`} ` +
      (best.layer === null ? '' : placeText(!ofMix, best.layer))
    : ''
  return `${what}${score}${seconds === null ? '' : `, ${state === 'to do' ? 'about ' : ''}${seconds.toFixed(1)} s`}`
}

function summary(outcomes: readonly Outcome[]): string {
  const count = (state: Outcome['state']): number => outcomes.filter((outcome) => outcome.state === state).length
  const states = (['done', 'kept already', 'to do', 'failed'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`)
  const rest = outcomes.filter(({ state }) => state === 'to do').reduce((sum, { seconds }) => sum + (seconds ?? 0), 0)
  return [
    ...outcomes.map(line),
    `${outcomes.length} runs: ${states.join(', ')}${rest > 0 ? `; about ${rest.toFixed(0)} s` : ''}`,
    ''
  ].join('\n')
}
