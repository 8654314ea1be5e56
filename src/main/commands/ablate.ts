import { writeFileSync } from 'node:fs'
import type { AblationScan, PruningResult } from '@shared/ablation'
import type { Edit } from '@shared/intervention'
import { silentJob, type JobHandle } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import type { Services } from '../engine/services'
import { ablateSet, asksForSet, setHelp, setOptions } from './ablateSet'
import { effectText, heading, show } from './ablateSetTables'
import { mapCsv, mapTable } from './mapTable'
import { need, oneOf, readArguments, wholeNumber, type Command } from './command'
import { withServices } from './withServices'

const help = `Switches parts of a model off and says what breaks, on a corpus.

  layerscope ablate --model DIR --data FILE [--unit KIND] [--edit HOW] [measures] [--prune STEPS]
  layerscope ablate --model DIR --data FILE --interventions FILE.json [measures]
  layerscope ablate --model DIR --data FILE --erase TASK --train FILE [--layers LIST] [measures]
  layerscope ablate --model DIR --data FILE --tasks A,B,... --train FILE [--loss] [--edit HOW] [--csv OUT]

  --model DIR            the checkpoint's folder
  --data FILE            the corpus to measure on: CoNLL-U, TSV, CSV or JSONL; .gz is read
  --max-words N          whole sentences of it up to about so many words (default 5000)
  --unit KIND            what is switched off, one after the other: head (default), attention, mlp, block
  --edit HOW             zero (default), mean over the corpus, resample (another token's value), noise, scale:FACTOR
  --tasks A,B,...        every head, attention, MLP and layer by every one of these labels, and the loss with --loss, in one
                         pass; probes are trained on --train and kept. A cancelled run goes on where it was
  --csv OUT              of --tasks: the whole map as a table
  --prune STEPS          then switch more and more off, the least important first, beside random orders; heads with --loss also in
                         the order of the loss's derivative by a mask on the head (Michel, Levy & Neubig 2019)

Measures (the last hidden states' movement when none is named)
  --label NAME --train FILE   accuracy of a linear probe, trained on FILE as the model is and kept
  --probe-layer N             the probe's layer (default: the last)
  --loss                      loss of the language-model head: of the next token, or of masked tokens; of a set also how many it guesses
  --movement                  how far the last hidden states move

${setHelp}

  --seed N               of everything drawn (default 1)
  --json OUT             write the whole result; OUT - writes it to standard output instead of the table

Examples
  layerscope ablate --model resources/models/all-MiniLM-L6-v2 --data dev.conllu --label upos --train train.conllu
  layerscope ablate --model resources/models/all-MiniLM-L6-v2 --data dev.conllu --tasks upos,deprel,Number --train train.conllu --csv map.csv
  layerscope ablate --model ~/gpt2 --data dev.conllu --loss --edit mean --prune 12 --json pruned.json
  layerscope ablate --model ~/gpt2 --data dev.conllu --loss --interventions no-induction.json
  layerscope ablate --model ~/gpt2 --data dev.conllu --train train.conllu --erase upos --layers 3 --retrain upos,deprel --change --loss
`

const options = {
  model: { type: 'string' },
  data: { type: 'string' },
  'max-words': { type: 'string', default: '5000' },
  unit: { type: 'string', default: 'head' },
  edit: { type: 'string', default: 'zero' },
  prune: { type: 'string' },
  tasks: { type: 'string' },
  csv: { type: 'string' },
  label: { type: 'string' },
  train: { type: 'string' },
  'probe-layer': { type: 'string' },
  loss: { type: 'boolean', default: false },
  movement: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  json: { type: 'string' },
  ...setOptions
} as const

