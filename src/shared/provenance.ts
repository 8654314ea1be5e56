import type { BackendName } from './backend'
import type { ProbeOptions } from './probeRequests'
import type { OpenDatasetRequest } from './dataset'

/** A file as it was read. */
export interface FileRecord {
  path: string
  bytes: number
  /** Of the file as it is on disk, in hexadecimal. */
  sha256: string
}

/** What was asked of a probe, complete: model and data set are given by their files instead of their ids. */
export type ProbeRequest = Omit<ProbeOptions, 'modelId' | 'datasetId' | 'jobId' | 'fresh'>

/** A data set, by its files. */
export interface OpenedData {
  /** What opening the data set took, paths absolute: columns, names of the parts, how a single file was divided. */
  opened: OpenDatasetRequest
  /** Every file, with the parts read from it. */
  files: (FileRecord & { splits: string[] })[]
  /** What its reader warned of and noted; absent for nothing, and in results of earlier versions. */
  notes?: string[]
}

/** A file or folder that a request names by its path; the hash is of what was read from it. */
export interface PathData {
  path: string
  /** Of the set that comes with the app, of the file or of the folder. */
  name?: string
  sha256?: string
}

/** A model, by its files. */
export interface ModelSource {
  /** The folder of a checkpoint, or a file of word vectors. */
  path: string
  /** Seed of the untrained twin; null for the weights as they are. */
  untrained: number | null
  hub?: { repo: string; commit: string }
  /** Weights, config and the files of the tokenizer. */
  files: FileRecord[]
  /** What was noted when it was opened; absent for nothing, and in results of earlier versions. */
  notes?: string[]
}

/** A result that another one was made from: enough to find it again, or to run it again where it is gone. */
export interface ResultSource {
  kind: string
  key: string
  provenance: Provenance<object, OpenedData | PathData | null>
}

/**
 * Everything that a result depends on: enough to run it again, and to say what has changed where that gives something
 * else.
 */
export interface Provenance<Request = ProbeRequest, Data = OpenedData> {
  /** As the call takes it, without `modelId`, `datasetId` and `path`, which `model` and `data` say. */
  request: Request
  model: ModelSource
  data: Data
  /** What else the request names by an id, by that id. */
  refers?: {
    models?: Record<string, ModelSource>
    data?: Record<string, OpenedData>
    results?: Record<string, ResultSource>
  }
  backend: { name: BackendName; title: string; version: string; threads: number; instructions?: string }
  /** `layerscope`, `node`, `tfjs`, and on native TensorFlow `tensorflow` and `addon`, the compiled connection to it. */
  versions: Record<string, string>
}
