import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const ablationModule = defineView({
  id: 'ablation',
  title: 'Ablation',
  description:
    'Switch off heads, MLPs and whole layers, or change their output, and see what breaks: on one sentence ' +
    'or a whole corpus.',
  shortcut: '4',
  appliesTo: (model) => model.kind === 'transformer' || model.kind === 'recurrent',
  otherwise: {
    title: 'This model has nothing to ablate',
    text: 'Ablations switch off heads, gates, MLPs and layers: word vectors have none.'
  },
  component: defineAsyncComponent(() => import('./AblationView.vue')),
  pinned: { of: 'sentence', component: defineAsyncComponent(() => import('./AblationPinned.vue')) }
})
