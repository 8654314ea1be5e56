import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const attentionModule = defineView({
  id: 'attention',
  title: 'Attention',
  description:
    'Where each head looks in the chosen sentence: all heads at a glance, one head as lines and as a matrix.',
  shortcut: '1',
  appliesTo: (model) => model.layers > 0 && model.heads > 0,
  otherwise: {
    title: 'Word vectors have no attention',
    text: 'Each word has one vector wherever it stands: there is layer 0 and nothing above it. Probes and the projection show what it holds; attention needs a transformer.'
  },
  component: defineAsyncComponent(() => import('./AttentionView.vue'))
})
