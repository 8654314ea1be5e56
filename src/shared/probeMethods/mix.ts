import { dropoutField, hiddenField, trainingFields, trainingSentence } from './fields'
import { describeMethod } from './method'

/** A learned scalar mix of all layers up to the probed one, below a classifier. */
export const mix = describeMethod({
  kind: 'mix',
  target: 'classes',
  title: 'Scalar mix',
  explanation: 'Learns weights over all layers up to each one: where information is added (Tenney et al. 2019).',
  reads: 'layersUpTo',
  answersLater: true,
  fields: {
    hidden: hiddenField([]),
    dropout: dropoutField(false),
    ...trainingFields
  },
  summary: ({ hidden }) => (hidden.length > 0 ? `mix, MLP ${hidden.join('-')}` : 'mix, linear'),
  sentence(options) {
    const { hidden } = options
    const through =
      hidden.length > 0 ? `through a perceptron with hidden layers of ${hidden.join(' and ')}` : 'through a linear map'
    return (
      'The probe reads a learned scalar mix of the layers up to each layer [peters2018, tenney2019acl], ' +
      `${through}. ${trainingSentence(options, 'items')}`
    )
  },
  cites: () => ['kingmaBa2015', 'peters2018', 'tenney2019acl']
})
