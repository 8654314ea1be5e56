import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const runsModule = defineView({
  id: 'runs',
  title: 'Runs',
  description: 'Sweeps on many processes or machines: state and log of each unit; cancel, resume, collect.',
  shortcut: '9',
  appliesTo: () => true,
  component: defineAsyncComponent(() => import('./RunsView.vue'))
})
