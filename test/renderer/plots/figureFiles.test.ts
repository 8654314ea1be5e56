// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { crc32 as crcOfNode, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { addressInFile } from '@/plots/figureOrigin'
import { numberFrom, paperForm, pixelsPerInch, renumbered, stateName } from '@/plots/figureForm'
import { crc32, describedPng } from '@/plots/figurePng'
import { fontInWoff } from '@/plots/woff'
import { wrapped } from '@/plots/wrapped'
import { textWidth } from '@/plots/svg'

describe('a figure on a page', () => {
  it('has 11 px text at 7 points, and 9.5 px, the least, above 6', () => {
    expect((11 / pixelsPerInch) * 72).toBeCloseTo(7)
    expect((9.5 / pixelsPerInch) * 72).toBeGreaterThan(6)
    expect(paperForm({ inches: 3.25, legend: true, firstNumber: 1 }).width).toBeCloseTo(367.71, 2)
  })
  it('numbers blocks and heads from 1 or 0; from 0 the embedding output has a letter', () => {
    expect([numberFrom(1, 3), numberFrom(0, 3)]).toEqual(['3', '2'])
    expect([0, 1, 6].map((layer) => stateName(0, layer))).toEqual(['E', '0', '5'])
    expect([0, 1, 6].map((layer) => stateName(1, layer))).toEqual(['0', '1', '6'])
  })
  it('numbers layers and heads in its words as in the drawing', () => {
    const words = 'Layer 3, head 1 of 12 layers; layers 0 to 5, mixed; layer 0'
    expect(renumbered(words, 0)).toBe('Layer 2, head 0 of 12 layers; layers E to 4, mixed; layer E')
    expect(renumbered(words, 1)).toBe(words)
  })
  it('breaks a caption into lines that fit', () => {
    const lines = wrapped('The quick brown fox jumps over the lazy dog. '.repeat(4), 200, 11)
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.every((line) => textWidth(line, 11) <= 200)).toBe(true)
    expect(wrapped('first\nsecond', 200, 11)).toEqual(['first', 'second'])
    expect(wrapped(' ', 200, 11)).toEqual([])
  })
})

describe('a PNG', () => {
  // One grey pixel.
  const png = Uint8Array.from(
    atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=='),
    (letter) => letter.charCodeAt(0)
  )
  const texts = {
    Title: 'Größe',
    Description: 'Ä',
    Software: 'Layerscope 0.1.0',
    Layerscope: '{"address":"layerscope://view#layerscope=1&view=attention&layer=5"}'
  }
  const described = describedPng(png, 300, texts)
  const view = new DataView(described.buffer)
  const chunks: { type: string; data: Uint8Array; crc: number }[] = []
  for (let at = 8; at < described.length;) {
    const length = view.getUint32(at)
    chunks.push({
      type: new TextDecoder('latin1').decode(described.subarray(at + 4, at + 8)),
      data: described.subarray(at + 8, at + 8 + length),
      crc: view.getUint32(at + 8 + length)
    })
    at += 12 + length
  }

  it('says its resolution and what made it, in chunks that are as the specification wants them', () => {
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'pHYs', 'iTXt', 'iTXt', 'iTXt', 'iTXt', 'IDAT', 'IEND'])
    for (const { type, data, crc } of chunks) expect(crc).toBe(crcOfNode(Buffer.concat([Buffer.from(type), data])))
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
    // 300 dpi are 11,811 pixels a metre.
    expect(new DataView(chunks[1]!.data.slice().buffer).getUint32(0)).toBe(11811)
    expect(new TextDecoder().decode(chunks[2]!.data)).toBe('Title\0\0\0\0\0Größe')
  })
  it('opens its view again', () => {
    const inXml = '<x>{&quot;address&quot;:&quot;layerscope://view#view=a&amp;layer=5&quot;,&quot;run&quot;:1}</x>'
    expect(addressInFile(new TextEncoder().encode(inXml))).toBe('view=a&layer=5')
    expect(addressInFile(described)).toBe('layerscope=1&view=attention&layer=5')
    expect(addressInFile(png)).toBeNull()
  })
})

it('a font out of its WOFF file has the tables that it had', async () => {
  const path = createRequire(import.meta.url).resolve('@fontsource/inter/files/inter-latin-400-normal.woff')
  const woff = new Uint8Array(readFileSync(path))
  const font = await fontInWoff(woff)
  const view = new DataView(font.buffer)
  expect(view.getUint32(0)).toBe(0x00010000)
  const packed = new DataView(woff.buffer)
  for (let table = 0; table < view.getUint16(4); table++) {
    const [offset, length] = [view.getUint32(12 + 16 * table + 8), view.getUint32(12 + 16 * table + 12)]
    const [from, size] = [packed.getUint32(44 + 20 * table + 4), packed.getUint32(44 + 20 * table + 8)]
    const stored = Buffer.from(woff.subarray(from, from + size))
    expect(Buffer.from(font.subarray(offset, offset + length))).toEqual(size < length ? inflateSync(stored) : stored)
  }
  await expect(fontInWoff(new Uint8Array(50))).rejects.toThrow('not a WOFF file')
})
