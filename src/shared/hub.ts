/** Where models are looked up and kept, as the engine's environment says. */
export interface HubPlace {
  /** The server that `hub.lookup` asks, for example the host of HF_ENDPOINT. */
  host: string
  /** The folder shared with Hugging Face's own tools. */
  cacheFolder: string
  /** HF_HUB_OFFLINE is set: nothing is asked. */
  offline: boolean
  /** Whether there is an access token to send. The token itself never leaves the engine. */
  hasToken: boolean
}

/** A file of a model or a data set as the hub lists it. */
export interface HubFile {
  path: string
  bytes: number
  /** What it is needed for; null if it is not downloaded. */
  use: 'config' | 'tokenizer' | 'weights' | 'card' | 'data' | null
  /** Bytes already in the cache. */
  cachedBytes: number
}

/** What a name leads to, before anything is downloaded. */
export interface HubLookup {
  /** As requested: `name` or `org/name`; of a data set `datasets/org/name`. */
  repo: string
  /** The requested branch, tag or commit. */
  revision: string
  /** Of a data set, the folder that was named; all of it where it is left out. */
  part?: string
  /** The commit it refers to, which is what is downloaded. */
  commit: string
  host: string
  files: HubFile[]
  /** Bytes of all needed files, and how many of them are not yet in the cache. */
  neededBytes: number
  missingBytes: number
  /** The hub's short name of the licence; null where the card names none. */
  licence: string | null
  gated: boolean
  /**
   * Title of the family and its size, for example 'BERT, 12 layers of 12 heads, 768 wide'; null where the config could
   * not be read.
   */
  model: string | null
  /** Why Layerscope could not open it, or why it cannot be downloaded; null where it can. */
  refusal: string | null
  /** The snapshot's folder where everything is here already. */
  folder: string | null
  /** What else is worth knowing, as sentences. */
  notes: string[]
}

/** A snapshot of a model or a data set in the cache. */
export interface CachedModel {
  repo: string
  commit: string
  /** Branches and tags that referred to this commit when last looked up. */
  revisions: string[]
  folder: string
  bytes: number
  /** What it lacks; null where it can be opened. */
  lacks: string | null
}
