// Runs the simulations with a known truth in full: `npm run simulate`, or `npm run simulate -- 1000` for as many a row.
import { spawnSync } from 'node:child_process'

const runs = process.argv[2] ?? '500'
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/engine/compare/simulations.test.ts', '--disable-console-intercept'],
  { stdio: 'inherit', env: { ...process.env, LAYERSCOPE_SIMULATIONS: runs } }
)
process.exitCode = status ?? 1
