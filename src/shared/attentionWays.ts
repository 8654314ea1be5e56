/**
 * What a map over the tokens of a sentence can show beside the attention weights of a head: ways to combine heads and
 * layers, and measures of what is really mixed in.
 */
export const attentionWays = {
  valueNorms: {
    title: 'Weight × value norm',
    of: 'head',
    hint: 'Length of the vector that a head moves from a token: its weight times its transformed value, ‖α f(x)‖.',
    source: 'Kobayashi et al. 2020'
  },
  layerNorms: {
    title: 'Norms of the layer',
    of: 'layer',
    hint: 'The same for all heads of the layer together, whose vectors can cancel out: ‖Σ α f(x)‖.',
    source: 'Kobayashi et al. 2020'
  },
  residualNorms: {
    title: 'Norms with residual',
    of: 'layer',
    hint:
      'The same with what the residual connection keeps of the token itself, through the norm that follows where ' +
      'there is one.',
    source: 'Kobayashi et al. 2021'
  },
  valueZeroing: {
    title: 'Value zeroing',
    of: 'layer',
    hint: 'How far a token’s output of the layer turns (cosine) when the value of another token is set to zero.',
    source: 'Mohebbi et al. 2023'
  },
  mean: {
    title: 'Mean of layers',
    of: 'layers',
    hint: 'Mean of the attention weights of all heads, from the first layer up to this one.',
    source: 'a plain mean'
  },
  max: {
    title: 'Maximum of layers',
    of: 'layers',
    hint: 'The largest weight that any head gives, from the first layer up to this one.',
    source: 'a plain maximum'
  },
  rollout: {
    title: 'Rollout',
    of: 'layers',
    hint: 'Attention from layer to layer multiplied up, half of each layer the residual connection.',
    source: 'Abnar & Zuidema 2020'
  },
  flow: {
    title: 'Attention flow',
    of: 'layers',
    hint: 'The maximum flow from a token of this layer to each input token, through the same weights as pipes.',
    source: 'Abnar & Zuidema 2020'
  }
} as const satisfies Record<
  string,
  {
    title: string
    /** Of one head, of all heads of a layer, or of all layers up to one. */
    of: 'head' | 'layer' | 'layers'
    /** What it is, in a sentence. */
    hint: string
    source: string
  }
>

/** What the tokens add to the model's guess at one of them, in the place of a map: one row. */
export const guessWays = {
  gradientInput: {
    title: 'Gradient × input',
    of: 'guess',
    hint:
      'How much each token adds to the log-probability of the token that is in the text, by the gradient at its ' +
      'embedding; sizes without signs, as shares.',
    source: 'Shrikumar et al. 2017'
  },
  integrated: {
    title: 'Integrated gradients',
    of: 'guess',
    hint: 'The same by the mean gradient at 20 points on the way from vectors of zeros; sizes without signs.',
    source: 'Sundararajan et al. 2017'
  }
} as const

export type GuessWay = keyof typeof guessWays

export const guessWayNames = Object.keys(guessWays) as [GuessWay, ...GuessWay[]]

export type AttentionWay = keyof typeof attentionWays

export const attentionWayNames = Object.keys(attentionWays) as [AttentionWay, ...AttentionWay[]]

/** Tokens beyond which a flow is not computed: its work grows with their fourth power. */
export const longestFlow = 96
