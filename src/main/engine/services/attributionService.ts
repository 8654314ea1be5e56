import * as tf from '@tensorflow/tfjs-core'
import type { Attribution, AttributionBaseline } from '@shared/attribution'
import type { AttributionOptions } from '@shared/attributionRequest'
import type { JobHandle } from '@shared/jobs'
import { nearest } from '@shared/nearest'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { attribute, repeated } from '../attributions/attribute'
import { bestAnswer, headOutput, probeOutput, scoreOfAnswer, tokenOutput, type OutputOf } from '../attributions/outputs'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { alignedTokens, surfacesOf } from '../tokenizers/alignedTokens'
import type { ReadSentence } from '../tokenizers/encodedSentence'
import { openOwnHead } from '../training/saved/ownHead'
import { TrainableTransformer } from '../training/trainableTransformer'
import type { AblationInputs } from './ablationInputs'
import type { LentProbes } from './lentProbes'
import type { ModelService } from './modelService'

/** What gives the scores, and what its answers are called. */
interface Explained {
  /** The tokens that are run: those of the sentence, perhaps with one masked. */
  ids: Int32Array
  title: string
  output: OutputOf
  /** Of a number: a regression. */
  number: boolean
  /** The answer that is explained where no label is given; null for the most probable one. */
  usual: number | null
  answerOf(label: string): Promise<number> | number
  nameOf(answer: number): string
  dispose(): void
}

/** What the tokens of a sentence contribute to a score of the model. */
export class AttributionService {
  constructor(
    private readonly models: ModelService,
    private readonly probes: LentProbes,
    private readonly inputs: AblationInputs
  ) {}

  attribute(options: AttributionOptions, job: JobHandle): Promise<Attribution> {
    return this.models.use(options.modelId, async (model) => {
      needTransformer(model)
      const sentence = await this.inputs.encode(model, options.sentence)
      const explained = this.explained(model, sentence, options.target)
      try {
        const transformer = await TrainableTransformer.open(model.info.path, model.info.untrained)
        try {
          return await this.attributed(model, transformer, sentence, explained, options, job)
        } finally {
          transformer.dispose()
        }
      } finally {
        explained.dispose()
      }
    })
  }

  private async attributed(
    model: LoadedModel,
    transformer: TrainableTransformer,
    sentence: ReadSentence,
    explained: Explained,
    options: AttributionOptions,
    job: JobHandle
  ): Promise<Attribution> {
    const { method, steps, baseline, score, label, against } = options
    const { ids, output } = explained
    if (explained.number && score !== 'logit')
      throw new UserError('The head of this model gives a number, which has no probability; attribute its logit.')
    const first = label === null ? explained.usual : await explained.answerOf(label)
    const answer =
      first ??
      tf.tidy(() => {
        const batch = repeated({ ...sentence, ids }, 1)
        return bestAnswer(output, transformer.run(batch.tokens), batch)
      })
    const second = against === null ? null : await explained.answerOf(against)
    if (second === answer) throw new UserError('Both answers are the same, so there is no difference to explain.')
    const integrated = method === 'integrated'
    const { values, value, baselineValue } = await attribute(
      transformer,
      { ...sentence, ids },
      { method, steps, baseline: integrated ? baselineTokens(model, sentence, ids, baseline) : null },
      scoreOfAnswer(output, score, answer, second),
      job
    )
    const tokenizer = model.needTokenizer()
    const surfaces = surfacesOf(alignedTokens(tokenizer, { ...sentence, ids }))
    return {
      method,
      steps: integrated ? steps : null,
      baseline: integrated ? baseline : null,
      score,
      output: explained.title,
      label: explained.nameOf(answer),
      against: second === null ? null : explained.nameOf(second),
      tokens: Array.from(ids, (id) => tokenizer.tokenText(id)),
      ...(surfaces && { surfaces }),
      words: [...sentence.words.slice(0, sentence.wordsTaken)],
      wordOfToken: [...sentence.wordOfToken],
      values: tensorData([values.length], values),
      value,
      baselineValue
    }
  }

