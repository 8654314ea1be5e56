import * as v from 'valibot'
import type { ColumnChoice } from './dataset'
import { count, name } from './fields'

/** Fields of one column of a `ColumnChoice`. */
export const chosenColumn = {
  index: count,
  name: v.optional(name),
  role: v.picklist(['word', 'label', 'text', 'sentenceId', 'document', 'tokenIndex', 'ignore']),
  as: v.optional(v.picklist(['classes', 'numbers']))
} as const

type Columns = v.GenericSchema<unknown, NonNullable<ColumnChoice['columns']>[number]>

/**
 * The schema of a `ColumnChoice`.
 * @param column one of its columns: a preview's have more fields than a manifest's
 */
export function columnChoice<C extends Columns>(column: C) {
  return v.strictObject({
    format: v.optional(name),
    layout: v.optional(v.picklist(['tokenPerLine', 'sentencePerRow'])),
    delimiter: v.optional(v.picklist(['tab', 'comma', 'semicolon', 'space'])),
    quoting: v.optional(v.boolean()),
    header: v.optional(v.boolean()),
    columns: v.optional(v.array(column))
  })
}
