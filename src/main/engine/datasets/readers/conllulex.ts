import { ConlluParser, previewConllu, standardColumns, type ConlluColumns } from './conllu'
import { conlluLayers } from './conlluLayers'
import type { LayerSpec } from '../layers'
import type { DatasetReader } from './reader'

const columns = [...standardColumns, 'SMWE', 'LEXCAT', 'LEXLEMMA', 'SS', 'SS2', 'WMWE', 'WCAT', 'WLEMMA', 'LEXTAG']
const own = ['LEXCAT', 'SS', 'SS2', 'LEXTAG']
const layout: ConlluColumns = { columns, own, format: 'CoNLL-U Lex' }

/**
 * CoNLL-U Lex, the 19 columns of STREUSLE (Schneider et al. 2018): CoNLL-U with supersenses of nouns, verbs and
 * prepositions and with multiword expressions. An expression of several words has its supersense on its first word.
 */
export const conllulex: DatasetReader = {
  id: 'conllulex',
  title: 'CoNLL-U Lex',
  extensions: ['.conllulex'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff(head) {
    if (head.plainName.endsWith('.conllulex')) return 1
    const first = head.lines.find((line) => /^\d/.test(line))
    return first !== undefined &&
      first.split('\t').length === columns.length &&
      !head.lines[0]?.startsWith('# global.columns')
      ? 0.92
      : 0
  },
  preview: (head) =>
    previewConllu(
      head,
      columns,
      columns.slice(standardColumns.length).filter((name) => !own.includes(name))
    ),
  plan: () => ({
    parser: (context) => new ConlluParser(context, layout),
    layers: (tables) => [...lexicalLayers(), ...conlluLayers(tables)]
  })
}

function lexicalLayers(): LayerSpec[] {
  const beginning = (prefix: string) => (value: string) => (value.startsWith(prefix) ? value : null)
  const layer = (
    id: string,
    title: string,
    description: string,
    column: string,
    value?: (raw: string) => string | null
  ): LayerSpec => ({
    id,
    title,
    description,
    unit: 'token',
    origin: { kind: 'column', column, value }
  })
  return [
    layer(
      'preposition.role',
      'Preposition role',
      'Scene role of a preposition or possessive (column SS, p.*).',
      'SS',
      beginning('p.')
    ),
    layer(
      'preposition.function',
      'Preposition function',
      'Function of a preposition or possessive (column SS2, p.*).',
      'SS2',
      beginning('p.')
    ),
    layer('supersense.noun', 'Noun supersense', 'Supersense of a noun (column SS, n.*).', 'SS', beginning('n.')),
    layer('supersense.verb', 'Verb supersense', 'Supersense of a verb (column SS, v.*).', 'SS', beginning('v.')),
    layer('lexcat', 'Lexical category', 'Category of a lexical unit (column LEXCAT); on its first word.', 'LEXCAT'),
    layer(
      'mwe',
      'Multiword expression',
      'Place in a multiword expression (column LEXTAG): O outside, B at the beginning, I_ inside a strong one, ' +
        'I~ inside a weak one, small letters in gaps.',
      'LEXTAG',
      (tag) => /^[OBIobi][_~]?/.exec(tag)?.[0] ?? null
    )
  ]
}
