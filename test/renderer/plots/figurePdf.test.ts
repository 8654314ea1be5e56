// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest'
import * as exporting from '@/plots/exporting'
import { printStyles, savePdf } from '@/plots/figurePdf'
import { engine } from '../engine'

afterEach(() => vi.restoreAllMocks())

it('asks the host for the file and saves it under the figure’s name', async () => {
  const saved = vi.spyOn(exporting, 'downloadBlob').mockImplementation(() => undefined)
  engine.answers['figure.pdf'] = () => new TextEncoder().encode('%PDF-1.4')
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 320 200')
  document.body.append(svg)
  await savePdf('layer-curves', svg, { title: 'Curves' })
  const [asked] = engine.inputs('figure.pdf') as { svg: string; width: number; height: number }[]
  expect(asked).toMatchObject({ width: 320, height: 200 })
  expect(asked!.svg).toContain('<title>Curves</title>')
  const [name, blob] = saved.mock.calls[0]!
  expect([name, blob.type, await blob.text()]).toEqual(['layer-curves.pdf', 'application/pdf', '%PDF-1.4'])
})

it('prints on one page of the drawing’s size', () => {
  expect(printStyles({ width: 320, height: 200 }, ['@font-face { font-family: A }'])).toBe(
    '@page { size: 320px 200px; margin: 0 }\nhtml, body { margin: 0 }\nsvg { display: block }\n' +
      '@font-face { font-family: A }'
  )
})
