/** Words that say nothing of what is looked for. */
const fillers = new Set(
  (
    'a an and are at be by can do does for from has have how i in is it its me my of on one or show that the their ' +
    'them this to was what when where which who why with'
  ).split(' ')
)

/** Words that mean the same here; each is found by the others. */
const synonyms: readonly (readonly string[])[] = [
  ['pos', 'upos', 'part-of-speech', 'tag', 'tags'],
  ['probe', 'classifier', 'decode', 'decodes', 'readable', 'know', 'knows', 'encode'],
  ['attend', 'attends', 'attention', 'look', 'looks'],
  ['ablate', 'ablation', 'knock', 'remove', 'break', 'breaks', 'switch', 'intervene'],
  ['finetune', 'fine-tune', 'fine-tuned', 'fine-tuning', 'train', 'adapt', 'adapted', 'trained'],
  ['corpus', 'data', 'dataset', 'treebank', 'text'],
  ['checkpoint', 'model', 'weights'],
  ['base', 'before', 'original', 'pretrained'],
  ['patching', 'patch', 'tracing', 'causal'],
  ['similar', 'similarity', 'nearest', 'neighbours', 'neighbors', 'cka'],
  ['umap', 'projection', 'embedding', 'map', 'scatter', 'tsne', 'pca'],
  ['share', 'link', 'url'],
  ['colour', 'color'],
  ['predict', 'predicts', 'prediction', 'guess', 'lens'],
  ['saliency', 'attribution', 'gradient', 'gradients', 'contributes'],
  ['fast', 'speed', 'slow', 'time'],
  ['shortcut', 'shortcuts', 'keys', 'keyboard', 'hotkey']
]
const meaning = new Map<string, number>(synonyms.flatMap((group, i) => group.map((word) => [word, i])))

/** What is searched: the title counts most, then the words it is known by, then the rest. */
export interface Searched {
  title: string
  words?: string | undefined
  rest?: string | undefined
}

const weights = { title: 4, words: 3, rest: 2 } as const
/** Of these many words, one may be missing. */
const enough = 3

/**
 * How well what was typed says what is meant; 0 for not at all. Every word of the query counts but fillers: as it is,
 * as a beginning, as a synonym, with a slip of the pen. Of three and more, one may be missing.
 */
export function matchScore(searched: Searched, query: string): number {
  const typed = wholeWords(query)
  const telling = typed.filter((word) => !fillers.has(word))
  const wanted = telling.length > 0 ? telling : typed
  if (wanted.length === 0) return 1
  const fields = (['title', 'words', 'rest'] as const).map((name) => ({
    weight: weights[name],
    words: wordsOf(searched[name] ?? '')
  }))
  const scores = wanted.map((word) => Math.max(...fields.map(({ weight, words }) => weight * inField(words, word))))
  const missing = scores.filter((score) => score === 0).length
  if (missing > (wanted.length >= enough ? 1 : 0)) return 0
  return scores.reduce((sum, score) => sum + score, 0) - 2 * missing
}

function wholeWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}.#+’'-]+/u)
    .map((word) => word.replace(/[.’']+$/, ''))
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
}

/** Words, and what dots and hyphens join in them. */
function wordsOf(text: string): string[] {
  return wholeWords(text).flatMap((word) => (/[.-]/.test(word) ? [word, ...word.split(/[.-]/)] : [word]))
}

/** How well a field has a word: 3 for the word or its beginning at the start, less for what is further from it. */
function inField(words: readonly string[], wanted: string): number {
  let best = 0
  for (const [at, word] of words.entries()) {
    const value =
      word === wanted
        ? 3
        : word.startsWith(wanted)
          ? at === 0
            ? 2.8
            : 2.5
          : word.length > 3 && wanted.startsWith(word) && /^\p{L}{1,3}$/u.test(wanted.slice(word.length))
            ? 1.5
            : meaning.has(wanted) && meaning.get(wanted) === meaning.get(word)
              ? 2
              : wanted.length > 2 && word.includes(wanted)
                ? 1
                : isSlip(word, wanted)
                  ? 1
                  : 0
    best = Math.max(best, value)
  }
  return best
}

/** Whether one letter is missing, too many, wrong, or two are swapped, in a word of at least five letters. */
function isSlip(word: string, wanted: string): boolean {
  if (wanted.length < 5 || /\d/.test(wanted) || Math.abs(word.length - wanted.length) > 1) return false
  let same = 0
  while (same < Math.min(word.length, wanted.length) && word[same] === wanted[same]) same++
  const [a, b] = [word.slice(same), wanted.slice(same)]
  return (
    a.slice(1) === b.slice(1) ||
    a.slice(1) === b ||
    a === b.slice(1) ||
    (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2))
  )
}
