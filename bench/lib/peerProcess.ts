import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { appRoot } from '../../src/main/engine/paths'

/**
 * A program that stays: one JSON line in, one JSON line out, so that it loads once and takes turns with another round by
 * round.
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
  return lineProcess(python, [join(appRoot(), 'bench', 'peers', script)])
}

/** Starts a program that answers each line with a line. */
export function lineProcess(program: string, parameters: readonly string[]): PeerProcess {
  const name = parameters[0] ?? program
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async ask<T>(request: object): Promise<T> {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name} ended without an answer.`)
      return JSON.parse(value as string) as T
    },
    end: () => child.stdin.end()
  }
}
