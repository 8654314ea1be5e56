export type CsvValue = string | number | boolean | null | undefined

/**
 * Comma-separated values after RFC 4180: CRLF, fields quoted where they need it. Missing values are empty; numbers are
 * written in full.
 */
export function csvOf(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

/** The same of records, below a header: the keys of the first one, or `columns`. */
export function csvOfRecords<R extends Record<string, CsvValue>>(
  records: readonly R[],
  columns: readonly (keyof R & string)[] = Object.keys(records[0] ?? {})
): string {
  return csvOf([columns, ...records.map((record) => columns.map((column) => record[column]))])
}

function field(value: CsvValue): string {
  const text = String(value ?? '')
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
