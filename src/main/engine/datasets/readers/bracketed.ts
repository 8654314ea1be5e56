import { quoted } from '@shared/userError'
import type { ColumnBuilder } from '../columns'
import type { SplitBuilder } from '../builder'
import type { LayerSpec } from '../layers'
import type { DatasetReader, ReadContext } from './reader'
import { refuse } from './refuse'
import type { FileHead, LineParser } from './source'
import type { SpanBuilder } from '../spanColumn'

const ancestors = ['parent', 'grandparent', 'greatgrandparent'] as const

/** How the Penn Treebank writes brackets that are words. */
const escapes: Readonly<Record<string, string>> = {
  '-LRB-': '(',
  '-RRB-': ')',
  '-LSB-': '[',
  '-RSB-': ']',
  '-LCB-': '{',
  '-RCB-': '}'
}

/**
 * Trees in brackets, as the Penn Treebank has them (Marcus et al. 1993): one tree a sentence, over as many lines as it
 * takes. Constituents are spans labelled by their category; functions (`NP-SBJ`, `NP=2`) are cut off, traces
 * (`-NONE-`) left out.
 */
export const bracketed: DatasetReader = {
  id: 'bracketed',
  title: 'Penn Treebank brackets',
  extensions: ['.ptb', '.mrg'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff(head) {
    if (bracketed.extensions.some((extension) => head.plainName.endsWith(extension))) return 1
    const first = head.lines.find((line) => line.trim() !== '')
    return first !== undefined && /^\s*\(\s*([A-Z]+[^\s()]*)?\s*\(/.test(first) ? 0.9 : 0
  },
  preview: (head) => ({ columns: [], rows: exampleRows(head) }),
  plan: () => ({
    parser: (context) => new BracketParser(context),
    layers: labelLayers,
    spanLayers: () => [constituents]
  })
}

const constituents = {
  id: 'constituent',
  title: 'Constituent',
  unit: 'span' as const,
  description: "Category of each constituent, given its words; the whole tree's own node left out",
  column: 'constituent'
}

function labelLayers(): LayerSpec[] {
  const layer = (id: string, title: string, description: string): LayerSpec => ({
    id,
    title,
    description,
    unit: 'token',
    origin: { kind: 'column', column: id }
  })
  return [
    layer('tag', 'Part of speech', 'Tag above the word.'),
    layer('chunk', 'Chunk', 'In BIO: constituents whose children are all words.'),
    layer('parent', 'Parent constituent', 'Category of the constituent right above the tag (Liu et al. 2019).'),
    layer('grandparent', 'Grandparent constituent', 'Category of the constituent two steps above the tag.'),
    layer('greatgrandparent', 'Great-grandparent constituent', 'Category of the constituent three steps above the tag.')
  ]
}

function exampleRows(head: FileHead): string[][] {
  return head.lines
    .filter((line) => line.trim() !== '')
    .slice(0, 20)
    .map((line) => [line])
}

interface Node {
  label: string | null
  line: number
  children: Node[]
  word: string | null
}

class BracketParser implements LineParser {
  private readonly split: SplitBuilder
  private readonly spans: SpanBuilder
  private readonly columns: Record<'tag' | 'chunk' | (typeof ancestors)[number], ColumnBuilder>
  private readonly open: Node[] = []

  constructor(private readonly context: ReadContext) {
    this.split = context.split()
    this.spans = this.split.spanColumn('constituent')
    const column = (id: string): ColumnBuilder => this.split.tokenColumn(id)
    this.columns = {
      tag: column('tag'),
      chunk: column('chunk'),
      parent: column('parent'),
      grandparent: column('grandparent'),
      greatgrandparent: column('greatgrandparent')
    }
  }

  line(text: string, number: number): void {
    const place = { file: this.context.file, line: number }
    for (const [piece] of text.matchAll(/[()]|[^\s()]+/g)) {
      const node = this.open.at(-1)
      if (piece === '(') {
        if (node && node.word !== null)
          refuse(place, `the tag ${quoted(node.label ?? '')} has both a word and a bracket under it.`)
        const child: Node = { label: null, line: number, children: [], word: null }
        node?.children.push(child)
        this.open.push(child)
      } else if (!node) {
        refuse(
          place,
          piece === ')' ? 'a bracket is closed that was never opened.' : `${quoted(piece)} is outside of any tree.`
        )
      } else if (piece === ')') {
        if (node.word === null && node.children.length === 0)
          refuse(place, `the bracket ${quoted(node.label ?? '')} has neither a word nor another bracket in it.`)
        this.open.pop()
        if (this.open.length === 0) this.sentence(node)
      } else if (node.label === null && node.children.length === 0) node.label = piece
      else if (node.word !== null || node.children.length > 0)
        refuse(
          place,
          `${quoted(piece)} is one word too many under ${quoted(node.label ?? '')}; each word needs its own bracket.`
        )
      else node.word = piece
    }
  }

  end(): void {
    const [first] = this.open
    if (first)
      refuse(
        { file: this.context.file, line: first.line },
        'the tree that begins here is never closed; a bracket is missing.'
      )
  }

  private sentence(root: Node): void {
    const start = this.split.words
    const visit = (node: Node, above: readonly string[]): void => {
      const category = categoryOf(node.label)
      if (node.word !== null) return this.word(node, above)
      const first = this.split.words
      for (const child of node.children) visit(child, node === root ? [] : [category, ...above])
      if (node !== root && this.split.words > first) this.spans.add(category, [first, this.split.words])
    }
    // A tree of a single tag has no node above it.
    visit(root, [])
    if (this.split.words === start) return this.context.notes.add('emptySentence', this.context.file, root.line)
    this.chunks(root)
    this.split.endSentence({ line: root.line })
  }

  private word({ label, word }: Node, above: readonly string[]): void {
    if (label === '-NONE-') return
    this.split.word(escapes[word ?? ''] ?? word ?? '')
    this.columns.tag.add(label)
    ancestors.forEach((name, step) => this.columns[name].add(above[step] ?? null))
  }

  private chunks(root: Node): void {
    const visit = (node: Node): void => {
      const present = node.children.filter(({ label }) => label !== '-NONE-')
      const isBase = node !== root && present.length > 0 && present.every(({ word }) => word !== null)
      if (node.word !== null) {
        if (node.label !== '-NONE-') this.columns.chunk.add('O')
      } else if (isBase)
        present.forEach((_child, place) =>
          this.columns.chunk.add(`${place === 0 ? 'B' : 'I'}-${categoryOf(node.label)}`)
        )
      else node.children.forEach(visit)
    }
    visit(root)
  }
}

function categoryOf(label: string | null): string {
  return label?.split(/[-=]/, 1)[0] ?? ''
}