export const ablateCommand: Command = {
  name: 'ablate',
  summary: 'switch parts of a model off and see what breaks',
  help,
  async run(parameters) {
    const { values } = readArguments('ablate', parameters, options)
    const modelPath = need('ablate', 'model', values.model)
    const data = need('ablate', 'data', values.data)
    const unit = oneOf('unit', values.unit, ['head', 'attention', 'mlp', 'block'] as const)
    const seed = wholeNumber('seed', values.seed, 0)
    const edit = readEdit(values.edit, seed)
    const ofSet = asksForSet(values)
    const maxWords = wholeNumber('max-words', values['max-words'], 1)
    return withServices(async (services) => {
      const { models, datasets, ablations, taskMaps, jobs } = services
      const model = await models.open(modelPath, silentJob())
      const dataset = await datasets.open({ paths: [data], splitNames: ['all'] })
      const layer = values['probe-layer'] ? wholeNumber('probe-layer', values['probe-layer'], 0) : model.layers
      if (values.tasks) {
        const train = need('ablate', 'train', values.train)
        const runs: { runId: string; layer: number }[] = []
        for (const task of values.tasks.split(','))
          runs.push({ runId: await trainProbe(services, model.id, task.trim(), train, data, layer, seed), layer })
        const asked = {
          modelId: model.id,
          datasetId: dataset.id,
          split: 'all',
          maxWords,
          runs,
          loss: values.loss,
          movement: values.movement,
          edit,
          randomDraws: 3,
          seed
        }
        const result = await jobs.run('ablation', 'Every part by every task', undefined, (job) =>
          taskMaps.map(asked, job)
        )
        if (values.csv) writeFileSync(values.csv, mapCsv(result))
        print(values.json, result, mapTable(result))
        return 0
      }
      const probe = values.label
        ? {
            runId: await trainProbe(
              services,
              model.id,
              values.label,
              need('ablate', 'train', values.train),
              data,
              layer,
              seed
            ),
            layer
          }
        : null
      const asked = {
        modelId: model.id,
        datasetId: dataset.id,
        split: 'all',
        maxWords,
        probe,
        loss: values.loss,
        movement: values.movement,
        seed
      }
      const run = <R>(work: (job: JobHandle) => Promise<R>): Promise<R> =>
        jobs.run('ablation', 'Switching parts off', undefined, work)
      if (ofSet) {
        const { result, table } = await ablateSet(services, values, { ...asked, layers: model.layers })
        print(values.json, result, table)
      } else if (values.prune) {
        const steps = wholeNumber('prune', values.prune, 1)
        const result = await run((job) => ablations.prune({ ...asked, unit, edit, steps, randomOrders: 3 }, job))
        print(values.json, result, pruningTable(result))
      } else {
        const result = await run((job) => ablations.scan({ ...asked, unit, edit }, job))
        print(values.json, result, scanTable(result))
      }
      return 0
    })
  }
}

function print(out: string | undefined, result: unknown, table: string): void {
  const json = `${JSON.stringify(result, null, 1)}\n`
  if (out && out !== '-') writeFileSync(out, json)
  process.stdout.write(out === '-' ? json : table)
}

/** @throws UserError for an edit that the command line cannot spell */
function readEdit(text: string, seed: number): Edit {
  const [kind, amount] = text.split(':')
  if (kind === 'scale' || kind === 'noise') {
    const number = amount === undefined ? 1 : Number(amount)
    if (!Number.isFinite(number)) throw new UserError(`--edit is '${text}'; after ${kind}: a number is needed.`)
    return kind === 'scale' ? { kind, factor: number } : { kind, size: number, seed }
  }
  if (kind === 'resample') return { kind, seed }
  return { kind: oneOf('edit', text, ['zero', 'mean'] as const) }
}

async function trainProbe(
  { datasets, probes, jobs }: Services,
  modelId: string,
  label: string,
  train: string,
  test: string,
  layer: number,
  seed: number
): Promise<string> {
  const dataset = await datasets.open({ paths: [train, test], splitNames: ['train', 'test'] })
  const result = await jobs.run('probe', `Probing ${label}`, undefined, (job) =>
    probes.run(
      {
        modelId,
        datasetId: dataset.id,
        task: label,
        trainSplit: 'train',
        testSplit: 'test',
        pool: 'first',
        layers: [layer],
        maxTrainWords: null,
        maxTestWords: 2000,
        control: false,
        codelength: false,
        restarts: 1,
        probe: defaultMethod('linear'),
        seed
      },
      job
    )
  )
  return result.id
}

function scanTable(result: AblationScan): string {
  const lines = [heading(result)]
  for (const measure of result.measures) {
    lines.push(`${measure.title}: ${show(measure.unit, measure.plain)} as it is; ${result.edit.toLowerCase()}:\n`)
    const sign = measure.better === 'higher' ? 1 : -1
    const ranked = result.units
      .map((unit, i) => ({ unit, effect: measure.effects[i]! }))
      .sort((a, b) => sign * (a.effect.difference - b.effect.difference))
    for (const { unit, effect } of ranked.slice(0, 20)) {
      lines.push(
        `  ${`block ${unit.block}${unit.head === null ? '' : ` head ${unit.head}`}`.padEnd(18)} ${effectText(measure.unit, effect)}\n`
      )
    }
    if (ranked.length > 20) lines.push(`  and ${ranked.length - 20} more that do less harm; --json writes all\n`)
  }
  return lines.join('')
}

function pruningTable({ measure, counts, byImportance, further, derivative, random }: PruningResult): string {
  const lines = [
    `${measure.title}\n  off  least important first  ${further.map(({ title }) => `${title.toLowerCase()}  `).join('')}random orders\n`
  ]
  counts.forEach((count, i) => {
    const others = further
      .map(({ title, values }) => `${show(measure.unit, values[i]!).padStart(title.length)}  `)
      .join('')
    lines.push(
      `${String(count).padStart(5)}  ${show(measure.unit, byImportance.values[i]!).padStart(21)}  ${others}${random.map(({ values }) => show(measure.unit, values[i]!)).join('  ')}\n`
    )
  })
  if (derivative)
    lines.push(`rank correlation of the derivative's size with the harm measured: ${derivative.agreement.toFixed(2)}\n`)
  return lines.join('')
}
