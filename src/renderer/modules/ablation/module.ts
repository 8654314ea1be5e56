import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const ablationModule = defineView({
  id: 'ablation',
  title: 'Ablation',
  description:
    'Switch heads, MLPs and whole layers off, or change what they give, and see what breaks: on one sentence or a whole corpus.',
  shortcut: '4',
  appliesTo: (model) => model.heads > 0,
  component: defineAsyncComponent(() => import('./AblationView.vue'))
})
