import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const attentionModule = defineView({
  id: 'attention',
  title: 'Attention',
  description:
    'What each head attends to in the chosen sentence, as maps, lines and a matrix; in models with gates, states or ' +
    'experts, these too.',
  shortcut: '1',
  appliesTo: (model) => model.kind !== 'static',
  otherwise: {
    title: 'This model has no attention',
    text: 'Word vectors attend to nothing and have no layers. Probes, Projection and Compare show what they hold.'
  },
  component: defineAsyncComponent(() => import('./AttentionView.vue')),
  pinned: { of: 'sentence', component: defineAsyncComponent(() => import('./AttentionPinned.vue')) },
  lends: { pair: defineAsyncComponent(() => import('./AttentionPair.vue')) }
})
