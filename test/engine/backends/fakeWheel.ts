import { createHash } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'

/** A zip file with the given members, deflated unless they are named in `stored`. */
export function zipOf(members: Record<string, string | Buffer>, stored: readonly string[] = []): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(members)) {
    const data = Buffer.from(content)
    const method = stored.includes(name) ? 0 : 8
    const packed = method === 0 ? data : deflateRawSync(data)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(crc32(data), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]))
    bodies.push(local)
    offset += local.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, entries, end])
}

/**
 * The least that passes for a TensorFlow wheel: libraries, a header that includes another, licence, and things that are
 * not needed.
 */
export function fakeTensorflow(): Buffer {
  // Bytes that do not compress, so that there is something to cut.
  const noise = Buffer.from(Array.from({ length: 200_000 }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24))
  const libraries =
    process.platform === 'darwin'
      ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
      : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']
  return zipOf(
    {
      [`tensorflow/${libraries[0]}`]: noise,
      [`tensorflow/${libraries[1]}`]: 'framework',
      'tensorflow/include/LICENSE': 'Apache License',
      'tensorflow/include/tensorflow/c/c_api.h':
        '#include "tensorflow/c/tf_status.h"\n  #  include "xla/tsl/c/tsl_status.h"\n#include <stddef.h>\n',
      'tensorflow/include/tensorflow/c/tf_status.h': '// status\n',
      'tensorflow/include/xla/tsl/c/tsl_status.h': '// status below\n',
      'tensorflow/include/tensorflow/core/graph/graph.h': '// not reachable\n',
      'tensorflow/python/big.so': 'not needed'
    },
    ['tensorflow/include/LICENSE']
  )
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

export interface FileServer {
  url: string
  /** The Range header of every request, in order; null where there was none. */
  ranges: (string | null)[]
  /** Cuts the connection of the answer that is being held. */
  cut(): void
  close(): Promise<void>
}

/**
 * Serves one file. The first `holds.length` answers stop after so many bytes and are held until `cut` is called, so
 * that a test decides what has arrived before the connection goes. `ranges: false` is a server that ignores Range.
 */
export async function serveFile(
  data: Buffer,
  options: { holds?: number[]; ranges?: boolean } = {}
): Promise<FileServer> {
  const holds = [...(options.holds ?? [])]
  const ranges: (string | null)[] = []
  let held: ServerResponse | null = null
  const server: Server = createServer((request, response) => {
    const range = request.headers.range ?? null
    ranges.push(range)
    const from = options.ranges === false ? 0 : Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    const rest = data.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length })
    const hold = holds.shift()
    if (hold === undefined) response.end(rest)
    else {
      held = response
      if (hold === 0) response.destroy()
      else response.write(rest.subarray(0, hold))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl`,
    ranges,
    cut() {
      held?.destroy()
      held = null
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

/** A folder for PATH that holds only the given programs, each a piece of JavaScript. */
export async function toolFolder(tools: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'layerscope-tools-'))
  await mkdir(folder, { recursive: true })
  for (const [name, code] of Object.entries(tools)) {
    await writeFile(join(folder, name), `#!${process.execPath}\n${code}\n`)
    await chmod(join(folder, name), 0o755)
  }
  return folder
}

/** pip as far as the setup uses it: it knows its version and answers a dry run with a report of one wheel. */
export function fakePython(wheel: { url: string; sha256: string }): string {
  const report = {
    version: '1',
    install: [
      {
        metadata: { name: 'tensorflow-cpu', version: '2.21.0' },
        download_info: { url: wheel.url, archive_info: { hashes: { sha256: wheel.sha256 } } }
      }
    ]
  }
  return `
    if (process.argv.includes('--version')) console.log('pip 24.0')
    else if (process.argv.includes('--report')) console.log(${JSON.stringify(JSON.stringify(report))})
    else { console.error('ERROR: this pip only reports'); process.exit(1) }`
}
