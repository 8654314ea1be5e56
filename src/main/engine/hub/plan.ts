import { readFile } from 'node:fs/promises'
import { isUserError, UserError } from '@shared/userError'
import { interpretConfig } from '../models/transformer/interpretConfig'
import { bytesHere, placesOf } from './cacheFile'
import { mayPass, readAll, type HubClient } from './hubClient'
import { bytesOf, isDataset } from '../files/hubCache'
import { chooseDataFiles, useOfDataFile } from './dataFiles'
import type { ListedFile, Listing } from './listing'
import { refusal } from './sentences'
import type { HubSettings } from './settings'
import { chooseWeights, piecesOf, useOf } from './weights'

export type FileUse = 'config' | 'tokenizer' | 'weights' | 'card' | 'data'

/** What to download from a listing, and whether it can be opened. */
export interface Plan {
  /**
   * In the order of fetching: what is small and tells most comes first, so that weights that are there have all they
   * need.
   */
  wanted: { file: ListedFile; use: FileUse; here: number }[]
  /** Family and size by config.json. */
  model: string | null
  /** Why it could not be opened, as a sentence. */
  refusal: string | null
}

/** config.json of any model and the index of the largest are smaller by far. */
const largestSmallFile = 32 * 2 ** 20
const order: readonly FileUse[] = ['config', 'tokenizer', 'card', 'weights', 'data']

/**
 * Chooses the files that opening needs. Reads config.json and, for weights in pieces, their index: from the cache or
 * over the network, and writes neither.
 * @throws UserError if a request fails; a reason against the model itself is the plan's `refusal`
 */
export async function planOf(
  client: HubClient,
  listing: Listing,
  settings: HubSettings,
  signal?: AbortSignal
): Promise<Plan> {
  const { files, repo } = listing
  if (isDataset(repo)) return planOfData(listing, settings)
  const weights = chooseWeights(files.map(({ path }) => path))
  const released = weights.kind === 'files' && weights.released === true
  const uses = new Map<string, FileUse>()
  for (const { path, bytes } of files) {
    const use = useOf(path, bytes, released)
    if (use) uses.set(path, use)
  }
  const byPath = new Map(files.map((file) => [file.path, file]))
  let refused: string | null = null
  let model: string | null = null
  const refuse = (sentence: string): void => void (refused ??= sentence)
  if (weights.kind === 'none') {
    refuse(
      `${repo} has no weights that Layerscope reads (model.safetensors or pytorch_model.bin). ` +
        `${theFilesOf(weights.has, files)}`
    )
  } else {
    if (weights.kind === 'index') uses.set(weights.index, 'weights')
    const index = weights.kind === 'index' ? await read(byPath.get(weights.index)!) : null
    const pieces = weights.kind === 'files' ? weights.files : index === null ? [] : piecesOf(weights.index, index)
    for (const piece of pieces) {
      if (byPath.has(piece)) uses.set(piece, 'weights')
      else refuse(`${repo} lacks '${piece}', which its index of weights names. Its owners must add it.`)
    }
  }
  const config = byPath.get('config.json')
  if (!config && released) model = 'as its authors released it'
  else if (!config)
    refuse(`${repo} is not a checkpoint that can be opened: it has no config.json. ${theFilesOf([], files)}`)
  else {
    const text = await read(config)
    const said = text === null ? null : describe(text)
    model = said?.model ?? null
    if (said?.refusal) refuse(said.refusal)
  }
  const wanted = await Promise.all(
    [...uses].map(async ([path, use]) => ({
      file: byPath.get(path)!,
      use,
      here: await bytesHere(listing, byPath.get(path)!, settings)
    }))
  )
  // The index before the pieces it names.
  wanted.sort(
    (a, b) =>
      order.indexOf(a.use) - order.indexOf(b.use) ||
      Number(b.file.path.endsWith('.json')) - Number(a.file.path.endsWith('.json'))
  )
  return { wanted, model, refusal: refused }

  /** A gate protects the files, not their list, which is still worth showing. */
  async function read(file: ListedFile): Promise<string | null> {
    try {
      return (await readSmall(client, listing, file, settings, signal)).toString('utf8')
    } catch (error) {
      if (!isUserError(error) || mayPass(error)) throw error
      refuse(error.message)
      return null
    }
  }
}

/** The files of a data set that are read, or of the folder of it that was named. */
async function planOfData(listing: Listing, settings: HubSettings): Promise<Plan> {
  const { files, repo, part } = listing
  const { files: data, parts } = chooseDataFiles(
    files.map(({ path }) => path),
    part
  )
  const chosen = new Set(data)
  const wanted = await Promise.all(
    files.flatMap((file) => {
      const use = useOfDataFile(file.path, chosen)
      return use ? [bytesHere(listing, file, settings).then((here) => ({ file, use, here }))] : []
    })
  )
  wanted.sort((a, b) => order.indexOf(a.use) - order.indexOf(b.use))
  return { wanted, model: null, refusal: dataRefusal() }

  function dataRefusal(): string | null {
    if (data.length === 0)
      return part === undefined
        ? `${repo} has no files that Layerscope reads. ${theFilesOf([], files)}`
        : `${repo} has no folder '${part}' with files that Layerscope reads. ${theFilesOf([], files)}`
    if (parts.length === 0) return null
    const [first] = parts.filter((name) => name !== '')
    return (
      `${repo} has several data sets (${listed(
        parts.map((name) => name || 'its top folder'),
        12
      )}); name the folder of ` + `one: ${repo}:${first}`
    )
  }
}

/** The first names, and how many more there are. */
function listed(names: readonly string[], most: number): string {
  const rest = names.length - most
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** Family and size by a config's text, or why it cannot be run. */
export function describe(text: string): { model: string | null; refusal: string | null } {
  try {
    const { family, config } = interpretConfig(JSON.parse(text) as Record<string, unknown>)
    return {
      model: `${family.title}, ${config.layers} layers of ${config.heads} heads, ${config.width} wide`,
      refusal: null
    }
  } catch (error) {
    if (isUserError(error)) return { model: null, refusal: error.message }
    if (error instanceof SyntaxError || error instanceof TypeError)
      return { model: null, refusal: 'config.json is not the JSON of a checkpoint.' }
    throw error
  }
}

async function readSmall(
  client: HubClient,
  listing: Listing,
  file: ListedFile,
  settings: HubSettings,
  signal?: AbortSignal
): Promise<Buffer> {
  const { blob, pointer } = placesOf(listing, file, settings)
  const here = [pointer, blob].find((path) => bytesOf(path) === file.bytes)
  if (here) return readFile(here)
  if (file.bytes > largestSmallFile)
    throw new UserError(
      `'${file.path}' of ${listing.repo} has ${Math.round(file.bytes / 1e6)} MB, which no such file has.`
    )
  const answer = await client.ask(
    `${client.endpoint}/${listing.repo}/resolve/${listing.commit}/${encodeURIComponent(file.path)}`,
    { signal }
  )
  if (answer.status !== 200)
    throw refusal(answer, {
      host: client.host,
      repo: listing.repo,
      revision: listing.revision,
      withToken: client.hasToken,
      file: file.path
    })
  return Buffer.from(await readAll(answer, largestSmallFile, client.host))
}

function theFilesOf(weights: readonly string[], files: readonly ListedFile[]): string {
  const names = weights.length > 0 ? weights : files.map(({ path }) => path)
  if (names.length === 0) return 'It has no files.'
  return `It has ${listed(names, 5)}.`
}
