import type { SampleRequest } from '@shared/dataset'
import { ColumnBuilder, Int32List, StringTable } from './columns'
import { documentColumn } from './documents'
import { drawSample, type Sample } from './drawSample'
import { SplitBuilder, type DatasetBuilder, type KeepSentence } from './builder'
import { refuse } from './readers/refuse'

/** A split that is read for the lengths and documents of its sentences alone: some bytes a sentence. */
export class SurveyedSplit extends SplitBuilder {
  private readonly begins = new Int32List()
  private readonly documents = new ColumnBuilder(new StringTable())
  private total = 0

  constructor(name: string, path: string, file: string, dataset: DatasetBuilder) {
    super(name, path, file, dataset, () => false)
    this.begins.push(0)
  }

  override get words(): number {
    return this.total
  }

  override word(): void {
    this.total++
  }

  override sentenceColumn(id: string): ColumnBuilder {
    return id === documentColumn ? this.documents : super.sentenceColumn(id)
  }

  override spanColumn(): never {
    refuse(
      { file: this.file },
      'a sample of it cannot be read, as it has spans or pairs of words; open it whole and limit the words of a run.'
    )
  }

  override endSentence(): void {
    this.read++
    this.begins.push(this.total)
  }

  /** The same sentences as `drawSample` draws of the whole split. */
  draw({ words, seed }: SampleRequest): { sample: Sample; keep: KeepSentence } {
    const starts = this.begins.toArray()
    const sentenceColumns = new Map([[documentColumn, this.documents.ids.toArray()]])
    const sample = drawSample({ starts, sentenceColumns, spans: new Map() }, words, seed)
    const chosen = new Uint8Array(starts.length)
    for (const sentence of sample.sentences) chosen[sentence] = 1
    return { sample, keep: (sentence) => chosen[sentence] === 1 }
  }
}
