import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { appRoot } from '../../src/main/engine/paths'

/**
 * A Python peer that stays: one JSON line in, one JSON line out, so that it loads once and takes turns with Layerscope
 * round by round.
 */
export interface PeerProcess {
  ask<T>(request: object): Promise<T>
  end(): void
}

/** Starts peers/`script`; null, with a sentence, where its Python is not to be had. */
export function startPeer(script: string): PeerProcess | null {
  const python = process.env['LAYERSCOPE_PEER_PYTHON']
  if (!python || !existsSync(python)) {
    console.log(
      'No peer was measured: set LAYERSCOPE_PEER_PYTHON to a Python with torch, transformers, onnx and onnxruntime.'
    )
    return null
  }
  const child = spawn(python, [join(appRoot(), 'bench', 'peers', script)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async ask<T>(request: object): Promise<T> {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${script} ended without an answer.`)
      return JSON.parse(value as string) as T
    },
    end: () => child.stdin.end()
  }
}
