import { withAttention, withModel, type Action } from './action'

/** Attention, and what lies inside a model that has none. */
export const attentionActions = {
  'attention.settings': { title: 'More settings of attention', words: 'threshold rows', applies: withAttention },
  'attention.tiles': {
    title: 'All heads large, with their roles',
    words: 'tiles overview grid',
    applies: withAttention
  },
  'attention.oneHead': { title: 'Back to one head', words: 'tiles close', applies: withAttention },
  'attention.roles': {
    title: 'Find the role of each head',
    words: 'separator relation name words score',
    after: 'attention.tiles',
    applies: withAttention
  },
  'attention.unmask': { title: 'Unmask all words', words: 'mask reset', applies: withAttention },
  'attention.neurons': {
    title: 'Query × key by dimension',
    words: 'neuron view q k product BertViz',
    applies: withAttention
  },
  'attention.second': {
    title: 'Second sentence',
    words: 'pair separator SEP sentence A B',
    applies: withAttention
  },
  'attention.compute': {
    title: 'Compute the chosen kind of attention',
    words: 'rollout flow norms value zeroing gradients',
    applies: withAttention
  },
  'attention.unlock': { title: 'Show all tokens again', words: 'let go lock word escape', applies: withAttention },
  'attention.focusedFirst': {
    title: 'Most focused heads of each layer first',
    words: 'sort order entropy',
    applies: withAttention
  },
  'attention.gridScale': {
    title: 'One scale for all heads, or one for each',
    words: 'thumbnails colour absolute',
    applies: withAttention
  },
  'attention.smaller': { title: 'Smaller cells of the matrix', words: 'zoom out', applies: withAttention },
  'attention.fit': { title: 'Fit the whole matrix', words: 'zoom reset', applies: withAttention },
  'attention.larger': { title: 'Larger cells of the matrix', words: 'zoom in', applies: withAttention }
} as const satisfies Record<string, Action>

export const probeActions = {
  'probes.new': {
    title: 'New probe…',
    words: 'set up linear mlp structural train classifier settings method',
    applies: withModel
  },
  'probes.run': { title: 'Probe the chosen task', words: 'which layer train classifier decode', applies: withModel },
  'probes.everyLayer': {
    title: 'Probe every layer',
    words: 'which layer train classifier decode rail',
    applies: withModel
  },
  'probes.twin': {
    title: 'Probe the untrained twin too',
    words: 'random weights baseline signal',
    applies: withModel
  },
  'probes.measure': { title: 'Measure description length', words: 'MDL codelength online', applies: withModel },
  'probes.curve': { title: 'Draw a curve', words: 'data efficiency ranks languages sizes samples', applies: withModel },
  'probes.deleteCurve': { title: 'Delete the curve', words: 'remove', applies: withModel },
  'probes.dataCheck': { title: 'Data check', words: 'leak duplicates overlap warnings csv', applies: withModel },
  'probes.fullRange': { title: 'Accuracy axis from 0 to 100 %', words: 'scale chart range', applies: withModel },
  'probes.table': { title: 'Probes as a table', words: 'chart numbers', applies: withModel }
} as const satisfies Record<string, Action>
