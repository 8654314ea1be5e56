import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const adaptModule = defineView({
  id: 'adapt',
  title: 'Adapt',
  description: 'Train the model on a task of your data, watch its layers, and see what changed.',
  shortcut: '8',
  appliesTo: (_model, dataset) => dataset !== null,
  component: defineAsyncComponent(() => import('./AdaptView.vue'))
})
