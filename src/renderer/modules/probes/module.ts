import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const probesModule = defineView({
  id: 'probes',
  title: 'Probes',
  description:
    'What a linear probe can read out of each layer, against its baselines, down to the words it gets wrong.',
  shortcut: '2',
  appliesTo: () => true,
  component: defineAsyncComponent(() => import('./ProbesView.vue')),
  pinned: { of: 'model', component: defineAsyncComponent(() => import('./ProbesPinned.vue')) }
})
