import * as v from 'valibot'
import type { AppInfo, EngineState, FolderListing, NativeStatus } from '../app'
import type { BackendReport } from '../backend'
import { enginePlace, type EnginePlace } from '../enginePlace'
import { bytes, count, jobId, name, offset, path } from '../fields'
import { reportCell, type ReportCell } from '../report'
import { engine, host, nothing } from './call'

/** What a file dialog opens: a checkpoint is a folder, word vectors are a file. */
const fileKind = v.picklist(['model', 'wordVectors', 'dataset', 'pairs'])
export type FileKind = v.InferOutput<typeof fileKind>

/** The app itself: its state, files and dialogs, the engine process and the device it computes on. */
export const appCalls = {
  'app.info': host<AppInfo>()(nothing),
  'state.load': host<Record<string, unknown>>()(nothing),
  'state.save': host<null>()(v.strictObject({ key: name, value: v.unknown() })),
  /** The operating system's dialog, if the host can show it; see `AppInfo.nativeDialogs`. */
  'files.pick': host<string[] | null>()(v.strictObject({ kind: fileKind })),
  /** One folder of the machine the engine runs on; the home folder when none is named. */
  'files.list': host<FolderListing>()(v.strictObject({ folder: v.optional(path) })),
  /** One piece of a file that was dropped or chosen in a browser; returns the path after the last piece. */
  'files.import': host<{ received: number; folder: string; path: string | null }>()(
    v.strictObject({
      importId: v.pipe(v.string(), v.regex(/^[a-z0-9-]{8,64}$/)),
      name: path,
      offset,
      total: count,
      bytes
    })
  ),
  /** A notification of the operating system; false where the host has none. */
  'app.notify': host<boolean>()(v.strictObject({ title: name, text: v.pipe(v.string(), v.maxLength(1000)) })),
  /** The figures that were added to the report, in their order. */
  'report.load': host<ReportCell[]>()(nothing),
  'report.save': host<null>()(reportCell),
  'report.delete': host<null>()(v.pick(reportCell, ['id'])),
  'engine.state': host<EngineState>()(nothing),
  'engine.restart': host<EngineState>()(nothing),
  /** The machine that the engine is started on; null for this one. */
  'engine.place': host<EnginePlace | null>()(nothing),
  /** Keeps it, and starts the app again with its engine there. */
  'engine.use': host<null>()(v.strictObject({ place: v.nullable(enginePlace) })),
  'device.status': engine<{
    backend: BackendReport
    native: NativeStatus
    /** Where there are several: the graphics cards, and the UUID of the chosen one. */
    gpus?: { name: string; uuid: string }[]
    gpu?: string | null
    /** Where it is installed: whether WebGPU was chosen, and the sentence that says that it crashed before. */
    webGpu?: { chosen: boolean; crashed: string | null }
  }>()(nothing),
  /** Keeps the graphics card to compute on, by its UUID, for the next start of the engine; null for the first one. */
  'device.useGpu': engine<null>()(v.strictObject({ gpu: v.nullable(name) })),
  /** Chooses WebGPU, which is an experiment, for the next start of the engine, or what is fastest. */
  'device.useWebGpu': engine<null>()(v.strictObject({ use: v.boolean() })),
  /** Fetches and builds native TensorFlow; the engine must be restarted to use it. */
  'device.provision': engine<NativeStatus>()(v.strictObject({ jobId })),
  /** Tries native TensorFlow again at the next start of the engine, after it crashed the process. */
  'device.retry': engine<NativeStatus>()(nothing)
} as const
