import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { appRoot } from '../engine/paths'

export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(appRoot(), 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}
