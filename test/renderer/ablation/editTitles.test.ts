import { expect, test } from 'vitest'
import { interventionTitle } from '../../../src/renderer/modules/ablation/editTitles'

test('what the board has no switch for is said in words', () => {
  const fitted = {
    model: { id: 'abc', name: 'm' },
    data: 'EWT',
    split: 'train',
    task: 'UPOS',
    layer: 3,
    method: 'inlp' as const,
    items: 900,
    rank: 1
  }
  expect(interventionTitle({ at: 'blocks.2.resid_post', edit: { kind: 'project', basis: [[1]] }, fitted })).toBe(
    'UPOS erased at layer 3 (INLP, 1 direction)'
  )
  expect(interventionTitle({ at: 'blocks.1.mlp.post', neurons: [1, 2], tokens: [4], edit: { kind: 'zero' } })).toBe(
    '2 neurons of blocks.1.mlp.post at 1 token: zero'
  )
  expect(interventionTitle({ at: 'embed', edit: { kind: 'noise', size: 1, seed: 1 } })).toBe('embed: added noise')
})
