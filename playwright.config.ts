import { defineConfig } from '@playwright/test'

// One story, two hosts: `browser` drives the built app over HTTP in Chromium and is always run; `desktop` drives Electron where its binary is there.
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  // Each worker has an engine of its own, which takes every core.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: { trace: 'retain-on-failure', viewport: { width: 1280, height: 800 } },
  projects: [
    { name: 'browser', testIgnore: '**/desktop*.spec.ts' },
    { name: 'desktop', testMatch: '**/desktop*.spec.ts' }
  ]
})
