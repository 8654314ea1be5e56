import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPrebuilts } from './engine/backends/provision/prebuild'
import { nativeState, provisionNative, type ProvisionProgress } from './engine/backends/provision/provision'
import { thisSystem } from './engine/backends/provision/variants'
import { UserError } from '@shared/userError'

const help = `Fetches and builds native TensorFlow for this machine, once.

  npm run setup              what is missing
  npm run setup -- --check   say what is there, change nothing
  npm run setup -- --force   fetch and build again
  npm run setup -- --prebuild FOLDER
                             compile the add-ons of a release for this system into FOLDER, one for each kind of
                             processor (docs/releasing.md)
`

const barWidth = 28

/** One line that is rewritten on a terminal, and one line a phase elsewhere. */
function progressPrinter(): { show: (progress: ProvisionProgress) => void; end: () => void } {
  const terminal = process.stderr.isTTY
  let last = ''
  let shownAt = 0
  return {
    show(progress) {
      if (!terminal) {
        if (progress.message !== last) process.stderr.write(`${progress.message}\n`)
        last = progress.message
        return
      }
      const now = Date.now()
      if (progress.message === last && now - shownAt < 100 && progress.done < progress.total) return
      last = progress.message
      shownAt = now
      process.stderr.write(`\r\x1b[2K${progress.message}  ${bar(progress.done, progress.total)}`)
    },
    end() {
      if (terminal) process.stderr.write('\r\x1b[2K')
    }
  }
}

function bar(done: number, total: number): string {
  if (total === 0) return ''
  const filled = Math.round(barWidth * Math.min(1, done / total))
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${megabytes(done)} of ${megabytes(total)} MB`
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean' },
      force: { type: 'boolean' },
      help: { type: 'boolean' },
      prebuild: { type: 'string' }
    }
  })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  if (values.check) {
    process.stdout.write(`${nativeState().reason}\n`)
    return
  }
  const forced = process.env.LAYERSCOPE_BACKEND
  if (forced === 'wasm' || forced === 'cpu') {
    process.stdout.write(`Native TensorFlow is not set up, because LAYERSCOPE_BACKEND is ${forced}.\n`)
    return
  }
  const printer = progressPrinter()
  const abort = new AbortController()
  process.once('SIGINT', () => abort.abort())
  if (values.prebuild !== undefined) {
    const options = { signal: abort.signal, onProgress: printer.show }
    const names = await buildPrebuilts(resolve(values.prebuild), options).finally(printer.end)
    process.stdout.write(`Add-ons for ${names.join(', ')} are in ${join(resolve(values.prebuild), thisSystem())}.\n`)
    return
  }
  const result = await provisionNative({ force: values.force, signal: abort.signal, onProgress: printer.show })
  printer.end()
  process.stdout.write(
    result.state === 'ready'
      ? `${result.reason}\n`
      : `${result.reason} Layerscope computes with WebAssembly until then.\n`
  )
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UserError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
