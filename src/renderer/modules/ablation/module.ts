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
  appliesTo: (model) => model.kind !== 'recurrent' && hasValues(model, 'attention'),
  otherwise: {
    title: 'This model has nothing to ablate',
    text: 'Ablations switch off attention heads, MLPs and layers, and need a transformer.'
  },
  component: defineAsyncComponent(() => import('./AblationView.vue'))
})
