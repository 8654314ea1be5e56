import type { SplitBuilder } from '../builder'
import { ConlluParser, previewConllu, standardColumns } from './conllu'
import { conlluLayers } from './conlluLayers'
import type { DatasetReader, ReadContext } from './reader'
import { count, refuse } from './refuse'
import type { LineParser } from './source'
import type { SpanBuilder } from '../spanColumn'

const layout = { columns: standardColumns, own: [], format: 'CoNLL-U' }

/**
 * CoNLL-U with semantic roles, as Universal PropBank 1.0 has it (after CoNLL-2009): column 11 is the roleset of a
 * predicate, and one column follows for each predicate of the sentence, in order, with the role on the head word of
 * each argument.
 */
export const conlluRoles: DatasetReader = {
  id: 'conlluRoles',
  title: 'CoNLL-U with semantic roles',
  extensions: ['.conllu'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff(head) {
    const lines = head.lines.filter((line) => /^\d+\t/.test(line))
    if (lines.length === 0 || head.lines[0]?.startsWith('# global.columns')) return 0
    const widths = new Set(lines.map((line) => line.split('\t').length))
    return Math.min(...widths) > standardColumns.length + 1 && (widths.size > 1 || head.plainName.endsWith('.conllu'))
      ? 1
      : 0
  },
  preview: (head) => previewConllu(head, standardColumns),
  plan: () => ({
    parser: (context) => new RolesParser(context),
    layers: (tables) => conlluLayers(tables),
    spanLayers: () => [
      {
        id: 'role',
        title: 'Semantic role',
        description: 'Role of an argument, given the predicate and the head word of the argument',
        unit: 'pair',
        column: 'role'
      }
    ]
  })
}

/** Leaves the ten columns of CoNLL-U to their parser and takes the roles. */
class RolesParser implements LineParser {
  private readonly words: ConlluParser
  private readonly split: SplitBuilder
  private readonly roles: SpanBuilder
  /** Column 11 and what follows, for each word of the sentence. */
  private rows: { fields: string[]; line: number }[] = []

  constructor(private readonly context: ReadContext) {
    this.words = new ConlluParser(context, layout)
    this.split = context.split()
    this.roles = this.split.spanColumn('role')
  }

  line(text: string, number: number): void {
    if (text.trim() === '') {
      this.endSentence()
      return this.words.line(text, number)
    }
    if (!/^\d/.test(text)) return this.words.line(text, number)
    const fields = text.split('\t')
    this.words.line(fields.slice(0, standardColumns.length).join('\t'), number)
    if (/^\d+$/.test(fields[0] ?? '')) this.rows.push({ fields: fields.slice(standardColumns.length), line: number })
  }

  end(): void {
    this.endSentence()
    this.words.end()
  }

  private endSentence(): void {
    const { rows } = this
    this.rows = []
    const start = this.split.words - rows.length
    const predicates = rows.flatMap(({ fields }, word) => (isFilled(fields[0]) ? [word] : []))
    for (const { fields, line } of rows) {
      const columns = fields.slice(1)
      // A sentence without predicates ends its lines in an empty column.
      if (columns.length !== predicates.length && columns.some(isFilled))
        refuse(
          { file: this.context.file, line },
          `${count(columns.length, 'column')} of roles where the sentence has ` +
            `${count(predicates.length, 'predicate')} (column 11); there is one column for each.`
        )
    }
    predicates.forEach((predicate, column) => {
      rows.forEach(({ fields }, word) => {
        const role = fields[column + 1]
        if (role === undefined || !isFilled(role) || role === 'V') return
        this.roles.add(role, [start + predicate, start + predicate + 1], [start + word, start + word + 1])
      })
    })
  }
}

function isFilled(field: string | undefined): boolean {
  return field !== undefined && field !== '' && field !== '_'
}
