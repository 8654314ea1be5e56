import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { refuse } from './refuse'

export const blockBytes = 1 << 20

/** The bytes of a file, unpacked if gzip or Zstandard compressed them (by the first bytes, whatever its name). */
export async function* readBytes(path: string, onRaw: (raw: Buffer) => void = () => undefined): AsyncGenerator<Buffer> {
  const start = await checkReadable(path)
  async function* raw(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: blockBytes })) {
      onRaw(chunk as Buffer)
      yield chunk as Buffer
    }
  }
  if (start[0] === 0x1f && start[1] === 0x8b) yield* gunzipped(basename(path), raw())
  else if (start.readUInt32LE() === zstandardMark) yield* unpackedZstandard(basename(path), raw())
  else yield* raw()
}

const zstandardMark = 0xfd2fb528

async function* gunzipped(file: string, raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  // The errors of every stage arrive where the last one is read.
  const unpacked = pipeline(Readable.from(raw), createGunzip({ chunkSize: blockBytes }), () => undefined)
  try {
    for await (const chunk of unpacked) yield chunk as Buffer
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'Z_BUF_ERROR')
      refuse({ file }, 'the gzip file ends too early; it is incomplete, so copy or download it again.')
    if (code.startsWith('Z_'))
      refuse({ file }, `the gzip file is damaged (${(error as Error).message}); copy or download it again.`)
    throw error
  }
}

async function* unpackedZstandard(file: string, raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { Decompress } = await import('fzstd')
  const blocks: Buffer[] = []
  const unpacker = new Decompress((block) => void blocks.push(Buffer.from(block)))
  const push = (chunk: Uint8Array, last: boolean): void => {
    try {
      unpacker.push(chunk, last)
    } catch (error) {
      refuse(
        { file },
        `the Zstandard file is damaged or incomplete (${(error as Error).message}); copy or download it again.`
      )
    }
  }
  for await (const chunk of raw) {
    push(chunk, false)
    yield* blocks.splice(0)
  }
  push(new Uint8Array(0), true)
  yield* blocks.splice(0)
}

/**
 * Refuses what is not a file with bytes in it.
 * @returns its first four bytes, 0 where it has fewer
 */
export async function checkReadable(path: string): Promise<Buffer> {
  const file = basename(path)
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) =>
    refuse(
      { file },
      error.code === 'ENOENT'
        ? `there is no such file (${path}).`
        : `the file cannot be read (${error.code ?? error.message}).`
    )
  )
  if (stats.isDirectory()) refuse({ file }, 'this is a folder where a file is expected.')
  if (stats.size === 0) refuse({ file }, 'the file is empty.')
  const handle = await open(path).catch((error: NodeJS.ErrnoException) =>
    refuse({ file }, `the file cannot be read (${error.code ?? error.message}).`)
  )
  try {
    const start = Buffer.alloc(4)
    await handle.read(start, 0, 4, 0)
    return start
  } finally {
    await handle.close()
  }
}