  private explained(model: LoadedModel, sentence: ReadSentence, target: AttributionOptions['target']): Explained {
    if (target.kind === 'token') return this.prediction(model, sentence, target.place)
    const { ids } = sentence
    if (target.kind === 'probe') {
      const probes = this.probes.keptLayers(target.runId, model.info.id)
      return {
        ids,
        title: `probe of ${probes.task.title}, layer ${target.layer}, word ${target.word}`,
        output: probeOutput({ ...probes, task: probes.task.title }, target.layer, target.word, sentence),
        number: false,
        usual: null,
        ...classNames(probes.classes),
        dispose: () => undefined
      }
    }
    const head = openOwnHead(model.info.path)
    if (!head)
      throw new UserError(
        `${model.info.name} has no head for a task; open a model that was trained in Layerscope, or explain a ` +
          'prediction or a probe.'
      )
    try {
      return {
        ids,
        title: `the model’s own head${head.task === 'token' ? `, word ${target.word}` : ''}`,
        output: headOutput(head, target.word, sentence),
        number: head.outputs === 1,
        usual: head.outputs === 1 ? 0 : null,
        ...classNames(head.outputs === 1 ? [head.labels[0] ?? 'number'] : head.labels),
        dispose: () => head.dispose()
      }
    } catch (error) {
      head.dispose()
      throw error
    }
  }

  /** The language-model head at a token, which a masked model has to guess. */
  private prediction(model: LoadedModel, { ids: read }: ReadSentence, wanted: number | null): Explained {
    if (!model.hasHead)
      throw new UserError(
        `${model.info.name} has no language-model head, so it predicts no tokens; explain a probe, or open a ` +
          'checkpoint that was saved with its head.'
      )
    const tokenizer = model.needTokenizer()
    const { maskId: mask } = tokenizer
    const { causal } = model.shape
    const masked = mask === null ? -1 : read.indexOf(mask)
    if (!causal && wanted === null && masked < 0)
      throw new UserError('The sentence has no mask token; say which token is to be masked and explained.')
    const place = wanted ?? (causal ? read.length - 1 : masked)
    if (place >= read.length)
      throw new UserError(`The sentence has ${read.length} tokens, counted from 0; there is no token ${place}.`)
    const ids = read.slice()
    let usual: number | null = causal ? (read[place + 1] ?? null) : null
    if (!causal && ids[place] !== mask) {
      if (mask === null)
        throw new UserError(`${model.info.name} has no mask token, so none of its tokens can be masked and explained.`)
      usual = read[place]!
      ids[place] = mask
    }
    return {
      ids,
      title: `prediction ${causal ? 'after' : 'of'} token ${place}`,
      output: tokenOutput(place),
      number: false,
      usual,
      answerOf: (label) => this.inputs.tokenOf(model, label),
      nameOf: (answer) => tokenizer.tokenText(answer),
      dispose: () => undefined
    }
  }
}

function classNames(classes: readonly string[]): Pick<Explained, 'answerOf' | 'nameOf'> {
  return {
    nameOf: (answer) => classes[answer]!,
    answerOf: (label) => {
      const answer = classes.indexOf(label)
      if (answer >= 0) return answer
      const near = nearest(label, classes)
      throw new UserError(
        `There is no class '${label}'${near === null ? '' : `; did you mean '${near}'?`} ` +
          `The classes are ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ', …' : ''}.`
      )
    }
  }
}

/** Tokens in place of those of words; null for vectors of zeros. @throws UserError where the tokenizer has none */
function baselineTokens(
  model: LoadedModel,
  { wordOfToken }: ReadSentence,
  ids: Int32Array,
  baseline: AttributionBaseline
): Int32Array | null {
  if (baseline === 'zero') return null
  const tokenizer = needTransformer(model).needTokenizer()
  const filler = baseline === 'mask' ? tokenizer.maskId : tokenizer.padId
  if (filler === null)
    throw new UserError(
      `${model.info.name} has no ${baseline === 'mask' ? 'mask' : 'padding'} token to start from; use vectors of zeros.`
    )
  return ids.map((id, token) => (wordOfToken[token] === -1 ? id : filler))
}
