import { rowFileKinds } from '../shards/rowFiles'
import { jsonLines } from './jsonLines'
import type { DatasetReader } from './reader'

/** Parquet and Arrow: rows are read as objects of JSON Lines, their columns as keys. */
export const rows: DatasetReader = {
  ...jsonLines,
  id: 'rows',
  title: 'Parquet or Arrow',
  extensions: rowFileKinds.flatMap(({ extensions }) => extensions),
  sniff: ({ ofRows }) => (ofRows ? 1 : 0)
}
