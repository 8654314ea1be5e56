import { writeFileSync } from 'node:fs'
import { silentJob } from '@shared/jobs'
import type { ProbeResult } from '@shared/probe'
import { need, oneOf, readArguments, untrainedSeed, wholeNumber, withUntrainedSeed, type Command } from './command'
import { withServices } from './withServices'

const help = `Trains a linear probe on every layer and tests it.

  layerscope probe --model PATH --train FILE --test FILE --label NAME [--json OUT]

  --model PATH      the checkpoint's folder, a file of word vectors (GloVe, word2vec, fastText .vec; .gz is read),
                    or the name of a model in the cache (see \`layerscope fetch --help\`)
  --untrained [N]   its twin with random weights of seed N (1 when none is given): the control of an architecture
  --train FILE      labelled data to train on: CoNLL-U, TSV, CSV or JSONL; .gz is read
  --test FILE       labelled data of the same kind to test on
  --label NAME      upos, xpos, deprel, feats.Number, ... or the name of a column of your own
  --pool WAY        first (default), last or mean of a word's subwords
  --layers LIST     for example 0,3,6; every layer when left out
  --max-words N     train on whole sentences up to about so many words
  --no-control      leave the control task (and so selectivity) out
  --c NUMBER        inverse strength of the L2 penalty, as in scikit-learn (default 1)
  --seed N          of the control task and the bootstrap (default 1)
  --json OUT        write the whole result; OUT - writes it to standard output instead of the table

Examples
  layerscope probe --model resources/models/all-MiniLM-L6-v2 \\
    --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz \\
    --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz --label upos --json upos.json
  layerscope probe --model ~/bert-base --train my-train.tsv --test my-test.tsv --label sense --pool mean
`

export const probeCommand: Command = {
  name: 'probe',
  summary: 'train and test a linear probe on every layer',
  help,
  async run(parameters) {
    const { values } = readArguments('probe', withUntrainedSeed(parameters), {
      'model': { type: 'string' },
      'untrained': { type: 'string' },
      'train': { type: 'string' },
      'test': { type: 'string' },
      'label': { type: 'string' },
      'pool': { type: 'string', default: 'first' },
      'layers': { type: 'string' },
      'max-words': { type: 'string' },
      'no-control': { type: 'boolean' },
      'c': { type: 'string', default: '1' },
      'seed': { type: 'string', default: '1' },
      'json': { type: 'string' }
    })
    const modelPath = need('probe', 'model', values.model)
    const train = need('probe', 'train', values.train)
    const test = need('probe', 'test', values.test)
    const label = need('probe', 'label', values.label)
    const pool = oneOf('pool', values.pool, ['first', 'last', 'mean'] as const)
    return withServices(async ({ models, datasets, probes, jobs }) => {
      const model = await models.open(modelPath, silentJob(), untrainedSeed(values.untrained))
      const dataset = await datasets.open({ paths: [train, test], splitNames: ['train', 'test'] })
      const options = {
        modelId: model.id,
        datasetId: dataset.id,
        task: label,
        trainSplit: 'train',
        testSplit: 'test',
        pool,
        layers: values.layers ? values.layers.split(',').map((layer) => wholeNumber('layers', layer, 0)) : null,
        maxTrainWords: values['max-words'] ? wholeNumber('max-words', values['max-words'], 1) : null,
        maxTestWords: null,
        control: !values['no-control'],
        inverseRegularisation: positive('c', values.c),
        seed: wholeNumber('seed', values.seed, 0)
      }
      const result = await jobs.run('probe', probes.title(options), undefined, (job) => probes.run(options, job))
      const json = JSON.stringify(result, null, 1)
      if (values.json && values.json !== '-') writeFileSync(values.json, `${json}\n`)
      process.stdout.write(values.json === '-' ? `${json}\n` : table(result))
      return 0
    })
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  return wholeNumber(option, text, 1)
}

/** Said where words were left out: a comparison with a model that knows them all has to know. */
function coverageLine({ coverage }: ProbeResult): string[] {
  if (!coverage || coverage.train.missing + coverage.test.missing === 0) return []
  const part = ({ words, missing }: { words: number; missing: number }): string =>
    `${(((words - missing) / words) * 100).toFixed(1)} % of the ${words.toLocaleString('en')}`
  return [`the model has a vector for ${part(coverage.train)} words to train on and ${part(coverage.test)} to test on; the others were left out`]
}

function table(result: ProbeResult): string {
  const percent = (share: number | undefined): string => (share === undefined ? '' : (share * 100).toFixed(2)).padStart(9)
  const lines = [
    `${result.task.title}: ${result.classes.length} classes, trained on ${result.trainWords.toLocaleString('en')}, tested on ${result.testWords.toLocaleString('en')}; ${result.backend}, ${result.seconds.total.toFixed(1)} s`,
    `majority (${result.majority.label}) ${(result.majority.accuracy * 100).toFixed(2)}, word-type memoriser ${(result.memoriser.accuracy * 100).toFixed(2)}`,
    ...coverageLine(result),
    'layer  accuracy  95 % interval    macro-F1  control  selectivity'
  ]
  for (const layer of result.layers) {
    const interval = `${(layer.accuracyInterval[0] * 100).toFixed(2)}-${(layer.accuracyInterval[1] * 100).toFixed(2)}`
    lines.push(`${String(layer.layer).padStart(5)} ${percent(layer.accuracy)}  ${interval.padEnd(15)} ${percent(layer.macroF1)}${percent(layer.control?.accuracy)}   ${percent(layer.selectivity)}`)
  }
  return `${lines.join('\n')}\n`
}
