import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const runsModule = defineView({
  id: 'runs',
  title: 'Runs',
  description: 'Sweeps on many processes or machines: where each unit is, its log, cancel, again, collect.',
  shortcut: '9',
  appliesTo: () => true,
  component: defineAsyncComponent(() => import('./RunsView.vue'))
})
