import { silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { readArguments, type Command } from './command'
import { withServices } from './withServices'

const help = `Says what a checkpoint is and whether Layerscope can run it.

  layerscope info MODEL [--json]

  MODEL    a folder with config.json, a .safetensors file and tokenizer.json, the .safetensors file in it, or the name of a model in the cache

Examples
  layerscope info resources/models/all-MiniLM-L6-v2
  layerscope info ~/models/bert-base-uncased --json
`

export const infoCommand: Command = {
  name: 'info',
  summary: 'say what a checkpoint is and which backend would run it',
  help,
  async run(parameters) {
    const { values, positionals } = readArguments('info', parameters, { json: { type: 'boolean' } })
    const path = positionals[0]
    if (!path) throw new UserError('Name the folder of a model: layerscope info MODEL.')
    return withServices(async ({ models }, backend) => {
      const model = await models.open(path, silentJob())
      if (values.json) {
        process.stdout.write(`${JSON.stringify({ model, backend }, null, 1)}\n`)
        return 0
      }
      const rows: [string, string][] = [
        ['name', model.name],
        ...(model.hub ? [['commit', [model.hub.commit, ...model.hub.revisions].join(', ')] as [string, string]] : []),
        ['folder', model.path],
        ['family', model.familyTitle],
        ['layers', `${model.layers} of ${model.heads} heads, ${model.width} wide`],
        ['vocabulary', `${model.vocabulary.toLocaleString('en')} tokens, inputs up to ${model.maxTokens} tokens`],
        ['parameters', `${(model.parameters / 1e6).toFixed(1)} million, stored as ${model.dtype} (${(model.bytes / 1e6).toFixed(0)} MB)`],
        ['backend', `${backend.title}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'}. ${backend.reason}`]
      ]
      for (const [name, value] of rows) process.stdout.write(`${name.padEnd(12)}${value}\n`)
      for (const note of model.notes) process.stdout.write(`note        ${note}\n`)
      return 0
    })
  }
}
