import type { DatasetInfo } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import type { Report } from '../commandLine/report'
import { writeSafetensors } from '../engine/checkpoints/writeSafetensors'
import { modelAddress } from '../engine/models/address'
import { needSentenceModules } from '../engine/models/sentence/sentenceModules'
import { sentenceVectors } from '../engine/models/sentence/sentenceVectors'
import type { Services } from '../engine/services'

/**
 * Writes a vector for each sentence of a data set: every layer by the encoder's pooling, and what the encoder gives.
 * @returns the exit code
 * @throws UserError for a model that is not a folder of sentence-transformers, and for limits of words
 */
export async function extractSentences(
  { datasets, models, jobs }: Pick<Services, 'datasets' | 'models' | 'jobs'>,
  report: Report,
  {
    model,
    dataset,
    values
  }: {
    model: ModelInfo
    dataset: DatasetInfo
    values: { out: string; json?: string | undefined; 'max-words'?: number | undefined }
  }
): Promise<number> {
  if (values['max-words'] !== undefined)
    throw new UserError('--max-words limits words; with --sentences every sentence of the data is read.')
  const modules = needSentenceModules(modelAddress(model.path).path)
  const { name: split, sentences: count } = dataset.splits[0]!
  const texts = Array.from({ length: count }, (_, index) => datasets.sentence(dataset.id, split, index).text)
  const vectors = await jobs.run('extract', 'Extracting sentence vectors', undefined, (job) =>
    models.use(model.id, (loaded) => sentenceVectors(loaded, modules, texts, job))
  )
  const tensors = Object.fromEntries([
    ...vectors.layers.map(({ width, values: data }, layer) => [
      layer === 0 ? 'embed' : `blocks.${layer - 1}.resid_post`,
      { shape: [count, width], data }
    ]),
    ['sentence_embedding', { shape: [count, vectors.sentence.width], data: vectors.sentence.values }]
  ]) as Record<string, { shape: number[]; data: Float32Array }>
  const { out, json } = values
  report.save(out, (path) => writeSafetensors(path, tensors, { model: model.name, pooling: modules.pooling.join('+') }))
  report.write(`${out}.sentences.json`, JSON.stringify(texts))
  const { width } = vectors.sentence
  const summary = { out, model, pooling: modules.pooling, layers: vectors.layers.length, sentences: count, width }
  report.result(
    json,
    summary,
    () =>
      `${out}: ${summary.layers} layers of ${count.toLocaleString('en')} sentences, and the encoder's own vector, ` +
      `${width} wide.\n`
  )
  return 0
}
