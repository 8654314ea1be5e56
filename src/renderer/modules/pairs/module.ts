import { defineAsyncComponent } from 'vue'
import { defineView } from '../module'

export const pairsModule = defineView({
  id: 'pairs',
  title: 'Minimal pairs',
  description:
    'Which of two sentences a language model finds more probable, paradigm by paradigm, down to the tokens ' +
    'of one pair.',
  shortcut: '6',
  appliesTo: () => true,
  component: defineAsyncComponent(() => import('./PairsView.vue'))
})
