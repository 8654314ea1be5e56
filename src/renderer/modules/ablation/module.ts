import { defineAsyncComponent } from 'vue'
import type { ViewModule } from '../registry'

export const ablationModule: ViewModule = {
  id: 'ablation',
  title: 'Ablation',
  description:
    'Switch heads, MLPs and whole layers off, or change what they give, and see what breaks: on one sentence or a whole corpus.',
  shortcut: '4',
  appliesTo: (model) => model.heads > 0,
  component: defineAsyncComponent(() => import('./AblationView.vue'))
}
