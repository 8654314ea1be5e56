import { drawnSplit, drawnText } from '@shared/drawing'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import {
  anyModel,
  drawFrom,
  inOrder,
  labelledData,
  maxWords,
  pool,
  seed,
  untrained
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { flag, output, required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'
import { writeSafetensors } from '../engine/checkpoints/writeSafetensors'
import { extractSentences } from './extractSentences'

export const extractCommand = defineCommand({
  name: 'extract',
  description: 'Writes the word vectors of a text to a safetensors file, one tensor for each layer.',
  options: {
    model: anyModel,
    untrained,
    data: required(text('FILE', labelledData)),
    out: required(output('FILE', 'where to write; layers are named by their hooks: embed, blocks.0.resid_post, ...')),
    pool,
    'max-words': maxWords('whole sentences, up to about N words, drawn with the seed'),
    'in-order': inOrder,
    seed: seed('of the drawn words'),
    sentences: flag(
      'one vector for each sentence, as a folder of sentence-transformers gives it: its pooling of every layer, and ' +
        'its own vector as one more, sentence_embedding'
    ),
    json: output('OUT', 'write what was extracted and the notes; OUT - writes them to standard output'),
    ...dataOptions
  },
  notes:
    'A second file FILE.words.json lists the words in the order of the rows; with --sentences, FILE.sentences.json ' +
    'the sentences.',
  examples: [
    'layerscope extract --model resources/models/all-MiniLM-L6-v2 --data dev.conllu --out dev.safetensors',
    'layerscope extract --model ~/bert-base --data mine.tsv.gz --pool mean --max-words 10000 --out mine.safetensors',
    'layerscope extract --model resources/models/all-MiniLM-L6-v2 --data sts.tsv --sentences --out sts.safetensors'
  ],
  async run({ values, report }) {
    const { out } = values
    if (!out.endsWith('.safetensors')) throw new UserError(`--out is '${out}'; its name must end in .safetensors.`)
    return withServices(async (services) => {
      const { datasets, activations, jobs } = services
      const model = await openModel(services, report, values.model, values.untrained)
      const dataset = await openData(services, report, { paths: [values.data], splitNames: ['all'] }, values)
      if (values.sentences) return extractSentences(services, report, { model, dataset, values })
      const request = parseRequest(
        'activations.extract',
        {
          modelId: model.id,
          datasetId: dataset.id,
          split: 'all',
          pool: values.pool,
          maxWords: values['max-words'] ?? null,
          ...drawFrom(values, values['max-words'])
        },
        { pool: 'pool', maxWords: 'max-words', draw: 'seed' }
      )
      const vectors = await jobs.run('extract', 'Extracting word vectors', undefined, (job) =>
        activations.ensure(request, job)
      )
      const layers = Object.fromEntries(
        Array.from({ length: vectors.layers + 1 }, (_, layer) => [
          layer === 0 ? 'embed' : `blocks.${layer - 1}.resid_post`,
          { shape: [vectors.words, vectors.width], data: vectors.layer(layer) }
        ])
      )
      const drawn = datasets.get(dataset.id).drawn(request)
      const forms = datasets.words(dataset.id, drawnSplit(request).split).forms.slice(0, vectors.words)
      report.save(out, (path) => writeSafetensors(path, layers, { model: model.name, pooling: values.pool }))
      report.write(`${out}.words.json`, JSON.stringify(forms))
      const { words, width } = vectors
      const missing = vectors.missing.length
      if (missing > 0)
        report.note(
          `The model has no vector for ${missing.toLocaleString('en')} of the words ` +
            `(${((100 * missing) / words).toFixed(1)} %); their rows are 0.`
        )
      const summary = {
        out,
        model,
        pool: values.pool,
        layers: vectors.layers + 1,
        words,
        width,
        missing,
        ...(drawn && { drawn })
      }
      report.result(
        values.json,
        summary,
        () =>
          `${out}: ${summary.layers} layers of ${words.toLocaleString('en')} words` +
          `${drawn ? ` ${drawnText(drawn)}` : ''}, ${width} wide.\n`
      )
      return 0
    })
  }
})
