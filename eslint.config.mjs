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
    rules: { 'max-lines': ['error', 400], 'no-console': ['error', { allow: ['error'] }] }
  },
  {
    // Longer since the formatter came; each goes from this list when it is split.
    files: [
      'src/renderer/modules/ablation/AblationMap.vue',
      'src/renderer/modules/attention/AttentionLines.vue',
      'src/renderer/modules/probes/ProbeSetup.vue',
      'src/renderer/modules/probes/ProbesView.vue',
      'src/renderer/modules/projection/ProjectionView.vue',
      'src/renderer/plots/attentionMatrix.ts',
      'src/renderer/shell/LayerRail.vue'
    ],
    rules: { 'max-lines': 'off' }
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
  arrows(
    ['src/renderer/**'],
    [
      noNode,
      noElectron,
      noHosts,
      arrow('/main/|/preload(/|$)|^@tensorflow/', 'The window knows the contract, not what answers it.')
    ]
  ),
  {
    files: ['src/shared/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'window', 'document', 'navigator', 'process', 'Buffer', '__dirname', 'require']
    }
  }
)
