import { defineAsyncComponent } from 'vue'
import type { ViewModule } from '../registry'

export const attentionModule: ViewModule = {
  id: 'attention',
  title: 'Attention',
  description: 'Where each head looks in the chosen sentence: all heads at a glance, one head as lines and as a matrix.',
  shortcut: '1',
  appliesTo: (model) => model.layers > 0 && model.heads > 0,
  component: defineAsyncComponent(() => import('./AttentionView.vue'))
}
