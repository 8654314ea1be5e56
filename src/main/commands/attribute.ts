import {
  attributionBaselines,
  attributionMethods,
  attributionScores,
  completenessGap,
  type Attribution
} from '@shared/attribution'
import { attributionOptions, type AttributionOptions } from '@shared/attributionRequest'
import { count, layer } from '@shared/fields'
import { shownTokens, type TokenSpelling } from '@shared/tokenText'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { json, keep, transformer } from '../commandLine/commonOptions'
import { openModel } from '../commandLine/opening'
import { choice, flag, number, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

const { method, steps, baseline, score } = attributionOptions.entries

export const attributeCommand = defineCommand({
  name: 'attribute',
  description: 'Shows what each token of a sentence contributes to a prediction, by gradients.',
  options: {
    model: transformer,
    text: required(text('TEXT', 'the sentence')),
    method: withDefault(choice(method.options, 'METHOD', 'how the score is divided among the tokens'), 'integrated'),
    steps: withDefault(number(steps, 'N', 'points of integrated gradients'), '50'),
    baseline: withDefault(
      choice(baseline.options, 'WAY', 'where integrated gradients start: vectors of zeros, or other tokens'),
      'zero'
    ),
    score: withDefault(choice(score.options, 'SCORE', 'the score that is attributed'), 'logProbability'),
    place: number(
      count,
      'N',
      'token, counted from 0: a masked model guesses it, any other the one after it (default: the mask, or the last)'
    ),
    probe: text('ID', 'explain a class of this kept linear probe instead; `layerscope results` lists them'),
    layer: { ...number(layer, 'N', 'layer of the probe'), range: '' },
    head: flag('explain a class of the head that the model was trained with'),
    word: number(count, 'N', 'word that the probe or head labels, counted from 0'),
    label: text('TEXT', 'token or class that is explained (default: the one in the sentence, or the most probable)'),
    against: text('TEXT', 'explain the difference from the score of this token or class'),
    json,
    keep
  },
  notes: `Values of integrated gradients sum to the difference between the sentence's score and the baseline's;
the table says by how much they miss it. Those of 'gradient' have no sign.`,
  examples: [
    'layerscope attribute --model resources/models/gpt2-ud-tiny --text "The man near the door" --label is ' +
      '--against are',
    'layerscope attribute --model ~/bert-base --text "The man near the door [MASK] here ." --baseline mask'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const target = targetOf(values)
      const model = await openModel(services, report, values.model)
      const request = parseRequest(
        'attribution.run',
        {
          modelId: model.id,
          sentence: { kind: 'text', text: values.text },
          method: values.method,
          steps: values.steps,
          baseline: values.baseline,
          score: values.score,
          target,
          label: values.label ?? null,
          against: values.against ?? null
        },
        { sentence: 'text', method: 'method', steps: 'steps', label: 'label', against: 'against', target: 'place' }
      )
      const result = await jobs.run('ablation', 'Attributing a score', undefined, (job) =>
        services.runs.run('attribution', request, job)
      )
      report.result(values.json, result, () => table(result, model.spelling))
      return 0
    }, values.keep)
})

/** @throws UserError for options that do not go together */
function targetOf(values: {
  readonly place: number | undefined
  readonly probe: string | undefined
  readonly layer: number | undefined
  readonly word: number | undefined
  readonly head: boolean
}): AttributionOptions['target'] {
  const { place, probe, layer, word, head } = values
  if (probe !== undefined && head) throw new UserError('--probe and --head explain different things; give one of them.')
  if (place !== undefined && (probe !== undefined || head))
    throw new UserError('--place is a token whose prediction is explained; a probe or a head has --word instead.')
  if (probe === undefined && layer !== undefined) throw new UserError('--layer is the layer of a probe; give --probe.')
  if (probe === undefined && !head) {
    if (word !== undefined) throw new UserError('--word is what a probe or a head labels; give --probe or --head.')
    return { kind: 'token', place: place ?? null }
  }
  if (probe === undefined) return { kind: 'head', word: word ?? null }
  if (layer === undefined || word === undefined)
    throw new UserError('--probe needs --layer and --word: which of its probes, at which word.')
  return { kind: 'probe', runId: probe, layer, word }
}

function table(result: Attribution, spelling: TokenSpelling): string {
  const { method, score, output, label, against, value, baselineValue, baseline } = result
  const tokens = shownTokens(
    result.tokens.map((text) => ({ text })),
    spelling
  )
  const width = Math.max(5, ...tokens.map((token) => token.length))
  const gap = completenessGap(result)
  return [
    `${attributionMethods[method].title}; ${output}: ${attributionScores[score]} of '${label}'` +
      `${against === null ? '' : ` minus that of '${against}'`} ${value.toFixed(4)}` +
      (baselineValue === null ? '' : `, from ${attributionBaselines[baseline!]} ${baselineValue.toFixed(4)}`),
    ...tokens.map(
      (token, i) => `${String(i).padStart(3)}  ${token.padEnd(width)}  ${result.values.data[i]!.toFixed(4).padStart(9)}`
    ),
    ...(gap === null ? [] : [`The values sum to the difference within ${Math.abs(gap).toExponential(1)}.`]),
    ''
  ].join('\n')
}
