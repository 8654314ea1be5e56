import { open } from 'node:fs/promises'
import type { RecordBatch } from 'apache-arrow'
import { rowsOfBlock } from './blockRows'
import { classNamesOf } from './huggingFace'
import { decompressLz4Frame } from './lz4Frame'
import { readPart, type RowFileKind } from './rowFile'

/**
 * Arrow's file and stream formats (https://arrow.apache.org/docs/format/Columnar.html), by apache-arrow: a record batch
 * at a time. `save_to_disk` of Hugging Face's library writes streams, `to_feather` of pandas files.
 */
export const arrow: RowFileKind = {
  title: 'Arrow',
  extensions: ['.arrow', '.feather', '.arrows'],
  begins: (start) =>
    start.subarray(0, 6).toString('latin1') === 'ARROW1' ||
    start.subarray(0, 4).equals(Buffer.from([0xff, 0xff, 0xff, 0xff])),
  async *blocks(path) {
    const { CompressionType, RecordBatchReader, compressionRegistry } = await import('apache-arrow')
    const { decompressZstd } = await import('hyparquet-compressors')
    compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => aligned(decompressZstd(data)) })
    compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decompressLz4Frame })
    const handle = await open(path)
    try {
      const size = (await handle.stat()).size
      const reader = await readPart(path, 'schema', async () => (await RecordBatchReader.from(handle)).open())
      const classNames = await readPart(path, 'schema', () =>
        Promise.resolve(classNamesOf(reader.schema.metadata.get('huggingface')))
      )
      const batches = reader[Symbol.asyncIterator]() as AsyncIterator<RecordBatch>
      for (let index = 1, bytesRead = 0; ; index++) {
        const part = `record batch ${index}`
        const { value: batch, done } = await readPart(path, part, () => batches.next())
        if (done) break
        const step = rowsOfBlock(batch.data.byteLength, batch.numRows)
        for (let from = 0; from < batch.numRows; from += step) {
          const slice = batch.slice(from, from + step)
          const rows = await readPart(path, part, () => Promise.resolve(rowsOf(slice)))
          yield { part, rows, classNames, bytesRead: Math.min(size, bytesRead) }
        }
        bytesRead += batch.data.byteLength
      }
    } finally {
      await handle.close()
    }
  }
}

/** A copy that 64-bit numbers can be read from: the library looks at buffers in place. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes)
}

function rowsOf(batch: RecordBatch): Record<string, unknown>[] {
  const names = batch.schema.fields.map(({ name }) => String(name))
  const columns = names.map((_name, index) => batch.getChildAt(index))
  return Array.from({ length: batch.numRows }, (_, row) =>
    Object.fromEntries(names.map((name, index) => [name, columns[index]?.get(row) as unknown]))
  )
}
