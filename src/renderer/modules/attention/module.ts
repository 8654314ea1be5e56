import { defineAsyncComponent } from 'vue'
import { hasValues } from '@shared/model'
import { defineView } from '../module'

export const attentionModule = defineView({
  id: 'attention',
  title: 'Attention',
  description:
    'What each head attends to in the chosen sentence: all heads at a glance, one head as lines and as a matrix.',
  shortcut: '1',
  appliesTo: (model) => hasValues(model, 'attention'),
  otherwise: {
    title: 'This model has no attention',
    text: 'Word vectors and recurrent networks attend to nothing. Probes, Projection and Compare show what layers hold.'
  },
  component: defineAsyncComponent(() => import('./AttentionView.vue')),
  lends: { pair: defineAsyncComponent(() => import('./AttentionPair.vue')) }
})
