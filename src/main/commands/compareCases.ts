import { isUserError } from '@shared/userError'
import type { Report } from '../commandLine/report'
import { pickBackend } from '../engine/backends/pick'
import type { NamedFolder } from '../engine/models/parity'

/** How cases of a reference are compared and printed: a line each, and how many agree. */
export interface Comparison<R extends { ok: boolean }, C extends NamedFolder = NamedFolder> {
  cases: readonly C[]
  /** Headings of the figures. */
  columns: readonly string[]
  /** End of the summary's sentence "2 of 3 agree with PyTorch ...". */
  within: string
  /** Fields of the JSON beside the cases. */
  facts?: Readonly<Record<string, unknown>>
  compare(one: C): Promise<R>
  figures(result: R): readonly string[]
  /** What a case that does not agree is marked with beside FAIL. */
  blame?(result: R): string
  /** What else there is to say of a case, behind its verdict. */
  remark?(result: R): string | undefined
}

/**
 * Compares the cases one after the other; one that cannot be compared fails in a sentence.
 * @returns the exit code: 1 where any does not agree
 */
export async function compareCases<R extends { ok: boolean }, C extends NamedFolder>(
  { cases, columns, within, facts, compare, figures, blame, remark }: Comparison<R, C>,
  json: string | undefined,
  report: Report
): Promise<number> {
  const backend = await pickBackend()
  const nameWidth = Math.max(4, ...cases.map(({ name }) => name.length))
  const print = (name: string, figures: readonly string[], verdict: string): void => {
    const line = `${name.padEnd(nameWidth)}  ${figures.map((figure) => figure.padStart(13)).join(' ')}  ${verdict}\n`
    if (json !== '-') process.stdout.write(line)
  }
  print('case', columns, '')
  const outcomes: ({ name: string; ok: boolean } & (R | { error: string }))[] = []
  for (const one of cases) {
    try {
      const result = await compare(one)
      outcomes.push({ name: one.name, ...result })
      const verdict = result.ok ? 'ok' : ['FAIL', blame?.(result) ?? []].flat().join(': ')
      const more = remark?.(result)
      print(one.name, figures(result), more === undefined ? verdict : `${verdict}  ${more}`)
    } catch (error) {
      if (!isUserError(error)) throw error
      outcomes.push({ name: one.name, ok: false, error: error.message })
      const blanks = columns.map(() => '')
      print(one.name, blanks, `FAIL: ${error.message}`)
    }
  }
  const agreeing = outcomes.filter(({ ok }) => ok).length
  report.result(
    json,
    { cases: outcomes, agreeing, ...facts, backend },
    () => `${agreeing} of ${cases.length} agree with PyTorch ${within}; ${backend.title}.\n`
  )
  return agreeing === cases.length ? 0 : 1
}
