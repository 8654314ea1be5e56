import type { CallParsed } from '@shared/contract'
import type { ProjectionInput } from '@shared/projection'
import type { ResultKind, StoredResult } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

type Asked = Partial<CallParsed<'projection.input'>>

/** 'layer 6, cosine, 15 neighbours' */
function settings({ layer, neighbours, provenance }: StoredResult<'projection'>): string {
  const { metric = 'cosine' } = (provenance?.request ?? {}) as Asked
  return `layer ${layer}, ${metric}, ${neighbours.shape[1]!} neighbours`
}

/** The words of the corpus that a projection shows, with their first principal components and nearest neighbour. */
function rowsOf({ wordIndex, neighbours, distances, principal }: ProjectionInput) {
  const [nearest, components] = [neighbours.shape[1]!, principal.shape[1]!]
  return {
    columns: [
      'word_index',
      ...Array.from({ length: components }, (_, i) => `component_${i + 1}`),
      'nearest_word_index',
      'distance'
    ],
    rows: Array.from(wordIndex.data, (word, i) => [
      word,
      ...principal.data.subarray(i * components, (i + 1) * components),
      wordIndex.data[neighbours.data[i * nearest]!]!,
      distances.data[i * nearest]!
    ])
  }
}

function approximate(recall: number): string {
  return `neighbours are from an inverted file [jegou2011], ${(100 * recall).toFixed(1)} % of the exact ones`
}

export const projectionKind: ResultKind<'projection'> = {
  id: 'projection',
  // Two megabytes for 10,000 words.
  passing: 40,
  summarise: (result) => figures(settings(result), null, result.wordIndex.data.length),
  rows: rowsOf,
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${result.wordIndex.data.length.toLocaleString('en')} words of '${listed.subject.data.parts}' of ` +
        `${listed.subject.data.name} were projected from ${listed.subject.model.name} (${settings(result)}); ` +
        `${result.recall === undefined ? 'neighbours are exact' : approximate(result.recall)}, and the principal ` +
        'components have ' +
        `${result.explained.map((share) => `${(100 * share).toFixed(1)} %`).join(', ')} of the variance.`
    ),
  cites: (result) => [...(result.recall === undefined ? [] : (['jegou2011'] as const)), ...computed(result)],
  describe: (result) => `Projection, ${settings(result)}, ${result.wordIndex.data.length} words`
}
