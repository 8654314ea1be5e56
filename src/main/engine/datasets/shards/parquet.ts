import { basename } from 'node:path'
import { refuse } from '../readers/refuse'
import { rowsOfBlock } from './blockRows'
import { classNamesOf } from './huggingFace'
import { readPart, type RowFileKind } from './rowFile'

/** Parquet (https://parquet.apache.org/docs/file-format/), by hyparquet: some rows of one row group at a time. */
export const parquet: RowFileKind = {
  title: 'Parquet',
  extensions: ['.parquet'],
  begins: (start) => /^PAR[1E]/.test(start.subarray(0, 4).toString('latin1')),
  async *blocks(path) {
    const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
    const { compressors } = await import('hyparquet-compressors')
    const file = await asyncBufferFromFile(path)
    const end = Buffer.from(await file.slice(Math.max(0, file.byteLength - 4))).toString('latin1')
    if (end === 'PARE') refuse({ file: basename(path) }, 'the Parquet file is encrypted; save it without encryption.')
    if (end !== 'PAR1')
      refuse(
        { file: basename(path) },
        'the Parquet file has no end (its last four bytes are not PAR1); it is incomplete, so copy or download it ' +
          'again.'
      )
    const metadata = await readPart(path, 'footer', () => parquetMetadataAsync(file))
    const classNames = classNamesOf(metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value)
    let first = 0
    let bytesRead = 0
    for (const [index, group] of metadata.row_groups.entries()) {
      const part = `row group ${index + 1}`
      const rows = Number(group.num_rows)
      const stored = group.columns.reduce(
        (sum, { meta_data: column }) => sum + Number(column?.total_compressed_size),
        0
      )
      // The only codec of the format that no library reads.
      if (group.columns.some(({ meta_data: column }) => column?.codec === 'LZO'))
        refuse(
          { file: basename(path), part },
          'it is compressed with LZO, which cannot be read; save it with snappy, gzip or zstd.'
        )
      const step = rowsOfBlock(Number(group.total_byte_size), rows)
      for (let from = 0; from < rows; from += step) {
        const to = Math.min(rows, from + step)
        const block = await readPart(path, part, () =>
          parquetReadObjects({
            file,
            metadata,
            compressors,
            // Bytes without the mark of text are not text, as pyarrow has it.
            utf8: false,
            rowStart: first + from,
            rowEnd: first + to,
            useOffsetIndex: true
          })
        )
        yield { part, rows: block, classNames, bytesRead: bytesRead + Math.round((stored * to) / rows) }
      }
      first += rows
      bytesRead += stored
    }
  }
}
