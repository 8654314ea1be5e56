import { drawnSplit, readDrawnSplit, type DrawnPart, type PartLimit } from '@shared/drawing'
import { RecentCache } from '@shared/recentCache'
import { drawSample, type Sample } from './drawSample'
import { pickSentences, sentenceCount, type SplitData, type Tables } from './split'
import { hashOfWords } from './wordsHash'

/** Drawn parts kept in memory; the least recently used goes first. */
const kept = 12

interface Drawn {
  base: SplitData
  data: SplitData
  sample: Sample
}

/** The parts that were drawn of a data set's splits: splits themselves, under the names of `drawnSplit`. */
export class DrawnParts {
  private readonly parts = new RecentCache<Drawn>(kept)

  constructor(
    private readonly tables: Tables,
    private readonly splitNamed: (name: string) => SplitData
  ) {}

  /** Null for the name of a split. Where all sentences were drawn, it is the split itself. */
  find(name: string): SplitData | null {
    return this.drawn(name)?.data ?? null
  }

  /** Place in the split of a sentence of the part of that name. */
  sentenceInSplit(name: string, sentence: number): number {
    return this.drawn(name)?.sample.sentences[sentence] ?? sentence
  }

  /** What a request draws; null where it takes all words, or the first ones. */
  describe(limit: PartLimit): DrawnPart | null {
    const drawn = this.drawn(drawnSplit(limit).split)
    if (!drawn || drawn.data === drawn.base) return null
    const { words, sentences, documents } = drawn.sample
    return { words, sentences: sentences.length, documents, seed: limit.draw! }
  }

  private drawn(name: string): Drawn | null {
    const read = readDrawnSplit(name)
    if (!read) return null
    const known = this.parts.get(name)
    if (known) return known
    const drawn = this.draw(read)
    this.parts.put(name, drawn)
    return drawn
  }

  private draw({ split, maxWords, draw }: NonNullable<ReturnType<typeof readDrawnSplit>>): Drawn {
    const base = this.splitNamed(split)
    const sample = drawSample(base, maxWords, draw)
    if (sample.sentences.length === sentenceCount(base)) return { base, data: base, sample }
    const data = pickSentences(base, sample.sentences, base.name)
    data.wordsHash = hashOfWords(data, this.tables)
    return { base, data, sample }
  }
}
