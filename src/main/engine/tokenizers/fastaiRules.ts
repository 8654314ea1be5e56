/** fastai's replacements before anything else (fastai 2, `fix_html`), in their order. */
const replacements: readonly [string, string][] = [
  ['#39;', "'"],
  ['amp;', '&'],
  ['#146;', "'"],
  ['nbsp;', ' '],
  ['#36;', '$'],
  ['\\n', '\n'],
  ['quot;', "'"],
  ['<br />', '\n'],
  ['\\"', '"'],
  ['<unk>', 'xxunk'],
  [' @.@ ', '.'],
  [' @-@ ', '-'],
  ['...', ' …']
]

/** Names of the HTML entities of Latin-1, from U+00A0 on. */
const latin =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute ' +
  'micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring ' +
  'AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml ' +
  'times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil ' +
  'egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ' +
  'ugrave uacute ucirc uuml yacute thorn yuml'
const entities = new Map<string, string>([
  ...latin.split(' ').map((name, i): [string, string] => [name, String.fromCharCode(0xa0 + i)]),
  ...Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    ndash: '–',
    mdash: '—',
    lsquo: '‘',
    rsquo: '’',
    sbquo: '‚',
    ldquo: '“',
    rdquo: '”',
    bdquo: '„',
    hellip: '…',
    bull: '•',
    dagger: '†',
    trade: '™',
    euro: '€',
    prime: '′',
    larr: '←',
    rarr: '→',
    minus: '−',
    OElig: 'Œ',
    oelig: 'œ',
    Scaron: 'Š',
    scaron: 'š'
  })
])
/** Numbers of the C1 range mean characters of Windows' code page, as in browsers. */
const windows = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

function unescaped(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7});?|#[xX]([0-9a-fA-F]{1,6});?|([A-Za-z][A-Za-z0-9]{1,8});)/g,
    (all, ten, hex, name) => {
      if (name !== undefined) return entities.get(name as string) ?? (all as string)
      const code = ten === undefined ? parseInt(hex as string, 16) : Number(ten)
      if (code >= 0x80 && code < 0xa0) return windows[code - 0x80]!
      if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '�'
      return String.fromCodePoint(code)
    }
  )
}

/** Markers of what the rules take out of a text, as a vocabulary spells them; null: it has none. */
export interface RuleMarkers {
  repeated: string | null
  repeatedWord: string | null
  upper: string | null
  capital: string | null
}

const usualMarkers: RuleMarkers = {
  repeated: 'xxrep',
  repeatedWord: 'xxwrep',
  upper: 'xxup',
  capital: 'xxmaj'
}

const letters = '\\p{L}\\p{N}_'
const repeated = /(\S)\1{2,}/gu
const repeatedWord = new RegExp(`(?:\\s|^)([${letters}]+)\\s+((?:\\1\\s+)+)\\1(\\s|[^${letters}]|$)`, 'gu')

/**
 * A text by the rules that fastai applies before it is cut into words (Howard & Ruder 2018; fastai 2's
 * `defaults.text_proc_rules`): HTML mended, repetitions and capitals written as markers. Without the marker of the
 * beginning.
 */
export function applyFastaiRules(text: string, markers: RuleMarkers = usualMarkers): string {
  let result = replacements.reduce((so, [from, to]) => so.replaceAll(from, to), text)
  result = unescaped(result)
  if (markers.repeated !== null)
    result = result.replace(repeated, (run: string, character: string) => {
      const count = run.length / character.length
      return ` ${markers.repeated} ${count} ${character} `
    })
  if (markers.repeatedWord !== null)
    result = result.replace(repeatedWord, (_, word: string, middle: string, end: string) => {
      const count = middle.trim().split(/\s+/u).length + 2
      return ` ${markers.repeatedWord} ${count} ${word} ${end}`
    })
  result = result.replace(/([/#\\])/g, ' $1 ').replace(/ {2,}/g, ' ')
  const marked = (marker: string | null): ((all: string, before: string, run: string) => string) => {
    const mark = marker === null ? '' : `${marker} `
    return (_, before, run) => `${before}${Array.from(run).length > 1 ? mark : ''}${run.toLowerCase()}`
  }
  result = result.replace(/(\s|^)([A-Z]+[^a-z\s]*)(?=\s|$)/gu, marked(markers.upper))
  result = result.replace(/(\s|^)([A-Z][^A-Z\s]*)(?=\s|$)/gu, marked(markers.capital))
  return result.toLowerCase().trim()
}
