import { basename } from 'node:path'
import { UserError } from '@shared/userError'
import { LineCounter, parseDocument, visit, type Document } from 'yaml'
import { readNamedFile } from '../files/namedFile'

/** A sweep has tens of values; what its aliases stand for may not grow beyond this. */
const mostAliases = 1000

/**
 * The content of a YAML or JSON file.
 * @throws UserError naming file and line, for a file that cannot be read, is not YAML, or whose aliases have no anchor
 * or grow without bounds
 */
export function readYaml(path: string): unknown {
  const file = basename(path)
  const lines = new LineCounter()
  const document = documentOf(path, file, lines)
  const [error] = document.errors
  if (error)
    throw new UserError(
      `${file}, line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]!.replace(/ at line .*$/, '')}.`
    )
  const lineOf = (offset: number | undefined): number => (offset === undefined ? 1 : lines.linePos(offset).line)
  const aliases: { line: number; source: string; known: boolean }[] = []
  visit(document, {
    Alias: (_key, alias) => {
      const known = alias.resolve(document) !== undefined
      aliases.push({ line: lineOf(alias.range?.[0]), source: alias.source, known })
      return known && aliases.length <= mostAliases ? undefined : visit.BREAK
    }
  })
  const unknown = aliases.find(({ known }) => !known)
  if (unknown)
    throw new UserError(
      `${file}, line ${unknown.line}: the alias *${unknown.source} has no anchor &${unknown.source} before it.`
    )
  try {
    return document.toJS({ maxAliasCount: mostAliases })
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error
    throw new UserError(
      `${file}, line ${aliases[0]?.line ?? 1}: its aliases stand for too many values. Write the values out.`
    )
  }
}

function documentOf(path: string, file: string, lineCounter: LineCounter): Document {
  const content = readNamedFile(path)
  try {
    return parseDocument(content, { lineCounter })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new UserError(`${file} could not be read: its lists are nested too deep.`)
  }
}
