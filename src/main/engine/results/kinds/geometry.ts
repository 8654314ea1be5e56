import type { ResultKind } from '../kind'
import { figures, methodsOf, onCorpus } from './ablationWords'

export const geometryKind: ResultKind<'geometry'> = {
  id: 'geometry',
  command: 'geometry',
  summarise: ({ layers, words }) => ({
    ...figures('contextuality and dimension', null, words),
    curve: layers.map(({ layer, selfSimilarity }) => ({ layer, value: selfSimilarity }))
  }),
  rows: ({ layers }) => ({
    columns: [
      'layer',
      'self_similarity',
      'intra_sentence_similarity',
      'maximum_explained',
      'anisotropy_cosine',
      'anisotropy_explained',
      'dimension_fit',
      'dimension_likelihood'
    ],
    rows: layers.map((shape) => [
      shape.layer,
      shape.selfSimilarity,
      shape.intraSentence,
      shape.maximumExplained,
      shape.anisotropy.cosine,
      shape.anisotropy.explained,
      shape.dimension,
      shape.dimensionLikelihood
    ])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `How contextual the words of ${result.modelName} are was measured [ethayarajh2019] ${onCorpus(result)}: ` +
        `self-similarity and maximum explainable variance of ${result.types.toLocaleString('en')} word types, ` +
        'intra-sentence similarity, and the anisotropy of ' +
        `${result.sampled.toLocaleString('en')} words of different sentences. The intrinsic dimension was estimated ` +
        `by TwoNN [facco2017] on up to ${Math.max(...result.dimensionWords).toLocaleString('en')} different vectors ` +
        'a layer.'
    ),
  cites: () => ['ethayarajh2019', 'facco2017', 'smilkov2019'],
  describe: ({ layers, types }) => `Geometry of ${layers.length} layers, ${types} word types`
}
