import { silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { gibibytes } from '../engine/models/memory/memoryPlan'
import { readArguments, untrainedSeed, withUntrainedSeed, type Command } from './command'
import { withServices } from './withServices'

const help = `Says what a checkpoint or a file of word vectors is and whether Layerscope can run it.

  layerscope info MODEL [--untrained [SEED]] [--json]

  MODEL    a folder with config.json, the weights (safetensors or pytorch_model.bin) and tokenizer.json, the file of its weights,
           or word vectors: GloVe, word2vec (text or binary), fastText .vec, also .gz;
           or the name of a model in the cache
  --untrained [SEED]   its twin with random weights (seed 1 when none is given)

Examples
  layerscope info resources/models/all-MiniLM-L6-v2
  layerscope info ~/models/bert-base-uncased --json
  layerscope info ~/vectors/glove.6B.300d.txt
`

export const infoCommand: Command = {
  name: 'info',
  summary: 'say what a checkpoint is and which backend would run it',
  help,
  async run(parameters) {
    const { values, positionals } = readArguments('info', withUntrainedSeed(parameters), {
      json: { type: 'boolean' },
      untrained: { type: 'string' }
    })
    const path = positionals[0]
    if (!path) throw new UserError('Name the folder of a model: layerscope info MODEL.')
    return withServices(async ({ models }, backend) => {
      const model = await models.open(path, silentJob(), untrainedSeed(values.untrained))
      if (values.json) {
        process.stdout.write(`${JSON.stringify({ model, backend }, null, 1)}\n`)
        return 0
      }
      const rows: [string, string][] = [
        ['name', model.name],
        ...(model.hub ? [['commit', [model.hub.commit, ...model.hub.revisions].join(', ')] as [string, string]] : []),
        ['folder', model.path],
        ['family', model.familyTitle],
        [
          'layers',
          model.kind === 'static'
            ? `layer 0 alone, ${model.width} wide`
            : `${model.layers} of ${model.heads} heads, ${model.width} wide`
        ],
        [
          'vocabulary',
          model.kind === 'static'
            ? `${model.vocabulary.toLocaleString('en')} words`
            : `${model.vocabulary.toLocaleString('en')} tokens, inputs up to ${model.maxTokens} tokens`
        ],
        [
          'parameters',
          `${(model.parameters / 1e6).toFixed(1)} million, stored as ${model.dtype} (${(model.bytes / 1e6).toFixed(0)} MB)`
        ],
        ['weights', model.files.join(', ')],
        ['memory', `${gibibytes(model.memory.held)}, and ${gibibytes(model.memory.peak)} while it is opened`],
        ['licence', model.licence ?? 'not said'],
        [
          'reference',
          model.reference === 'beside'
            ? "PyTorch's values lie beside it: layerscope parity compares"
            : 'none beside it; docs/parity.md says how to make one'
        ],
        ['backend', `${backend.title}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'}. ${backend.reason}`]
      ]
      for (const [name, value] of rows) process.stdout.write(`${name.padEnd(12)}${value}\n`)
      for (const note of model.notes) process.stdout.write(`note        ${note}\n`)
      return 0
    })
  }
}
