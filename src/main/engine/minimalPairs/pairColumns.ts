import { refuse } from '../datasets/readers/refuse'
import { clozeLayout, clozePairs, type ClozeLayout } from './clozeItems'
import type { MinimalPair } from './minimalPair'

/**
 * Which columns of a table (or keys of JSON objects) hold what; by default they are recognised by their usual names.
 */
export interface PairColumns {
  good?: string | undefined
  bad?: string | undefined
  paradigm?: string | undefined
}

type Role = keyof PairColumns | 'phenomenon' | 'field'

/**
 * Names of BLiMP (Warstadt et al. 2020), of Marvin & Linzen's (2018) templates as tables, and plain ones; compared in
 * lower case.
 */
const usualNames: Readonly<Record<Role, readonly string[]>> = {
  good: ['sentence_good', 'grammatical', 'good', 'acceptable'],
  bad: ['sentence_bad', 'ungrammatical', 'bad', 'unacceptable'],
  paradigm: ['uid', 'paradigm', 'construction', 'phenomenon', 'condition', 'case'],
  phenomenon: ['linguistics_term', 'phenomenon'],
  field: ['field']
}

/** The column of each role, null where there is none. */
export type FoundColumns = Record<Role, string | null>

/** The columns that are read, as far as they exist: the chosen ones, otherwise the first of the usual names. */
export function findColumns(names: readonly string[], chosen: PairColumns): FoundColumns {
  const find = (role: Role): string | null => {
    const name = role === 'phenomenon' || role === 'field' ? undefined : chosen[role]
    if (name !== undefined) return names.find((candidate) => candidate === name) ?? null
    return (
      usualNames[role].flatMap((usual) => names.filter((candidate) => candidate.toLowerCase() === usual))[0] ?? null
    )
  }
  const paradigm = find('paradigm')
  const phenomenon = find('phenomenon')
  return {
    good: find('good'),
    bad: find('bad'),
    paradigm,
    phenomenon: phenomenon === paradigm ? null : phenomenon,
    field: find('field')
  }
}

/** Finds the columns of one file by their names and takes one pair after another. */
export class PairTaker {
  readonly pairs: MinimalPair[] = []
  private at: FoundColumns | null = null
  private cloze: ClozeLayout | null = null
  private passed = false

  /**
   * @param stem name of the file without its ending: the paradigm, where no column names one
   * @param mayPass whether a file without the two columns is passed over
   */
  constructor(
    readonly file: string,
    private readonly stem: string,
    private readonly columns: PairColumns,
    private readonly mayPass: boolean
  ) {}

  /** To be called once, with every name there is. */
  names(names: readonly string[], line: number): void {
    this.cloze = this.columns.good === undefined && this.columns.bad === undefined ? clozeLayout(names) : null
    if (this.cloze) return
    const at = findColumns(names, this.columns)
    this.at = at
    const missing = (['good', 'bad', 'paradigm'] as const).find(
      (role) => at[role] === null && (role !== 'paradigm' || this.columns.paradigm !== undefined)
    )
    if (missing === undefined) return
    if (this.mayPass && this.columns[missing] === undefined) this.passed = true
    else {
      const wanted = this.columns[missing] ? [this.columns[missing]] : usualNames[missing]
      refuse(
        { file: this.file, line },
        `no column is called ${wanted.map((name) => `"${name}"`).join(' or ')}; it has ${names.join(', ')}. ` +
          'Name the columns with --good, --bad and --paradigm.'
      )
    }
  }

  row(value: (name: string) => string, line: number): void {
    const filled = (name: string): string => {
      const sentence = value(name).trim()
      if (sentence === '') refuse({ file: this.file, line }, `the sentence (column "${name}") is empty.`)
      return sentence
    }
    if (this.cloze) {
      this.pairs.push(...clozePairs(this.cloze, filled, this.stem))
      return
    }
    const { at } = this
    if (!at || this.passed) return
    const optional = (role: 'phenomenon' | 'field'): Partial<MinimalPair> => {
      const text = at[role] === null ? '' : value(at[role]).trim()
      return text === '' ? {} : { [role]: text }
    }
    const paradigm = at.paradigm === null ? this.stem : value(at.paradigm).trim()
    this.pairs.push({
      paradigm,
      good: filled(at.good ?? ''),
      bad: filled(at.bad ?? ''),
      ...optional('phenomenon'),
      ...optional('field')
    })
  }
}
