import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const projectionModule = defineView({
  id: 'projection',
  title: 'Projection',
  description:
    'How a layer arranges the words of the corpus: UMAP or principal components, followed from layer to layer.',
  shortcut: '3',
  appliesTo: (_model, dataset) => dataset !== null,
  component: defineAsyncComponent(() => import('./ProjectionView.vue')),
  pinned: { of: 'model', component: defineAsyncComponent(() => import('./ProjectionPinned.vue')) },
  lends: { pair: defineAsyncComponent(() => import('./ProjectionPair.vue')) }
})
