import { readdirSync } from 'node:fs'
import vue from 'eslint-plugin-vue'
import { defineConfig, globalIgnores } from 'eslint/config'
import typescript from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/** Refuses imports that match `regex`, with the arrow they break. */
const arrow = (regex, message) => ({ regex, message })

const noElectron = arrow(
  '^electron(/|$)',
  'Only src/main/index.ts, src/main/hosts/electron and src/preload know Electron: the rest runs on plain Node.'
)
const noHosts = arrow('/hosts(/|$)', 'Arrows point down: hosts -> engine -> shared.')
const noWindow = arrow('^@/|/renderer(/|$)|/preload(/|$)', 'Only the window imports the window.')
const noNode = arrow(
  '^node:|^(fs|path|os|crypto|util|child_process|stream|http|url|events)(/|$)',
  'This code runs where there is no Node.'
)

/** What files of a folder may not import; of several that match a file the last one holds. */
const arrows = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] }
})

/** Rooms of the window below the views. */
const belowViews = ['actions', 'client', 'components', 'composables', 'plots', 'setup', 'stores']
const ofTheWindow = [
  noNode,
  noElectron,
  noHosts,
  arrow('/main/|/preload(/|$)|^@tensorflow/', 'The window knows the contract, not what answers it.')
]
const views = readdirSync(new URL('src/renderer/modules', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

export default defineConfig(
  globalIgnores([
    'out/',
    'dist/',
    'node_modules/',
    'test-results/',
    'playwright-report/',
    '.layerscope/',
    'test/e2e/output/'
  ]),
  typescript.configs.strict,
  vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: {
      parser: vueParser,
      parserOptions: { parser: typescript.parser, extraFileExtensions: ['.vue'], sourceType: 'module' }
    }
  },
  {
    files: ['**/*.ts', '**/*.vue', '**/*.mjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An index that the loop around it keeps in range is told to the compiler this way; the alternative is a check a
      // reader has to see through.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': true }]
    }
  },
  {
    // A promise nobody waits for loses its error; only types tell which calls return one.
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error'
    }
  },
  {
    files: ['src/**/*.vue'],
    rules: {
      // Layout is the writer's; what a template means is not.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/require-default-prop': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/no-v-html': 'error'
    }
  },
  {
    files: ['src/**/*.ts', 'src/**/*.vue'],
    rules: {
      'max-lines': ['error', 400],
      'max-len': ['error', { code: 120, ignoreUrls: true }],
      'no-console': ['error', { allow: ['error'] }]
    }
  },
  arrows(
    ['src/shared/**'],
    [
      noNode,
      noElectron,
      noHosts,
      noWindow,
      arrow('/main(/|$)|^@tensorflow/|^vue$|^pinia$', 'src/shared runs anywhere and imports nothing but itself.')
    ]
  ),
  arrows(['src/main/engine/**'], [noElectron, noHosts, noWindow]),
  arrows(
    ['src/main/**'],
    [noElectron, noWindow, arrow('/electron(/|$)', 'Only src/main/index.ts composes the desktop host.')],
    ['src/main/engine/**', 'src/main/hosts/electron/**', 'src/main/index.ts']
  ),
  arrows(
    ['src/main/hosts/electron/**', 'src/main/index.ts'],
    [noWindow, arrow('/http(/|$)', 'The two hosts share what lies beside them, not each other.')]
  ),
  arrows(
    ['src/preload/**'],
    [arrow('^(?!electron$|@shared/)', 'The preload script is Electron and src/shared alone.')]
  ),
  arrows(['src/renderer/**'], ofTheWindow),
  arrows(
    belowViews.map((room) => `src/renderer/${room}/**`),
    [
      ...ofTheWindow,
      arrow(
        '/modules/(?!registry$)|/shell(/|$)',
        'Views and shell stand on stores, components and plots, not the reverse.'
      )
    ]
  ),
  ...views.map((view) =>
    arrows(
      [`src/renderer/modules/${view}/**`],
      [
        ...ofTheWindow,
        arrow(
          `^@/modules/(?!${view}/)|^\\.\\./(?!module$)[^/]+`,
          'A view imports no other view: what two of them need is in stores, components, composables or plots.'
        )
      ]
    )
  ),
  {
    files: ['src/shared/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'window', 'document', 'navigator', 'process', 'Buffer', '__dirname', 'require']
    }
  }
)
