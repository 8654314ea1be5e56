import type { BackendName } from './backend'
import type { ProbeOptions } from './probeRequests'
import type { OpenDatasetRequest } from './dataset'

/** A file as it was read. */
export interface FileRecord {
  path: string
  bytes: number
  /** Of the file as it lies on disk, in hexadecimal. */
  sha256: string
}

/** What was asked of a probe, complete: model and data set are told by their files instead of their ids. */
export type ProbeRequest = Omit<ProbeOptions, 'modelId' | 'datasetId' | 'jobId'>

/** A data set, by its files. */
export interface OpenedData {
  /** What opening the data set took, paths absolute: columns, names of the parts, how a single file was divided. */
  opened: OpenDatasetRequest
  /** Every file, with the parts read from it. */
  files: (FileRecord & { splits: string[] })[]
}

/**
 * Everything that a result depends on: enough to run it again, and to say what has changed where that gives something
 * else.
 */
export interface Provenance<Request = ProbeRequest, Data = OpenedData> {
  request: Request
  model: {
    /** The folder of a checkpoint, or a file of word vectors. */
    path: string
    /** Seed of the untrained twin; null for the weights as they are. */
    untrained: number | null
    hub?: { repo: string; commit: string }
    /** Weights, config and the files of the tokenizer. */
    files: FileRecord[]
  }
  data: Data
  backend: { name: BackendName; title: string; version: string; threads: number }
  /** `layerscope`, `node`, `tfjs`, and on native TensorFlow `tensorflow` and `addon`, the compiled connection to it. */
  versions: Record<string, string>
}
