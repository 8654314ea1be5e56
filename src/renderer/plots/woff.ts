/**
 * The TrueType font inside a WOFF file, which PDF readers know.
 * @throws Error where the bytes are not of a WOFF file
 * @see W3C, WOFF File Format 1.0, sections 3 to 5
 */
export async function fontInWoff(woff: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength)
  if (woff.length < 44 || view.getUint32(0) !== 0x774f4646) throw new Error('The font is not a WOFF file.')
  const count = view.getUint16(12)
  const font = new Uint8Array(view.getUint32(16))
  const out = new DataView(font.buffer)
  const power = Math.floor(Math.log2(count))
  out.setUint32(0, view.getUint32(4))
  out.setUint16(4, count)
  out.setUint16(6, 16 * 2 ** power)
  out.setUint16(8, power)
  out.setUint16(10, 16 * (count - 2 ** power))
  let place = 12 + 16 * count
  for (let table = 0; table < count; table++) {
    const entry = 44 + 20 * table
    const [tag, offset, packedLength, length, checksum] = [0, 4, 8, 12, 16].map((at) => view.getUint32(entry + at))
    const packed = woff.subarray(offset!, offset! + packedLength!)
    font.set(packedLength! < length! ? await inflated(packed) : packed, place)
    const record = 12 + 16 * table
    out.setUint32(record, tag!)
    out.setUint32(record + 4, checksum!)
    out.setUint32(record + 8, place)
    out.setUint32(record + 12, length!)
    place += (length! + 3) & ~3
  }
  return font
}

async function inflated(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
