export type Pane =
  'sentence' | 'effects' | 'corpus' | 'map' | 'neurons' | 'heads' | 'experts' | 'attribution' | 'lens' | 'patching'

interface PaneChoice {
  value: Pane
  title: string
  hint: string
}

/** Panes that reach into nothing but what every model has. */
const everywhere: readonly Pane[] = ['sentence', 'corpus']

/** The panes of the view that a model has something to show in. */
export function panesOf(model: { isTransformer: boolean; hasHead: boolean; hasExperts: boolean }): PaneChoice[] {
  const all: PaneChoice[] = [
    { value: 'sentence', title: 'Sentence', hint: 'Effect of the board on the chosen sentence' },
    {
      value: 'effects',
      title: 'Effects',
      hint: 'Effects of the board on layers, probes and predictions over the corpus'
    },
    { value: 'corpus', title: 'Corpus', hint: 'Importance of each part' },
    { value: 'map', title: 'Map', hint: 'Each part by task' },
    { value: 'neurons', title: 'Neurons', hint: 'Which neurons a probe needs, and its accuracy without them' },
    { value: 'heads', title: 'Heads', hint: 'What each head attends to' },
    ...(model.hasExperts
      ? [{ value: 'experts' as const, title: 'Experts', hint: 'Which experts the words of each label go through' }]
      : []),
    { value: 'attribution', title: 'Attribution', hint: 'What each token contributes to an answer' },
    ...(model.hasHead
      ? [
          { value: 'lens' as const, title: 'Lens', hint: 'The prediction at every layer' },
          { value: 'patching' as const, title: 'Patching', hint: 'Where the answer is decided' }
        ]
      : [])
  ]
  return all.filter(({ value }) => model.isTransformer || everywhere.includes(value))
}
