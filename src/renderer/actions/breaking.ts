import { headsRequest, scanRequest } from '@/setup/usualRequests'
import { costOf, withAttention, withData, withModel, withPredictions, withTransformer, type Action } from './action'

/** Panes of the view: the values of its control 'Analysis'. */
const panes = {
  'ablation.pane:sentence': { title: 'What breaks in this sentence', words: 'ablation effect', applies: withModel },
  'ablation.pane:effects': { title: 'Effects of the board on the corpus', words: 'ablation', applies: withTransformer },
  'ablation.pane:corpus': { title: 'Importance of each part', words: 'ablation scan prune', applies: withModel },
  'ablation.pane:map': { title: 'Map of parts by tasks', words: 'ablation importance', applies: withTransformer },
  'ablation.pane:neurons': { title: 'Neurons of a task', words: 'ranking pruning', applies: withTransformer },
  'ablation.pane:heads': { title: 'What each head attends to', words: 'roles pattern', applies: withAttention },
  'ablation.pane:experts': { title: 'Experts of the words', words: 'mixture router load', applies: withTransformer },
  'ablation.pane:attribution': {
    title: 'What each token contributes to an answer',
    words: 'integrated gradients saliency attribution input',
    applies: withTransformer
  },
  'ablation.pane:lens': {
    title: 'Logit lens: what the model predicts at every layer',
    words: 'tuned early exit guesses',
    applies: withPredictions
  },
  'ablation.pane:patching': {
    title: 'Where an answer is decided',
    words: 'activation patching causal tracing path direct logit attribution',
    applies: withPredictions
  }
} as const satisfies Record<string, Action>

export const ablationActions = {
  ...panes,
  'ablation.undo': { title: 'Undo on the board', words: 'switch ablation', applies: withModel },
  'ablation.redo': { title: 'Redo on the board', words: 'switch ablation', applies: withModel },
  'ablation.clear': { title: 'Switch everything on again', words: 'reset board ablation', applies: withModel },
  'ablation.sets': { title: 'Sets of interventions', words: 'save keep load board ablation', applies: withModel },
  'ablation.scan': {
    title: 'Scan: switch off every part in turn',
    words: 'importance sweep knock out ablate heads layers which matters harm',
    after: 'ablation.pane:corpus',
    applies: withData,
    cost: (corpus) => costOf('ablation.scan', scanRequest(corpus))
  },
  'ablation.prune': {
    title: 'Prune: switch off more and more parts',
    words: 'least important first curve random orders Michel',
    after: 'ablation.pane:corpus',
    applies: withData
  },
  'ablation.map': {
    title: 'Map every part by every task',
    words: 'importance heads tasks grid',
    after: 'ablation.pane:map',
    applies: withData
  },
  'ablation.neurons': {
    title: 'Rank neurons and take them away',
    words: 'prune features dimensions probe',
    after: 'ablation.pane:neurons',
    applies: withData
  },
  'ablation.heads': {
    title: 'Score every head by what it attends to',
    words: 'previous token head next same induction separator relation role pattern which heads look',
    after: 'ablation.pane:heads',
    applies: (context) => withData(context) && withAttention(context),
    cost: (corpus) => costOf('ablation.heads', headsRequest(corpus))
  },
  'ablation.experts': {
    title: 'Count the experts of each label',
    words: 'mixture router load',
    after: 'ablation.pane:experts',
    applies: withData
  },
  'ablation.trainLens': {
    title: 'Train a tuned lens',
    words: 'translator logit prediction layers',
    after: 'ablation.pane:lens',
    applies: (context) => withData(context) && withPredictions(context)
  },
  'ablation.patch': {
    title: 'Patch values from one sentence into another',
    words: 'activation patching causal tracing where answer decided divide logits',
    after: 'ablation.pane:patching',
    applies: withPredictions
  },
  'ablation.erase': {
    title: 'Erase a concept…',
    words: 'LEACE INLP amnesic remove information',
    after: 'ablation.pane:effects',
    applies: withData
  },
  'ablation.change': {
    title: 'Measure how far the board moves each layer',
    words: 'effects hidden states change',
    after: 'ablation.pane:effects',
    applies: withData
  },
  'ablation.predictions': {
    title: 'Measure predictions under the board',
    words: 'effects loss language model head watched word',
    after: 'ablation.pane:effects',
    applies: withData
  },
  'ablation.pairs': {
    title: 'Score minimal pairs under the board',
    words: 'effects grammar',
    after: 'ablation.pane:effects',
    applies: withData
  },
  'ablation.retrain': {
    title: 'Train probes again under the board',
    words: 'effects amnesic retrain',
    after: 'ablation.pane:effects',
    applies: withData
  }
} as const satisfies Record<string, Action>

export const pairActions = {
  'pairs.open': { title: 'Open minimal pairs…', words: 'file sentences' },
  'pairs.run': { title: 'Run the minimal pairs', words: 'BLiMP grammar acceptability score', applies: withModel },
  'pairs.table': { title: 'Minimal pairs as a table', words: 'chart numbers', applies: withModel },
  'pairs.openHead': { title: 'Open gpt2-ud-tiny', words: 'language-model head decoder', applies: withModel }
} as const satisfies Record<string, Action>
