import { dropoutField, hiddenField, trainingFields, trainingSentence } from './fields'
import { describeMethod } from './method'

/** A perceptron with one or two hidden layers; with none, a linear probe without penalty, trained by Adam. */
export const mlp = describeMethod({
  kind: 'mlp',
  target: 'classes',
  title: 'MLP',
  explanation: 'One or two hidden layers: decodes more, but also memorises more; check its selectivity.',
  reads: 'layer',
  answersLater: true,
  fields: {
    hidden: hiddenField([256]),
    dropout: dropoutField(true),
    ...trainingFields
  },
  summary: ({ hidden, dropout }) =>
    hidden.length === 0 ? 'linear, by Adam' : `MLP ${hidden.join('-')}${dropout > 0 ? `, dropout ${dropout}` : ''}`,
  settings: ({ learningRate, weightDecay }) =>
    [
      ...(learningRate === 1e-3 ? [] : [`learning rate ${learningRate}`]),
      ...(weightDecay === 0 ? [] : [`weight decay ${weightDecay}`])
    ].join(', '),
  sentence(options) {
    const { hidden, dropout } = options
    const training = trainingSentence(options, 'items')
    if (hidden.length === 0) return `The probe is a softmax over a linear map. ${training}`
    const layers = hidden.length === 1 ? `one hidden layer of ${hidden[0]}` : `hidden layers of ${hidden.join(' and ')}`
    const dropoutText = dropout > 0 ? ` and dropout ${dropout}` : ''
    return `The probe is a multi-layer perceptron with ${layers} rectified units${dropoutText}. ${training}`
  },
  cites: () => ['kingmaBa2015']
})
