export interface AppInfo {
  version: string
  host: 'electron' | 'http'
  platform: string
  /** Whether the host can show the operating system's file dialog; otherwise the window lists folders itself. */
  nativeDialogs: boolean
  /** The machine whose files the engine opens, if that is another; as the person names it. */
  remote?: string
  /** Model and data files named on the command line. */
  openPaths: string[]
  /** Notices for the user at the start, for example that damaged settings were put aside. */
  notices?: string[]
}

/** State of the engine process, as the host sees it. */
export interface EngineState {
  state: 'starting' | 'ready' | 'crashed' | 'stopped'
  /** A sentence for the user. */
  message: string
  restarts: number
  /** The machine it runs on, if that is another. */
  host?: string
}

export interface FolderEntry {
  name: string
  path: string
  kind: 'folder' | 'file'
  bytes: number
  /** What Layerscope could open it as, judged by name and content of the folder. */
  opensAs: 'model' | 'dataset' | null
  /** A folder with an adapter, which opens on the model that it was trained on. */
  adapter?: true
}

export interface FolderListing {
  folder: string
  parent: string | null
  entries: FolderEntry[]
}

/** State of native TensorFlow on this machine. */
export interface NativeStatus {
  /** `refused`: it is installed but crashed the process that loaded it; it is loaded again only on request. */
  state: 'ready' | 'missing' | 'installing' | 'unavailable' | 'refused'
  reason: string
}
