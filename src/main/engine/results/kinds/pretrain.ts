import { formatCount } from '@shared/counts'
import { pretrainFamilies } from '@shared/pretrain'
import { aboutSoftware } from '../export/probeMethodsText'
import type { ResultKind } from '../kind'

export const pretrainKind: ResultKind<'pretrain'> = {
  id: 'pretrain',
  command: 'pretrain',
  measured: ['seconds', 'checkpoint'],
  summarise: ({ family, shape, epochs, tokens }) => ({
    method: `${pretrainFamilies[family].title}, ${shape.layers} x ${shape.width}`,
    score: { measure: 'held-out loss', value: epochs.at(-1)!.heldOutLoss, layer: null },
    curve: [],
    majority: null,
    items: tokens
  }),
  rows: ({ steps, epochs }) => {
    let from = 0
    return {
      columns: ['epoch', 'update', 'training_loss', 'held_out_loss', 'held_out_perplexity', 'held_out_accuracy'],
      rows: epochs.map(({ epoch, step, heldOutLoss, heldOutScore }) => {
        const made = steps.slice(from, step)
        from = step
        const loss = made.length === 0 ? null : made.reduce((sum, update) => sum + update.loss, 0) / made.length
        return [epoch, step, loss, heldOutLoss, Math.exp(heldOutLoss), heldOutScore]
      })
    }
  },
  methods: (result) => {
    const { family, shape, settings, tokenizer, dataset, sentences, tokens, parameters, heldOut, epochs, steps } =
      result
    const { title, causal } = pretrainFamilies[family]
    const { epochs: passes, batch, learningRate, warmup, weightDecay, dropout, seed } = settings
    return [
      `A model of the family ${title} with ${shape.layers} blocks, a width of ${shape.width}, ` +
        `${shape.heads} attention heads, MLPs of ${shape.mlpWidth} units and a window of ${shape.window} tokens ` +
        `(${formatCount(parameters)} parameters) was trained from random weights on ${dataset.name}: ` +
        `${formatCount(sentences)} sentences of '${dataset.split}', ${formatCount(tokens)} tokens of the tokenizer ` +
        `of ${tokenizer}.`,
      causal
        ? 'It learned to predict each token from those before it.'
        : 'It learned to predict 15 % of the tokens, of which 80 % were masked and 10 % replaced [devlin2019].',
      `Training took ${passes} epochs of batches of ${batch} (${formatCount(steps.length)} updates) by AdamW ` +
        `[loshchilovHutter2019] at ${learningRate}, which was reached over ${Number((100 * warmup).toFixed(2))} % of ` +
        `the updates and then fell linearly, with weight decay ${weightDecay}, gradients clipped at a norm of 1` +
        `${dropout > 0 ? ` and dropout ${dropout}` : ''}.`,
      `On ${heldOut} the loss fell from ${epochs[0]!.heldOutLoss.toFixed(3)} to ` +
        `${epochs.at(-1)!.heldOutLoss.toFixed(3)} nats a predicted token. All draws follow the seed ${seed}.`,
      aboutSoftware(result)
    ].join(' ')
  },
  cites: ({ family }) => [
    ...(pretrainFamilies[family].causal ? [] : (['devlin2019'] as const)),
    'loshchilovHutter2019',
    'smilkov2019'
  ],
  describe: ({ family, shape, sentences }) =>
    `${pretrainFamilies[family].title} of ${shape.layers} x ${shape.width} from scratch, ` +
    `${formatCount(sentences)} sentences`
}
