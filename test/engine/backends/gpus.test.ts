import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chosenGpu, keepGpu, keptGpu, listGpus } from '../../../src/main/engine/backends/gpus'
import { temporaryFolder } from '../../hosts/fixtures/testHost'

/** As the driver 550 writes it. */
const information = (name: string, uuid: string, slot: string): string =>
  `Model: \t\t ${name}\nIRQ:   \t\t 42\nGPU UUID: \t ${uuid}\nVideo BIOS: \t 96.00\nBus Type: \t PCIe\n` +
  `Bus Location: \t ${slot}\n`

const cards = [
  { name: 'NVIDIA RTX A6000', uuid: 'GPU-aaaa' },
  { name: 'NVIDIA T4', uuid: 'GPU-bbbb' }
]

test('cards are listed in the order of their slots', async () => {
  const folder = await temporaryFolder()
  for (const [slot, card] of [
    ['0000:41:00.0', cards[1]!],
    ['0000:01:00.0', cards[0]!]
  ] as const) {
    await mkdir(join(folder, slot))
    await writeFile(join(folder, slot, 'information'), information(card.name, card.uuid, slot))
  }
  expect(listGpus(folder)).toEqual(cards)
  expect(listGpus(join(folder, 'nowhere'))).toEqual([])
})

test('the variable goes before the choice of the window; a card that was taken out is not asked for', () => {
  expect(chosenGpu(cards, undefined, null)).toBeNull()
  expect(chosenGpu(cards, undefined, 'GPU-bbbb')).toBe('GPU-bbbb')
  expect(chosenGpu(cards, '0', 'GPU-bbbb')).toBe('GPU-aaaa')
  expect(chosenGpu(cards, 'GPU-bbbb', null)).toBe('GPU-bbbb')
  expect(chosenGpu(cards, undefined, 'GPU-gone')).toBeNull()
})

test('a variable that names no card is refused with those that are there', () => {
  expect(() => chosenGpu(cards, '2', null)).toThrow(
    "LAYERSCOPE_GPU is '2', and there is no such graphics card. There are: 0 (NVIDIA RTX A6000, GPU-aaaa), " +
      '1 (NVIDIA T4, GPU-bbbb).'
  )
})

test('the choice is kept, and given up again', async () => {
  const path = join(await temporaryFolder(), 'folder/gpu.json')
  expect(keptGpu(path)).toBeNull()
  keepGpu('GPU-bbbb', path)
  expect(keptGpu(path)).toBe('GPU-bbbb')
  keepGpu(null, path)
  expect(keptGpu(path)).toBeNull()
})
