const magic = 0x184d2204

/**
 * Unpacks a frame of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), as Arrow compresses buffers.
 * Checksums are not compared.
 * @throws Error for what is not such a frame
 */
export function decompressLz4Frame(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  if (view.getUint32(0, true) !== magic) throw new Error('not a frame of LZ4')
  const flags = view.getUint8(4)
  if (flags & 1) throw new Error('LZ4 with a dictionary')
  const [blockChecksum, hasSize] = [flags & 16, flags & 8]
  const output = new Output()
  for (let at = 7 + (hasSize ? 8 : 0); ;) {
    const header = view.getUint32(at, true)
    if (header === 0) return output.bytes()
    const size = header & 0x7fffffff
    const block = input.subarray(at + 4, at + 4 + size)
    if (block.length < size) throw new Error('the frame of LZ4 ends too early')
    if (header >>> 31) output.append(block)
    else unpack(block, output)
    at += 4 + size + (blockChecksum ? 4 : 0)
  }
}

/** Bytes so far: a block may repeat what those before it wrote. */
class Output {
  private held = new Uint8Array(1 << 16)
  private length = 0

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.held.set(bytes, this.length)
    this.length += bytes.length
  }

  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.length) throw new Error('LZ4 refers to bytes before its beginning')
    this.reserve(count)
    for (let done = 0; done < count; done++, this.length++) this.held[this.length] = this.held[this.length - distance]!
  }

  bytes(): Uint8Array {
    return this.held.subarray(0, this.length)
  }

  private reserve(more: number): void {
    if (this.length + more <= this.held.length) return
    const larger = new Uint8Array(Math.max(2 * this.held.length, this.length + more))
    larger.set(this.held.subarray(0, this.length))
    this.held = larger
  }
}

/** A block (its document lz4_Block_format.md): literals and repetitions, in turn. */
function unpack(block: Uint8Array, output: Output): void {
  let at = 0
  const lengthFrom = (start: number): number => {
    let length = start
    if (start < 15) return length
    for (let byte = 255; byte === 255; length += byte) byte = block[at++] ?? 0
    return length
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = lengthFrom(token >> 4)
    output.append(block.subarray(at, at + literals))
    at += literals
    if (at >= block.length) return
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    output.repeat(distance, lengthFrom(token & 15) + 4)
  }
}
