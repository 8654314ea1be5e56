import { lineageRows } from '@shared/lineage'
import { expect, it } from 'vitest'

it('lists what is known, a row a fact, and no more than six names', () => {
  expect(lineageRows({ base: { path: '/models/base' } })).toEqual([['base', '/models/base']])
  const names = Array.from({ length: 7 }, (_, layer) => `layer.${layer}.weight`)
  expect(
    lineageRows({
      base: { id: 'b', name: 'bert' },
      recipe: { method: 'LoRA', rank: 8 },
      step: 0,
      differences: {
        compared: 20,
        changed: { count: 7, names },
        added: { count: 1, names: ['head'] },
        removed: { count: 0, names: [] }
      }
    })
  ).toEqual([
    ['base', 'bert, b'],
    ['recipe', '{"method":"LoRA","rank":8}'],
    ['step', '0'],
    ['differs', `7 of 20 tensors; 1 added, 0 removed: ${names.slice(0, 6).join(', ')}, …`]
  ])
})
