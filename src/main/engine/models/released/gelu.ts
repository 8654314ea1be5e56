import { UserError } from '@shared/userError'
import { addressOf, type Reading } from '../address'
import type { ReleaseLayout } from './layout'

/** What the word "gelu" in a released config means here, and how it is said and asked for. */
export interface Gelu {
  /** Fields of the config that it replaces. */
  fields: Record<string, unknown>
  /** For the model's identity. */
  computed: string[]
  notes: string[]
  suffix: string[]
  readings: { title: string; address: string }[]
}

/**
 * The authors' TensorFlow code of BERT, ALBERT and XLNet computes the tanh form for the word "gelu"; transformers
 * computes erf (Hendrycks & Gimpel 2016 give both). The usual reading is that of transformers, so that the same model
 * gives the same numbers from either layout.
 * @param config null for a release without one: then the authors' default, "gelu"
 * @throws UserError where the authors' reading is asked for and there is only one
 */
export function geluLines(
  { geluField, title }: ReleaseLayout,
  config: Readonly<Record<string, unknown>> | null,
  reading: Reading,
  folder: string
): Gelu {
  const word = geluField === null ? null : config === null ? 'gelu' : config[geluField]
  if (word !== 'gelu') {
    if (reading.gelu !== null)
      throw new UserError(
        `${folder} has no "gelu" that could be read in two ways (${title}); open it without gelu=authors.`
      )
    return { fields: {}, computed: [], notes: [], suffix: [], readings: [] }
  }
  if (reading.gelu === 'authors')
    return {
      fields: { [geluField!]: 'gelu_new' },
      computed: ['gelu tanh'],
      notes: [
        'Its "gelu" is computed in the tanh form, as by its authors\' TensorFlow code. transformers computes erf for ' +
          'the same word; hidden states differ by about 0.001.'
      ],
      suffix: ["authors' gelu"],
      readings: [
        { title: 'with the gelu of transformers (erf)', address: addressOf(folder, { ...reading, gelu: null }) }
      ]
    }
  const authors = addressOf(folder, { ...reading, gelu: 'authors' })
  return {
    fields: {},
    computed: [],
    notes: [
      'Its "gelu" is computed with erf, as by transformers. Its authors\' TensorFlow code computes the tanh form for ' +
        `the same word; hidden states differ by about 0.001. Open ${authors} for that.`
    ],
    suffix: [],
    readings: [{ title: 'with the gelu of its authors (tanh form)', address: authors }]
  }
}
