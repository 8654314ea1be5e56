import { writeFileSync } from 'node:fs'
import { silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { writeSafetensors } from '../engine/checkpoints/writeSafetensors'
import { need, oneOf, readArguments, untrainedSeed, wholeNumber, withUntrainedSeed, type Command } from './command'
import { withServices } from './withServices'

const help = `Writes the word vectors of a text, one safetensors file with a tensor a layer.

  layerscope extract --model PATH --data FILE --out FILE.safetensors

  --model PATH     the checkpoint's folder, a file of word vectors (GloVe, word2vec, fastText .vec; .gz is read),
                   or the name of a model in the cache (see \`layerscope fetch --help\`)
  --untrained [N]  its twin with random weights of seed N (1 when none is given)
  --data FILE      CoNLL-U, TSV, CSV or JSONL; .gz is read
  --out FILE       where to write; layers are named by their hooks: embed, blocks.0.resid_post, ...
  --pool WAY       first (default), last or mean of a word's subwords
  --max-words N    whole sentences up to about so many words

A second file FILE.words.json lists the words in the order of the rows.

Examples
  layerscope extract --model resources/models/all-MiniLM-L6-v2 --data dev.conllu --out dev.safetensors
  layerscope extract --model ~/bert-base --data mine.tsv.gz --pool mean --max-words 10000 --out mine.safetensors
`

export const extractCommand: Command = {
  name: 'extract',
  summary: 'write the word vectors of a text to a file',
  help,
  async run(parameters) {
    const { values } = readArguments('extract', withUntrainedSeed(parameters), {
      model: { type: 'string' },
      untrained: { type: 'string' },
      data: { type: 'string' },
      out: { type: 'string' },
      pool: { type: 'string', default: 'first' },
      'max-words': { type: 'string' }
    })
    const modelPath = need('extract', 'model', values.model)
    const data = need('extract', 'data', values.data)
    const out = need('extract', 'out', values.out)
    const pool = oneOf('pool', values.pool, ['first', 'last', 'mean'] as const)
    const maxWords = values['max-words'] ? wholeNumber('max-words', values['max-words'], 1) : null
    if (!out.endsWith('.safetensors')) throw new UserError(`--out is '${out}'; its name has to end in .safetensors.`)
    return withServices(async ({ models, datasets, activations, jobs }) => {
      const model = await models.open(modelPath, silentJob(), untrainedSeed(values.untrained))
      const dataset = await datasets.open({ paths: [data], splitNames: ['all'] })
      const request = { modelId: model.id, datasetId: dataset.id, split: 'all', pool, maxWords }
      const vectors = await jobs.run('extract', 'Extracting word vectors', undefined, (job) =>
        activations.ensure(request, job)
      )
      const layers = Object.fromEntries(
        Array.from({ length: vectors.layers + 1 }, (_, layer) => [
          layer === 0 ? 'embed' : `blocks.${layer - 1}.resid_post`,
          { shape: [vectors.words, vectors.width], data: vectors.layer(layer) }
        ])
      )
      writeSafetensors(out, layers, { model: model.name, pooling: pool })
      const words = datasets.words(dataset.id, 'all')
      const missing = vectors.missing.length
      writeFileSync(`${out}.words.json`, JSON.stringify(words.forms.slice(0, vectors.words)))
      process.stdout.write(
        `${out}: ${vectors.layers + 1} layers of ${vectors.words.toLocaleString('en')} words, ${vectors.width} wide.\n`
      )
      if (missing > 0)
        process.stdout.write(
          `The model has no vector for ${missing.toLocaleString('en')} of the words (${((100 * missing) / vectors.words).toFixed(1)} %); their rows are 0.\n`
        )
      return 0
    })
  }
}
