import { expect, test } from 'vitest'
import { reportHtml, reportMade } from '@shared/reportHtml'
import { addressInFile } from '@/plots/figureOrigin'
import { cell } from './reportCells'

const cells = [cell(), cell({ id: 'figure-0002', title: 'second', note: 'Look <here>', rowCount: 5000 })]
const html = reportHtml(cells, { title: 'Report', madeAt: reportMade(cells, new Date(2026, 10, 30)) })
const times = (part: string): number => html.split(part).length - 1

test('what several figures share is in the page once', () => {
  expect(times('@font-face')).toBe(1)
  expect(times('Linear probes were trained.')).toBe(1)
  expect(times('@article{a,')).toBe(1)
  expect(times('<svg xmlns=')).toBe(2)
  expect(times('<?xml')).toBe(0)
})

test('nothing in it is fetched from anywhere', () => {
  expect(html).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none'`)
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"|url\(([^)]*)\)/g)].map(([, link, file]) => link ?? file)
  expect(addresses.every((address) => /^(data:|layerscope:)/.test(address!))).toBe(true)
})

test('words are words, not markup; a table says how much of it is there', () => {
  expect(html).toContain('Accuracy by layer of &lt;UPOS&gt; &amp; others.')
  expect(html).toContain('Look &lt;here&gt;')
  expect(html).toContain('Data: 2 rows')
  expect(html).toContain('Data: the first 2 of 5000 rows')
  expect(html).toContain('2 figures, 30 November 2026')
})

test('the view of its first figure is opened by the file', () => {
  expect(addressInFile(new TextEncoder().encode(html))).toBe('layerscope=1&view=probes&layer=2')
})
