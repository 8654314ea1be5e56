import * as v from 'valibot'
import { describeMethod } from './method'

/** Multinomial logistic regression. */
export const linear = describeMethod({
  kind: 'linear',
  target: 'classes',
  title: 'Linear',
  explanation: 'Reads what a layer holds in directly usable form; a safe first choice.',
  reads: 'layer',
  answersLater: true,
  fields: {
    penalty: {
      schema: v.optional(v.picklist(['l2', 'l1', 'elastic']), 'l2'),
      flag: 'penalty',
      label: 'Penalty',
      hint: 'Penalty on the weights',
      range: 'l2, l1 or elastic',
      type: 'choice',
      choices: [
        { value: 'l2', title: 'L2', hint: 'Keeps all weights small; the usual choice' },
        { value: 'l1', title: 'L1', hint: 'Sets most weights to 0: few features, but slower' },
        { value: 'elastic', title: 'Elastic', hint: 'Half L1, half L2' }
      ],
      inWindow: true,
      tunable: true
    },
    inverseRegularisation: {
      schema: v.optional(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(1e6)), 1),
      flag: 'c',
      label: 'C',
      hint: 'Inverse strength of the penalty, like scikit-learn’s C: smaller is stronger',
      range: 'a number between 0.000001 and 1,000,000',
      type: 'number',
      inWindow: true,
      tunable: true
    },
    l1Ratio: {
      schema: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.5),
      flag: 'l1-ratio',
      label: 'L1 share',
      hint: 'Elastic net only: share of L1 in the penalty, like scikit-learn’s l1_ratio',
      range: 'a share from 0 to 1',
      type: 'number',
      inWindow: false
    }
  },
  summary: ({ penalty }) => (penalty === 'l2' ? 'linear' : `linear, ${penalty === 'l1' ? 'L1' : 'elastic net'}`),
  settings: ({ penalty, inverseRegularisation, l1Ratio }) =>
    [
      ...(penalty === 'l2' ? ['L2'] : penalty === 'elastic' ? [`L1 share ${l1Ratio}`] : []),
      `C = ${inverseRegularisation}`
    ].join(', '),
  sentence({ penalty, inverseRegularisation, l1Ratio }) {
    const c = `(C = ${inverseRegularisation}, as scikit-learn defines it)`
    if (penalty === 'l2')
      return (
        `The probe is multinomial logistic regression [alainBengio2017] with an L2 penalty ${c}, solved to ` +
        'convergence by preconditioned L-BFGS [liuNocedal1989].'
      )
    const name = penalty === 'l1' ? 'an L1 penalty' : `an elastic net [zouHastie2005] (L1 share ${l1Ratio})`
    return (
      `The probe is multinomial logistic regression [alainBengio2017] with ${name} ${c}, solved by FISTA ` +
      '[beckTeboulle2009].'
    )
  },
  cites({ penalty }) {
    if (penalty === 'l2') return ['alainBengio2017', 'liuNocedal1989']
    return penalty === 'l1'
      ? ['alainBengio2017', 'beckTeboulle2009']
      : ['alainBengio2017', 'beckTeboulle2009', 'zouHastie2005']
  }
})
