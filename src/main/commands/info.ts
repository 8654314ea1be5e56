import { resolve } from 'node:path'
import type { BackendReport } from '@shared/backend'
import { lineageRows } from '@shared/lineage'
import type { ModelInfo } from '@shared/model'
import { inMemoryAs, modelShape, modelVocabulary } from '@shared/modelFacts'
import { defineCommand } from '../commandLine/command'
import { jsonAlone, untrained } from '../commandLine/commonOptions'
import { flag, text } from '../commandLine/option'
import { silentJob } from '@shared/jobs'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'
import { resolveModel } from '../engine/hub/resolveModel'
import { isAdapterFolder } from '../engine/models/adapted/adapterConfig'
import { gibibytes } from '../engine/models/memory/memoryPlan'
import { statisticsTable, tensorTable } from './tables/structureTables'

export const infoCommand = defineCommand({
  name: 'info',
  description: 'Describes a checkpoint or a file of word vectors, and whether Layerscope can run it.',
  arguments: [
    {
      name: 'MODEL',
      description:
        'a folder with config.json, the weights (safetensors or pytorch_model.bin) and tokenizer.json, the ' +
        'file of its weights, the released files of a recurrent system (ELMo, ULMFiT, CoVe, InferSent, Flair), or ' +
        'word vectors: GloVe, word2vec (text or binary), fastText .vec, also .gz; or the name of a model in the cache',
      missing: 'Name the folder of a model: layerscope info MODEL.'
    }
  ],
  options: {
    untrained,
    base: text(
      'MODEL',
      'the model it was trained from: which tensors differ is compared, value by value; of an adapter, the model ' +
        'that it opens on, now and later'
    ),
    tensors: flag('list the tensors of its checkpoint: block, shape, type, parameters and name'),
    tensor: text('NAME', 'norm, mean, deviation, extremes, zeros and histogram of one of these tensors'),
    json: jsonAlone
  },
  examples: [
    'layerscope info resources/models/all-MiniLM-L6-v2',
    'layerscope info ~/models/bert-base-uncased --json',
    'layerscope info ~/vectors/glove.6B.300d.txt',
    'layerscope info resources/models/all-MiniLM-L6-v2 --tensors',
    'layerscope info resources/models/all-MiniLM-L6-v2 --tensor encoder.layer.0.attention.self.query.weight',
    'layerscope info ~/models/tuned --base ~/models/bert-base-uncased',
    'layerscope info ~/adapters/lora --base ~/models/bert-base-uncased'
  ],
  run: ({ values, arguments: [path], report }) =>
    withServices(async ({ models }, backend) => {
      const request = parseRequest('model.open', { path: path!, untrained: values.untrained })
      const isAdapter = isAdapterFolder(resolve(resolveModel(request.path)))
      const base = isAdapter ? (values.base ?? null) : null
      const opened = await models.open(request.path, silentJob(), request.untrained ?? null, base)
      const model =
        values.base === undefined || isAdapter
          ? opened
          : await models.compareWeights(opened.id, (await models.open(values.base, silentJob())).id, silentJob())
      // The table shows them; with JSON they are printed as every command prints notes.
      if (values.json !== undefined) model.notes.forEach((note) => report.note(note))
      const structure = values.tensors ? await models.structure(model.id) : null
      const [tensor] = values.tensor ? await models.tensorStatistics(model.id, [values.tensor], silentJob()) : []
      const more = { ...(structure && { tensors: structure.tensors }), ...(tensor && { tensor }) }
      report.result(values.json, { model, backend, ...more }, () =>
        [
          structure || tensor ? '' : table(model, backend),
          structure ? tensorTable(structure.tensors) : '',
          tensor ? statisticsTable(tensor) : ''
        ].join('')
      )
      return 0
    })
})

function table(model: ModelInfo, backend: BackendReport): string {
  const rows: [string, string][] = [
    ['name', model.name],
    ...(model.hub ? [['commit', [model.hub.commit, ...model.hub.revisions].join(', ')] as [string, string]] : []),
    ['id', model.id],
    ['folder', model.path],
    ...(model.lineage ? lineageRows(model.lineage) : []),
    ['family', model.familyTitle],
    ['layers', modelShape(model)],
    ['vocabulary', modelVocabulary(model)],
    [
      'parameters',
      `${(model.parameters / 1e6).toFixed(1)} million, stored as ${model.dtype} (${(model.bytes / 1e6).toFixed(0)} MB)`
    ],
    ['weights', model.files.join(', ')],
    [
      'memory',
      `${gibibytes(model.memory.held)} ${inMemoryAs(model)}, and ${gibibytes(model.memory.peak)} while it is opened`
    ],
    ['licence', model.licence ?? 'not stated'],
    [
      'reference',
      model.reference === 'beside'
        ? "PyTorch's values are in the folder: compare with layerscope parity"
        : 'none in the folder; docs/parity.md says how to make one'
    ],
    ['backend', `${backend.title}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'}. ${backend.reason}`]
  ]
  for (const note of model.notes) rows.push(['note', note])
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('')
}
