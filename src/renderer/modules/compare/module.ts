import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const compareModule = defineView({
  id: 'compare',
  title: 'Compare',
  description:
    'Several models side by side on the same words: layer curves, similarity of their layers, size and speed.',
  shortcut: '5',
  appliesTo: (_model, dataset) => dataset !== null,
  component: defineAsyncComponent(() => import('./CompareView.vue')),
  lends: { pair: defineAsyncComponent(() => import('./ComparePair.vue')) }
})
