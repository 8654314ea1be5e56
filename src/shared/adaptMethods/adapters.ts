import * as v from 'valibot'
import { whole } from '../probeMethods/method'
import { describeAdaptation } from './method'

/** Small layers inside the frozen model (Houlsby et al. 2019; Pfeiffer et al. 2021). */
export const adapters = describeAdaptation({
  kind: 'adapters',
  title: 'Adapters',
  explanation:
    'Small layers are put into every block and trained with the norms and the head; the rest stays as it is.',
  usual: { model: 2e-3, head: 2e-3, epochs: 4, batch: 16 },
  trainsModel: true,
  fields: {
    size: {
      schema: v.optional(whole(1, 4096), 48),
      flag: 'adapter-size',
      label: 'Size',
      hint: 'Units in the middle of an adapter',
      range: 'a whole number from 1 to 4,096',
      type: 'number',
      inWindow: true
    },
    variant: {
      schema: v.optional(v.picklist(['houlsby', 'pfeiffer']), 'houlsby'),
      flag: 'adapter-variant',
      label: 'Places',
      hint:
        'houlsby: behind attention and MLP, with the norms; pfeiffer: behind the MLP, reading its sum with the ' +
        'residual, without the norms',
      range: 'houlsby or pfeiffer',
      type: 'choice',
      choices: [
        { value: 'houlsby', title: 'Houlsby', hint: 'Two a block, behind attention and MLP; the norms train as well' },
        {
          value: 'pfeiffer',
          title: 'Pfeiffer',
          hint: 'One a block, which reads the sum of MLP and residual; the norms stay as they are'
        }
      ],
      inWindow: true
    }
  },
  summary: ({ size, variant }) => `adapters of ${size}${variant === 'pfeiffer' ? ', Pfeiffer' : ''}`,
  sentence: ({ size, variant }) =>
    variant === 'houlsby'
      ? `Two adapters of ${size} units were put into every block and trained with the norms and the head ` +
        '[houlsby2019].'
      : `One adapter of ${size} units was put behind the MLP of every block, where it reads the sum with the ` +
        'residual (normed where the model norms it), and trained with the head [pfeiffer2021].',
  cites: ['houlsby2019', 'pfeiffer2021']
})
