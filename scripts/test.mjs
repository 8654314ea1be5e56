// npm test: everything that has to hold, in one command, on a machine that has Node and nothing else set up.
//
//   npm test                          all of it
//   npm test -- --only lint|types|unit|e2e|bridge|cluster   one part; bridge is the end-to-end story over a model of
//                                                  Electron's bridge, cluster runs many processes and a loopback Slurm
//
// The last line is `N passed, N failed`: every unit and end-to-end test counts, and lint, types and build count as one
// each.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { findOrInstallBrowser } from './lib/browser.mjs'
import { buildApp, isBuilt } from './lib/build.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'

requireNode()
process.chdir(root)

const results = join(root, 'test-results')
const parts = { build, native, lint, types, unit, cluster, e2e }
const only = readOnly(process.argv.slice(2))
const wanted = only
  ? {
      lint: ['lint'],
      types: ['types'],
      unit: ['build', 'native', 'unit'],
      e2e: ['build', 'native', 'e2e'],
      bridge: ['build', 'native', 'e2e'],
      cluster: ['build', 'native', 'cluster']
    }[only]
  : Object.keys(parts)

let passed = 0
let failed = 0
const summaries = []
mkdirSync(results, { recursive: true })
for (const name of wanted) {
  const startedAt = Date.now()
  const result = await parts[name]()
  passed += result.passed
  failed += result.failed
  summaries.push(`${result.title}: ${result.text} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`)
  console.log(summaries.at(-1))
}

heading('Summary')
for (const line of summaries) console.log(line)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function build() {
  heading('Build')
  return asOne('Build', isBuilt() || (await buildApp({ quiet: true })))
}

/**
 * Native TensorFlow is part of what is tested; where it cannot be had the reason is printed, and the tests that need it
 * say so again.
 */
function native() {
  heading('Native TensorFlow')
  const setup = join(root, 'out/main/setup.js')
  if (existsSync(setup)) run(process.execPath, [setup])
  const { stdout } = spawnSync(process.execPath, [setup, '--check'], { encoding: 'utf8' })
  return { title: 'Native TensorFlow', passed: 0, failed: 0, text: stdout?.trim() || 'It could not be asked for.' }
}

function lint() {
  heading('Lint')
  const formatted = run(process.execPath, [
    'node_modules/prettier/bin/prettier.cjs',
    '--check',
    '--log-level',
    'warn',
    '.'
  ])
  const clean = run(process.execPath, ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'])
  return asOne('Lint', formatted && clean)
}

function types() {
  heading('Types')
  return asOne('Types', run(process.execPath, ['scripts/typecheck.mjs']))
}

function unit() {
  return vitest('Unit and parity tests', 'unit.json', [])
}

/**
 * On one machine, and on a loopback Slurm cluster where its packages are installed: all of them where they are asked
 * for, otherwise those that fit among the rest.
 */
function cluster() {
  const few = ['-t', 'loses a node|arrays of another scheduler|9 of 12']
  return vitest('Cluster tests', 'cluster.json', ['--config', 'vitest.cluster.config.ts', ...(only ? [] : few)])
}

function vitest(title, file, options) {
  heading(title)
  const report = freshReport(file)
  const ok = run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...options,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`
  ])
  const counts = readReport(report)
  // A file that does not load has no tests that could fail.
  const failedFiles = counts?.testResults?.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
  ).length
  for (const file of counts?.testResults ?? []) {
    const left = file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed')
    if (left.length > 0)
      console.log(`Left out in ${relative(root, file.name)}: ${left.map(({ title }) => title).join('; ')}`)
  }
  return counted(
    title,
    ok,
    counts && {
      passed: counts.numPassedTests,
      failed: counts.numFailedTests + failedFiles,
      skipped: counts.numPendingTests + counts.numTodoTests
    }
  )
}

async function e2e() {
  heading('End-to-end tests')
  const browser = await findOrInstallBrowser((line) => console.log(line))
  if (!browser) {
    console.error(
      "The end-to-end tests need a Chromium and none could be had: install one with your system's package manager, or name one in LAYERSCOPE_BROWSER."
    )
    return { title: 'End-to-end tests', passed: 0, failed: 1, text: 'failed, there is no browser' }
  }
  console.log(`Browser: ${browser}`)
  const report = freshReport('e2e.json')
  const projects = only === 'bridge' ? ['--project', 'bridge'] : []
  const command = ['node_modules/@playwright/test/cli.js', 'test', ...projects]
  const ok = run(process.execPath, command, { LAYERSCOPE_BROWSER: browser })
  const stats = readReport(report)?.stats
  return counted(
    'End-to-end tests',
    ok,
    stats && { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }
  )
}

function asOne(title, ok) {
  return { title, passed: ok ? 1 : 0, failed: ok ? 0 : 1, text: ok ? 'passed' : 'failed' }
}

/** A runner that ended badly without a failed test (a crash, an error outside of tests) is one failure. */
function counted(title, ok, counts) {
  const { passed = 0, failed = 0, skipped = 0 } = counts ?? {}
  const lost = !ok && failed === 0 ? 1 : 0
  const left = skipped > 0 ? `, ${skipped} left out (named above)` : ''
  return { title, passed, failed: failed + lost, text: `${passed} passed, ${failed + lost} failed${left}` }
}

function freshReport(name) {
  const path = join(results, name)
  rmSync(path, { force: true })
  return path
}

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

function run(command, parameters, environment = {}) {
  return (
    spawnSync(command, parameters, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } }).status ===
    0
  )
}

function heading(text) {
  console.log(`\n== ${text}`)
}

function readOnly(parameters) {
  if (parameters.length === 0) return null
  const [flag, name] = parameters
  if (flag === '--only' && ['lint', 'types', 'unit', 'e2e', 'bridge', 'cluster'].includes(name)) return name
  console.error('npm test takes --only with one of lint, types, unit, e2e, bridge and cluster.')
  process.exit(2)
}
