import type { TensorFacts } from '@shared/structure'
import { expect, it } from 'vitest'
import { commonPrefix, tensorGroups } from '@/shell/structureGroups'

const tensor = (name: string, block: number | null, parameters = 10): TensorFacts => ({
  name,
  block,
  parameters,
  type: 'F32',
  shape: [parameters],
  bytes: 4 * parameters
})
const tensors = [
  tensor('pooler.dense.weight', null),
  tensor('encoder.layer.1.attention.self.query.weight', 1),
  tensor('encoder.layer.0.attention.self.query.weight', 0),
  tensor('encoder.layer.0.output.dense.weight', 0, 40),
  tensor('embeddings.word_embeddings.weight', null),
  tensor('logit_scale', null)
]

it('tensors are grouped by block: embeddings, blocks in their order, then the rest', () => {
  const groups = tensorGroups(tensors, '')
  expect(groups.map(({ title, parameters }) => [title, parameters])).toEqual([
    ['embeddings', 10],
    ['block 0', 50],
    ['block 1', 10],
    ['pooler.dense', 10],
    ['other', 10]
  ])
})

it('words find tensors by name and block', () => {
  const found = (query: string): string[] =>
    tensorGroups(tensors, query).flatMap((group) => group.tensors.map(({ name }) => name))
  expect(found('query')).toEqual([
    'encoder.layer.0.attention.self.query.weight',
    'encoder.layer.1.attention.self.query.weight'
  ])
  expect(found('block 1 Query')).toEqual(['encoder.layer.1.attention.self.query.weight'])
  expect(found('nothing')).toEqual([])
})

it('what all names of a group begin with ends at a dot', () => {
  expect(commonPrefix(tensorGroups(tensors, 'block 0')[0]!.tensors)).toBe('encoder.layer.0.')
  expect(commonPrefix([tensor('a.weight', null), tensor('a.weight.scale', null)])).toBe('a.')
  expect(commonPrefix([tensor('a.weight', null)])).toBe('')
  expect(commonPrefix([])).toBe('')
})
