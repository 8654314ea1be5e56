import { defineAsyncComponent } from 'vue'
import type { ViewModule } from '../registry'

export const resultsModule: ViewModule = {
  id: 'results',
  title: 'Results',
  description: 'Every run that was kept: named, filtered, compared, exported with a methods paragraph.',
  shortcut: '6',
  appliesTo: () => true,
  component: defineAsyncComponent(() => import('./ResultsView.vue'))
}
