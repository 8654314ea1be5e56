import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ColumnChoice, SampleRequest } from '@shared/dataset'
import { drawnText } from '@shared/drawing'
import type { JobHandle } from '@shared/jobs'
import { DatasetBuilder, type KeepSentence, type SplitBuilder } from './builder'
import type { Sample } from './drawSample'
import type { SplitFile } from './expandPaths'
import { Notes } from './notes'
import { readFileHead } from './readers/fileFormat'
import type { DatasetReader, ReadPlan } from './readers/reader'
import { count, refuse } from './readers/refuse'
import { feedLines, type FileHead } from './readers/source'
import type { FileShard } from './split'
import { SurveyedSplit } from './surveyedSplit'

/** How the files of a data set are read. */
export interface Reading {
  reader: DatasetReader
  plan: ReadPlan
  choice: ColumnChoice
  /** Of the first file, whose columns the others must have. */
  head: FileHead
  /** The path of that file. */
  headPath: string
  job: JobHandle
  totalBytes: number
}

/** Where what is read goes, and the bytes of the files before. */
export interface ReadInto {
  builder: DatasetBuilder
  notes: Notes
  bytesBefore: number
}

/**
 * Reads the shards of a split one after another.
 * @param keepIn which sentences of a split are kept; all where it gives nothing
 * @returns the splits with sentences, which a file may name itself, and the files as they were read
 * @throws UserError for a file without sentences, or with other columns
 */
export async function readShards(
  shards: readonly SplitFile[],
  { builder, ...into }: Reading & ReadInto,
  keepIn: (name: string) => KeepSentence | undefined
): Promise<{ splits: SplitBuilder[]; files: FileShard[] }> {
  const path = shards[0]?.path ?? ''
  const make = (name: string, file: string): SplitBuilder => builder.split(name, path, file, keepIn(name))
  const { made, files } = await feedShards(shards, { ...into, builder }, make)
  return { splits: made.filter(({ sentences }) => sentences > 0), files }
}

/**
 * Draws the sentences of a split's shards as `drawSample` draws of the whole split, which is never in memory: the files
 * are read for lengths and documents of sentences alone.
 * @returns what was drawn of each split
 */
export async function drawSentences(
  shards: readonly SplitFile[],
  reading: Reading,
  request: SampleRequest,
  bytesBefore: number
): Promise<Map<string, { sample: Sample; keep: KeepSentence }>> {
  const notes = new Notes()
  const builder = new DatasetBuilder(notes)
  const path = shards[0]?.path ?? ''
  const make = (name: string, file: string): SurveyedSplit => new SurveyedSplit(name, path, file, builder)
  const { made } = await feedShards(shards, { ...reading, builder, notes, bytesBefore }, make)
  return new Map(made.map((split) => [split.name, split.draw(request)]))
}

/** 'A sample of train was read: 10,003 words of 12 documents drawn with seed 1.' */
export function sampleWarning(name: string, { words, sentences, documents }: Sample, seed: number): string {
  const drawn = drawnText({ sentences: sentences.length, documents, seed })
  return `A sample of ${name} was read: ${count(words, 'word')} ${drawn}.`
}

async function feedShards<Split extends SplitBuilder>(
  shards: readonly SplitFile[],
  { reader, plan, choice, head, headPath, job, totalBytes, builder, notes, bytesBefore }: Reading & ReadInto,
  make: (name: string, file: string) => Split
): Promise<{ made: Split[]; files: FileShard[] }> {
  const made = new Map<string, Split>()
  const files: FileShard[] = []
  const sentencesRead = (): number => [...made.values()].reduce((sum, split) => sum + split.read, 0)
  let bytes = bytesBefore
  for (const { path, split } of shards) {
    const file = basename(path)
    if (path !== headPath)
      plan.checkHead?.((await readFileHead(path, { ...choice, format: reader.id })).head, head.file)
    const named = (name: string): Split => {
      const known = made.get(name) ?? make(name, file)
      known.file = file
      made.set(name, known)
      return known
    }
    const before = sentencesRead()
    const parser = plan.parser({ file, builder, notes, split: () => named(split), namedSplit: named })
    const fileHash = await feedLines(path, parser, {
      notes,
      maxLineBytes: reader.maxLineBytes,
      onBlock: async (read) => {
        job.progress(bytes + read, totalBytes, `Reading ${file}`)
        await job.yield()
      }
    })
    if (sentencesRead() === before) refuse({ file }, `it has no sentences when read as ${reader.title}.`)
    const { size } = await stat(path)
    files.push({ path, bytes: size, fileHash })
    bytes += size
  }
  return { made: [...made.values()], files }
}
