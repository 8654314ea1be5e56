import type { Option, Options } from './option'

/** What a help text is made of. */
export interface HelpParts {
  name: string
  /** What the command does, one or more paragraphs. */
  description: string
  /** What follows the command's name, a line for each way to use it; derived from the options when omitted. */
  usage?: readonly string[]
  arguments?: readonly { name: string; description: string }[]
  options: Options
  /** Paragraphs and tables printed below the options. */
  notes?: string
  /** Whole lines that can be typed. */
  examples: readonly string[]
  /** What exit codes mean beyond those of every command. */
  exitCodes?: string
}

const width = 100
/** Column of the explanations. */
const indent = 26

export const exitCodes =
  'Exit codes: 0 done; 1 refused, failed, or a check that did not agree; 130 stopped by Ctrl-C; 141 output closed.'

/** A whole help text; every option is in it. */
export function helpText(parts: HelpParts): string {
  const { name, description, arguments: expected = [], options, notes, examples } = parts
  const usage = parts.usage ?? [usageOf(parts)]
  const groups = [...new Set(Object.values(options).map((option) => option.group))]
  const listed = [
    ...(expected.length > 0 ? [expected.map((argument) => row(argument.name, argument.description)).join('\n')] : []),
    ...groups.map((group) => {
      const rows = Object.entries(options).filter(([, option]) => option.group === group)
      return [...(group ? [group] : []), ...rows.map(([key, option]) => optionRow(key, option))].join('\n')
    })
  ]
  return `${[
    wrapped(description, width).join('\n'),
    usage.map((line) => `  layerscope ${name} ${line}`.trimEnd()).join('\n'),
    ...listed,
    ...(notes ? [notes.trimEnd()] : []),
    [examples.length === 1 ? 'Example' : 'Examples', ...examples.map(exampleLines)].join('\n'),
    wrapped(parts.exitCodes ? `${exitCodes} ${parts.exitCodes}` : exitCodes, width).join('\n')
  ].join('\n\n')}\n`
}

/** `--seeds N`, `--untrained [N]`, `--cka`. */
export function signature(name: string, { argument, alone }: Option): string {
  if (argument === null) return `--${name}`
  return alone ? `--${name} [${argument}]` : `--${name} ${argument}`
}

function usageOf({ arguments: expected = [], options }: HelpParts): string {
  const entries = Object.entries(options)
  const always = entries.filter(([, option]) => option.required).map(([name, option]) => signature(name, option))
  const optional = entries.some(([, option]) => !option.required)
  return [...expected.map(({ name }) => name), ...always, ...(optional ? ['[options]'] : [])].join(' ')
}

function optionRow(name: string, option: Option): string {
  const facts = [
    ...(option.range && !option.description.includes(option.range) ? [option.range] : []),
    ...(option.default === undefined ? [] : [`default ${option.default}`]),
    ...(option.repeatable ? ['can be given several times'] : [])
  ]
  return row(signature(name, option), `${option.description}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`)
}

function row(first: string, explanation: string): string {
  const [start = '', ...rest] = wrapped(explanation, width - indent)
  const lines = rest.map((line) => `${' '.repeat(indent)}${line}`)
  const head = `  ${first}`
  return head.length < indent - 1
    ? [`${head.padEnd(indent)}${start}`, ...lines].join('\n')
    : [head, `${' '.repeat(indent)}${start}`, ...lines].join('\n')
}

/** Rows of a name and an explanation below a heading, for the notes of a help text. */
export function explained(heading: string, rows: readonly (readonly [name: string, explanation: string])[]): string {
  const column = 4 + Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, explanation]) => {
    const [start = '', ...rest] = wrapped(explanation, width - column)
    return [`  ${name}`.padEnd(column) + start, ...rest.map((line) => ' '.repeat(column) + line)].join('\n')
  })
  return [heading, ...lines].join('\n')
}

/** Breaks a long example before an option, with a backslash as in a shell. */
function exampleLines(example: string): string {
  const lines = ['']
  for (const part of example.split(/ (?=--)/)) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + part.length > width - 4) lines.push(part)
    else lines[lines.length - 1] = line === '' ? part : `${line} ${part}`
  }
  return lines.map((line, i) => `${i === 0 ? '  ' : '    '}${line}`).join(' \\\n')
}

/** Wraps text at `columns` characters; existing line breaks are kept. */
export function wrapped(paragraphs: string, columns: number): string[] {
  return paragraphs.split('\n').flatMap((paragraph) => {
    const lines = ['']
    for (const word of paragraph.split(' ')) {
      const line = lines.at(-1)!
      if (line !== '' && line.length + 1 + word.length > columns) lines.push(word)
      else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
    }
    return lines
  })
}
