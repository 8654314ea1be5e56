import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const directKind: ResultKind<'direct'> = {
  id: 'direct',
  command: 'direct',
  summarise: ({ layers, heads, sentences, first, second }) =>
    figures(
      `direct logits of ${layers * heads} heads and ${layers} MLPs for ` +
        `${first}${second === null ? '' : ` − ${second}`}`,
      null,
      sentences
    ),
  rows: ({ heads, embeddings, offset, mlps, biases, byHead, errors, total }) => ({
    columns: ['part', 'layer', 'head', 'value', 'error'],
    rows: [
      ['embeddings', 0, null, embeddings, null],
      ...byHead.map((value, i) => [
        'head',
        Math.floor(i / heads) + 1,
        (i % heads) + 1,
        value,
        errors?.byHead[i] ?? null
      ]),
      ...biases.map((value, i) => ['bias of attention', i + 1, null, value, null]),
      ...mlps.map((value, i) => ['MLP', i + 1, null, value, errors?.mlps[i] ?? null]),
      ['offset', null, null, offset, null],
      ['total', null, null, total, null]
    ]
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `What embeddings, heads and MLPs of ${listed.subject.model.name} add to the last hidden state was read by the ` +
        'language-model head, through the final norm with the mean and scale of the whole state (direct logit ' +
        `attribution [elhage2021])${result.sentences > 1 ? `, as means over ${result.sentences} sentences` : ''}.`
    ),
  cites: (result) => ['elhage2021', ...computed(result)],
  describe: ({ layers, heads, sentences }) => `Direct logits of ${layers * heads} heads, ${sentences} sentences`
}
