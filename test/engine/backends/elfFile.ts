/** The least that the loader of Linux takes for a shared library: a header, two segments, a dynamic section, names. */
export function elfFile({
  soname = '',
  needed = [],
  runpath = ''
}: {
  soname?: string
  needed?: readonly string[]
  runpath?: string
}): Buffer {
  const names: Buffer[] = [Buffer.from('\0')]
  let length = 1
  const add = (text: string): bigint => {
    const at = length
    const bytes = Buffer.from(`${text}\0`)
    names.push(bytes)
    length += bytes.length
    return BigInt(at)
  }
  const entries: [bigint, bigint][] = [
    ...needed.map((name): [bigint, bigint] => [1n, add(name)]),
    ...(soname ? [[14n, add(soname)] as [bigint, bigint]] : []),
    ...(runpath ? [[29n, add(runpath)] as [bigint, bigint]] : [])
  ]
  const strings = Buffer.concat(names)
  const headers = 64 + 2 * 56
  const dynamicSize = (entries.length + 3) * 16
  const stringsAt = headers + dynamicSize
  // Loaded one page up, so that an address is not an offset.
  const base = 0x1000n
  const dynamic = Buffer.alloc(dynamicSize)
  const all: [bigint, bigint][] = [...entries, [5n, base + BigInt(stringsAt)], [10n, BigInt(strings.length)], [0n, 0n]]
  all.forEach(([name, value], i) => {
    dynamic.writeBigUInt64LE(name, i * 16)
    dynamic.writeBigUInt64LE(value, i * 16 + 8)
  })
  const header = Buffer.alloc(headers)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeBigUInt64LE(64n, 32)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(2, 56)
  const segment = (i: number, type: number, offset: number, size: number): void => {
    const at = 64 + i * 56
    header.writeUInt32LE(type, at)
    header.writeBigUInt64LE(BigInt(offset), at + 8)
    header.writeBigUInt64LE(base + BigInt(offset), at + 16)
    header.writeBigUInt64LE(BigInt(size), at + 32)
  }
  segment(0, 1, 0, stringsAt + strings.length)
  segment(1, 2, headers, dynamicSize)
  return Buffer.concat([header, dynamic, strings])
}
