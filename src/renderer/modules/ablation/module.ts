import { defineAsyncComponent } from 'vue'
import { hasValues } from '@shared/model'
import { defineView } from '../module'

export const ablationModule = defineView({
  id: 'ablation',
  title: 'Ablation',
  description:
    'Switch off heads, MLPs and whole layers, or change their output, and see what breaks: on one sentence ' +
    'or a whole corpus.',
  shortcut: '4',
  // Transformer-XL alone attends and is no transformer of the usual make: nothing reaches into its blocks.
  appliesTo: (model) => model.kind === 'transformer' || (model.kind === 'recurrent' && !hasValues(model, 'attention')),
  otherwise: {
    title: 'This model has nothing to ablate',
    text:
      'Ablations switch off heads, gates, MLPs and layers: word vectors have none, and Transformer-XL’s cannot be ' +
      'reached yet.'
  },
  component: defineAsyncComponent(() => import('./AblationView.vue')),
  pinned: { of: 'sentence', component: defineAsyncComponent(() => import('./AblationPinned.vue')) }
})
