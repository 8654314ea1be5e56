import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const resultsModule = defineView({
  id: 'results',
  title: 'Results',
  description: 'Every run that was kept: named, filtered, compared, exported with a methods paragraph.',
  shortcut: '7',
  appliesTo: () => true,
  component: defineAsyncComponent(() => import('./ResultsView.vue'))
})
