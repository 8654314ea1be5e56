import * as v from 'valibot'
import { count, name } from './fields'

const cellValue = v.nullish(v.union([v.string(), v.number(), v.boolean()]))

/** A figure of a view with its words and numbers, as a report keeps it. */
export const reportCell = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{8,64}$/)),
  /** Order in the report; the least is first. */
  place: count,
  title: name,
  caption: v.string(),
  note: v.string(),
  /** The printed figure as SVG, and its width in inches. */
  svg: v.string(),
  inches: v.pipe(v.number(), v.minValue(0)),
  /** The numbers behind it, the first ones where they are many. */
  rows: v.array(v.record(v.string(), cellValue)),
  /** Rows that there are. */
  rowCount: count,
  /** What made the figure, as its files say (`FigureOrigin` of the window). */
  origin: v.strictObject({
    address: v.string(),
    model: v.nullable(v.strictObject({ name: v.string(), id: v.string() })),
    data: v.nullable(v.strictObject({ name: v.string(), id: v.string(), split: v.string() })),
    run: v.optional(v.strictObject({ id: v.string(), madeBy: v.string() })),
    version: v.string()
  }),
  /** How the shown run was made, for a methods section, and what that cites; empty without a kept run. */
  methods: v.string(),
  bibtex: v.string(),
  /** Milliseconds since 1970. */
  addedAt: v.pipe(v.number(), v.integer(), v.minValue(0))
})

export type ReportCell = v.InferOutput<typeof reportCell>

/** Rows of a cell that a report keeps. */
export const mostReportRows = 2000
