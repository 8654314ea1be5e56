import type { ResultKindId } from '@shared/results'

const percentiles = 'Its intervals are percentiles of resampled sentences, by an earlier recipe.'

/** Sets with an eraser have random sets beside them. */
const randomSets = {
  recipe: 3,
  changed:
    'It was run by an earlier recipe: with percentile intervals over sentences or pairs; before that, random sets ' +
    'beside an eraser were not matched by the variance they remove.'
}

/**
 * How the numbers of a kind are computed, counted up with every change after which the same request gives other
 * numbers: it is part of the key of a request, so that an answer by an earlier recipe is never given for a new request.
 * Kinds that are not named are at 1. `changed` says what an earlier result was computed by, for its methods paragraph.
 */
const recipes: Partial<Record<ResultKindId, { recipe: number; changed: string }>> = {
  probe: {
    recipe: 4,
    changed:
      'It was run by an earlier recipe: with percentile intervals over sentences of trees and whole spans, and a C ' +
      'above 1 further from the minimum; before that, with such intervals of all scores; before that, without ' +
      'conditional probes and scores by seen and unseen types, with ' +
      'selectivity where types do not recur, and, if structural, on standardised vectors.'
  },
  curve: {
    recipe: 3,
    changed:
      'It was run by an earlier recipe: linear probes with a C above 1 ended further from their ' +
      'minimum; before that, structural probes were trained on standardised vectors.'
  },
  change: {
    recipe: 4,
    changed:
      'It was run by an earlier recipe: with intervals of similarities by the jackknife over sentences; before that, ' +
      'with percentile intervals over sentences; before that, random sets beside an eraser were not matched by the ' +
      'variance they remove.'
  },
  finetune: {
    recipe: 3,
    changed:
      "It was run by an earlier recipe, in which Pfeiffer's adapters read what the MLP gives, without the residual; " +
      'before that, the words that a head on features was watched and tested on were divided at the wrong place.'
  },
  scan: { recipe: 2, changed: percentiles },
  neurons: { recipe: 2, changed: percentiles },
  regression: { recipe: 2, changed: percentiles },
  taskMap: { recipe: 2, changed: `${percentiles} Its cells are not corrected for the number of comparisons.` },
  setPairs: randomSets,
  ablationSet: randomSets,
  retrained: {
    recipe: 4,
    changed:
      'It was run by an earlier recipe: with percentile intervals over sentences; before that, of a part that was ' +
      'drawn, erasers and probes could share words; before that, they shared ' +
      'them, and random sets were not matched by the variance removed.'
  },
  eraser: {
    recipe: 3,
    changed:
      'It was fitted by an earlier recipe: to every other sentence of what was drawn rather than of the part; before ' +
      'that, to all sentences.'
  },
  tests: {
    recipe: 3,
    changed:
      'It was tested by sentences, the best layer as if it had been chosen beforehand; before that, signal was ' +
      'judged by accuracy above that on the control task.'
  },
  differences: { recipe: 2, changed: 'It was tested by sentences, with percentile intervals.' }
}

export function recipeOf(kind: ResultKindId): number {
  return recipes[kind]?.recipe ?? 1
}

/** What a stored result of an earlier recipe was computed by; null for one of today's. */
export function earlierRecipe(kind: ResultKindId, { recipe = 1 }: { recipe?: number | undefined }): string | null {
  return recipe < recipeOf(kind) ? (recipes[kind]?.changed ?? null) : null
}
