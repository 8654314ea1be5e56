import type { MinimalPair } from './minimalPair'

/**
 * The tables of Ettinger (2020), "What BERT is not": contexts that lack their last word, an expected word and others.
 * Each expected word makes a pair with each other one; only the last word is scored, given its context (her section 4,
 * sensitivity tests).
 */
export type ClozeLayout = 'cprag' | 'negation'

const columnsOf: Record<ClozeLayout, readonly string[]> = {
  cprag: ['context_s1', 'context_s2', 'expected', 'within_category', 'between_category', 'constraint'],
  negation: ['context_aff', 'context_neg', 'target_aff', 'target_neg']
}

/** The layout whose columns are all present; null if it is not a cloze test. */
export function clozeLayout(names: readonly string[]): ClozeLayout | null {
  return (
    (['cprag', 'negation'] as const).find((layout) => columnsOf[layout].every((name) => names.includes(name))) ?? null
  )
}

/** The pairs of one row. @param value of a column, which must not be empty */
export function clozePairs(layout: ClozeLayout, value: (column: string) => string, stem: string): MinimalPair[] {
  if (layout === 'cprag') {
    const context = `${value('context_s1')} ${value('context_s2')}`
    const constraint = `${value('constraint') === 'H' ? 'high' : 'low'} constraint`
    return (['within_category', 'between_category'] as const).map((other) =>
      pair(
        `${stem}: ${constraint}, ${other === 'within_category' ? 'within' : 'between'} category`,
        `${stem}: ${constraint}`,
        stem,
        [context, value('expected')],
        [context, value(other)]
      )
    )
  }
  const [affirmative, negative] = [value('target_aff'), value('target_neg')]
  return (
    [
      ['affirmative', 'context_aff', affirmative, negative],
      ['negative', 'context_neg', negative, affirmative]
    ] as const
  ).map(([polarity, column, good, bad]) => {
    const condition = `${stem}: ${polarity}`
    const context = value(column)
    return pair(condition, condition, stem, [withArticle(context, good), good], [withArticle(context, bad), bad])
  })
}

// "A trout is (a|an)": the article goes by the word that follows.
function withArticle(context: string, word: string): string {
  return context.replace(/\(a\|an\)$/, /^[aeiou]/i.test(word) ? 'an' : 'a')
}

function pair(
  paradigm: string,
  condition: string,
  phenomenon: string,
  [goodContext, good]: readonly [string, string],
  [badContext, bad]: readonly [string, string]
): MinimalPair {
  return {
    paradigm,
    good: `${goodContext} ${good}`,
    bad: `${badContext} ${bad}`,
    phenomenon,
    completions: { good, bad, condition }
  }
}
