/**
 * Finds where a text stops being JSON (RFC 8259): V8 gives a position for some mistakes only, and words its message
 * differently in every version.
 * @returns the line and column, both from 1, of the first character that is not allowed there, and what was expected
 */
export function findJsonError(text: string): { line: number; column: number; expected: string } {
  const { at, expected } = new Scanner(text).run()
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - before.lastIndexOf('\n'), expected }
}

class Stop extends Error {
  constructor(
    readonly at: number,
    readonly expected: string
  ) {
    super(expected)
  }
}

const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const space = /[ \t\r\n]*/y

class Scanner {
  private at = 0
  constructor(private readonly text: string) {}

  run(): { at: number; expected: string } {
    try {
      this.value()
      this.skip()
      return { at: this.at, expected: this.at < this.text.length ? 'the end' : 'nothing' }
    } catch (error) {
      if (error instanceof Stop) return { at: error.at, expected: error.expected }
      throw error
    }
  }

  /** Reads one value with a stack of its own, so that deep nesting cannot exhaust the call stack. */
  private value(): void {
    const open: ('object' | 'array')[] = []
    let wantsValue = true
    for (;;) {
      this.skip()
      if (wantsValue) {
        const begun = this.begin(open)
        if (begun === 'empty') wantsValue = false
        else if (begun === 'scalar') wantsValue = false
        continue
      }
      const inside = open[open.length - 1]
      if (inside === undefined) return
      const character = this.text[this.at]
      if (character === ',') {
        this.at++
        if (inside === 'object') this.key()
        wantsValue = true
      } else if (character === (inside === 'object' ? '}' : ']')) {
        this.at++
        open.pop()
      } else throw new Stop(this.at, inside === 'object' ? '"," or "}"' : '"," or "]"')
    }
  }

  private begin(open: ('object' | 'array')[]): 'empty' | 'scalar' | 'opened' {
    const character = this.text[this.at]
    if (character === '{' || character === '[') {
      this.at++
      this.skip()
      if (this.text[this.at] === (character === '{' ? '}' : ']')) {
        this.at++
        return 'empty'
      }
      open.push(character === '{' ? 'object' : 'array')
      if (character === '{') this.key()
      return 'opened'
    }
    if (character === '"') this.match(string, 'a text that ends in a quote')
    else this.match(literal, 'a value')
    return 'scalar'
  }

  private key(): void {
    this.skip()
    this.match(string, 'a key in double quotes')
    this.skip()
    if (this.text[this.at] !== ':') throw new Stop(this.at, '":"')
    this.at++
  }

  private match(pattern: RegExp, expected: string): void {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (!found) throw new Stop(this.at, expected)
    this.at += found[0].length
  }

  private skip(): void {
    space.lastIndex = this.at
    this.at += space.exec(this.text)?.[0].length ?? 0
  }
}
